"""The figures of the results are those of the networks, bitstreams and reports that are shipped."""

import pytest

from binspike import zoo as listing
from bitstreams import shipped
from quant.files import zoo
from tests.documentation.pages import README, ROOT, table

RESULTS = ROOT / "docs" / "results.md"
BUILDS = [(name, build.board) for name, build in shipped.BUILDS]
BOARDS = {"iCEBreaker": "icebreaker", "ULX3S-85F": "ulx3s-85f", "Tang Nano 9K": "tangnano9k"}


def by_network(heading, page=RESULTS):
    return {row["network"].strip("`"): row for row in table(page, heading)}


def by_build():
    return {(row["network"].strip("`"), row["board"].strip("`")): row for row in table(RESULTS, "Shipped bitstreams")}


def test_every_shipped_network_has_its_row():
    assert by_network("Shipped networks").keys() == set(zoo.names())


@pytest.mark.parametrize("name", zoo.names())
def test_network_is_as_shipped(name):
    row, found = by_network("Shipped networks")[name], listing.describe(name)
    assert (row["right (%)"], row["weights"], row["ticks"]) == (
        f"{found['accuracy']:.2%}".rstrip("%"), f"{found['weights']:,}", str(found["ticks"]))
    assert found["measured_on"].startswith(row["data"].partition(",")[0])


def test_every_bitstream_has_its_row():
    assert list(by_build()) == BUILDS


@pytest.mark.parametrize(("name", "board"), BUILDS)
def test_bitstream_is_as_shipped(name, board):
    row, found = by_build()[name, board], listing.build(name, board)
    assert list(row.values())[1:] == [
        f"{found['accuracy']:.2%}".rstrip("%"), str(found["ticks"]), f"{found['weights']:,}", f"`{found['board']}`",
        f"{found['clock_mhz']:.2f}", f"{found['luts']:,}", f"{found['cycles_per_image']:,}",
        f"{found['images_per_second']:,.1f}", f"{found['images_per_second_per_1000_luts']:,.1f}",
        f"{found['latency_us']:,.1f}"]


@pytest.mark.parametrize("row", table(RESULTS, "Beside what was published"), ids=lambda row: row["network"])
def test_figures_beside_publications_are_those_of_the_network(row):
    own = by_network("Shipped networks")[row["network"].strip("`")]
    assert row["here, binary (%)"] == own["right (%)"]
    assert row["here, real weights (%)"] == own["real-weight baseline (%)"]


@pytest.mark.parametrize("row", table(README, "What comes out"), ids=lambda row: f"{row['network']}{row['board']}")
def test_readme_has_the_same_figures(row):
    name = row["network"].strip("`")
    own, built = by_network("Shipped networks")[name], by_build().get((name, BOARDS.get(row["board"])))
    assert row["right, of the exported integers"].removesuffix(" %").endswith(f" {own['right (%)']}")
    assert (row["ticks"], row["weights"]) == (own["ticks"], own["weights"])
    if row["board"]:
        assert (f"`{BOARDS[row['board']]}`", row["LUTs"], row["images a second"]) == (
            built["board"], built["LUTs"], built["images a second"])
