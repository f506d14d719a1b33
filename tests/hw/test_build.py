import math
import re
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import pytest

from hw import build
from hw.bitstream import report, toolchain
from hw.bitstream.flow import BuildError, Placed, TooSlow
from quant.files import artefact
from quant.files import vectors as vector_files
from quant.serial_link.protocol import Identity
from sim.vectors import vectors
from tests.helpers.builds import FOLD, NETWORK, job, save
from tests.helpers.builds import network as network  # noqa: PLC0414
from tests.helpers.refusals import refused


def test_a_build_that_fails_says_where_its_log_is(network, tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "run", lambda *_: (1, "ERROR: no luck\n"))
    out = tmp_path / "out"
    message = f"synthesis failed with status 1: ERROR: no luck; the log is {out}.failed.log"
    with pytest.raises(BuildError, match=f"^{re.escape(message)}$"):
        build.build(job(network), out, print)
    assert "no luck" in (tmp_path / "out.failed.log").read_text()
    assert not out.exists()


@pytest.mark.parametrize(("board", "divider", "mhz"), [("icebreaker", 1, 12), ("icepizero1-3", 1, 50),
                                                       ("versaecp5", 2, 50)])
def test_the_clock_is_divided_where_the_board_is_fast(network, board, divider, mhz):
    asked = build.Job.plan(network, board, fold=FOLD, clock="oscillator")
    assert (asked.clock.divider, asked.clock_hz) == (divider, mhz * 1e6)


@pytest.mark.parametrize(("asked", "mhz", "source"), [
    ("oscillator", 12, "oscillator, 12 MHz"), (12, 12, "oscillator, 12 MHz"), (11.9, 6, "oscillator, 12 MHz, / 2"),
    (36, 36, "PLL: oscillator, 12 MHz, / 1 * 48 / 16, VCO at 576 MHz"),
    (36.7, 36, "PLL: oscillator, 12 MHz, / 1 * 48 / 16, VCO at 576 MHz"),
    ("auto", 30, "PLL: oscillator, 12 MHz, / 1 * 80 / 32, VCO at 960 MHz")])
def test_the_clock_that_is_asked_for(network, asked, mhz, source):
    made = build.Job.plan(network, "icebreaker", fold=FOLD, clock=asked, baud=500_000)
    assert (made.clock_hz, made.clock.source, made.asked) == (mhz * 1e6, source, asked)
    assert made.contents.identity.clock_hz == mhz * 1e6


@pytest.mark.parametrize("asked", ["fast", 0, -1, math.nan, math.inf])
def test_a_clock_that_is_none(network, asked):
    with pytest.raises(ValueError, match=rf"^clock must be auto, oscillator or a frequency in MHz, not {asked!r}$"):
        build.Job.plan(network, "icebreaker", fold=FOLD, clock=asked)


def test_a_divider_of_another_clock_is_refused(network):
    with pytest.raises(ValueError, match="^clock divider must be of the oscillator, not of a clock of 36$"):
        build.Job.plan(network, "icebreaker", fold=FOLD, clock=36, divider=2)


@pytest.mark.parametrize(("options", "message"), [
    ({"seeds": 0}, "seeds must be in 1..64, not 0"), ({"seeds": 65}, "seeds must be in 1..64, not 65"),
    ({"seeds": 2, "seed": 2**31 - 1}, "seed must be in 0..2147483646, not 2147483647")])
def test_wrong_seeds(network, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        job(network, **options)


@pytest.fixture
def routing(monkeypatch):
    """Stands in for the tools: a design reaches, in MHz, what is set for its clock."""
    reached, tried = {}, []

    def routed(job, scratch, progress):
        tried.append(job.clock_hz / 1e6)
        if reached[tried[-1]] < tried[-1]:
            raise TooSlow("", reached[tried[-1]], tried[-1])
        return Placed(seed=job.seed, fmax_mhz={})
    monkeypatch.setattr(build, "_routed", routed)
    monkeypatch.setattr(report, "implementation", lambda folder, family, mhz: SimpleNamespace(fmax_mhz=reached[mhz]))
    routed.reached, routed.tried = reached, tried
    return routed


@pytest.mark.parametrize(("reached", "mhz"), [
    ({60: 61.8}, 60), ({60: 37.4, 36: 38.8}, 36), ({60: 37.4, 36: 37, 35.25: 37}, 35.25), ({60: 12.3, 12: 13}, 12),
    ({60: 30, 28.875: 12, 12: 12}, 12)])
def test_the_build_takes_the_fastest_clock_that_holds(network, tmp_path, routing, reached, mhz):
    routing.reached.update(reached)
    made, placed = build._closed(job(network, asked="auto", seed=5), tmp_path, print)
    assert (made.clock_hz, placed.seed) == (mhz * 1e6, 5)
    assert routing.tried == list(reached)


def test_a_design_that_is_too_slow_for_the_oscillator_fails(network, tmp_path, routing):
    routing.reached.update({60: 9, 12: 9})
    with pytest.raises(TooSlow):
        build._closed(job(network, asked="auto"), tmp_path, print)


def test_the_record_of_the_oscillators_clock_says_nothing_more(network):
    assert build._clock_fields(job(network), Placed(seed=1, fmax_mhz={})) == {}


def test_the_record_has_what_was_asked_for_and_what_it_gave(network):
    made = build.Job.plan(network, "icebreaker", fold=FOLD, clock=33.1, seed=3, seeds=2)
    assert build._clock_fields(made, Placed(seed=4, fmax_mhz={3: 36.2, 4: 38.8})) == {
        "clock_asked": 33.1, "clock_hz": "33000000", "pll": {"reference": 1, "feedback": 88, "output": 32},
        "clock_source": "PLL: oscillator, 12 MHz, / 1 * 88 / 32, VCO at 1056 MHz",
        "first_seed": 3, "seeds": 2, "fmax_mhz_by_seed": {3: 36.2, 4: 38.8}}


def test_a_rate_is_reached(network):
    asked = build.Job.plan(network, "icebreaker", fps=100_000)
    assert asked.clock_hz / asked.expected.cycles_per_image >= 100_000


def test_a_rate_is_reached_with_pictures_or_refused(network):
    asked = build.Job.plan(network, "icebreaker", fps=30_000, clock="oscillator", resize="9x7x3")
    assert asked.clock_hz / asked.expected.cycles_per_image >= 30_000
    assert build._clock_fields(asked, Placed(seed=1, fmax_mhz={})) == {"resize": "9x7x3/2+1+1"}
    with refused("^images a second must be at most 63492 for this network at 12 MHz, not 70000$"):
        build.Job.plan(network, "icebreaker", fps=70_000, clock="oscillator", resize="9x7x3")


def test_the_board_holds_the_vectors_beside_the_network(network):
    images = np.arange(12, dtype=np.uint8).reshape(2, 1, 2, 3)
    vector_files.save(vectors(NETWORK, images), network.with_name("tiny.vectors.safetensors"), network=NETWORK)
    asked = build.Job.plan(network, "icebreaker", fold=FOLD, clock="oscillator")
    contents = asked.contents
    assert [vector.pixels for vector in contents.stored] == [image.tobytes() for image in images]
    assert contents.identity == Identity(
        channels=1, height=2, width=3, classes=3, steps=4, coding=4, capacity=10, slots=7, vectors=2,
        clock_hz=12_000_000, baud=3_000_000, initiation_interval=asked.expected.cycles_per_image,
        digest=bytes.fromhex(artefact.network_digest(NETWORK)),
        made_by=version("binspike"))


@pytest.mark.long
def test_another_seed_gives_another_bitstream(network, tmp_path):
    first = build.build(job(network, seed=1), tmp_path / "a", print)
    second = build.build(job(network, seed=2), tmp_path / "b", print)
    assert first["bitstream_sha256"] != second["bitstream_sha256"]


@pytest.mark.long
def test_a_divided_clock_is_routed_and_held(network, tmp_path):
    record = build.build(job(network, "versaecp5"), tmp_path / "out", print)
    assert record["clock_mhz"] == 50
    assert 50 < record["fmax_mhz"] < 400


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """A network, the folder of its build at the clock that holds, and its record."""
    folder = tmp_path_factory.mktemp("auto")
    network = save(folder / "tiny.safetensors")
    made = build.Job.plan(network, "icebreaker", fold=FOLD, clock="auto")
    return network, folder / "out", build.build(made, folder / "out", print)


def check_pll(out, record):
    """The design runs at the PLL of an oscillator of 12 MHz, and was held to that."""
    assert record["pll"]["feedback"] * 12 / record["pll"]["output"] == record["clock_mhz"]
    assert record["images_per_second"] == round(record["clock_mhz"] * 1e6 / record["cycles_per_image"], 3)
    assert f"set_frequency pll_clock {record['clock_mhz']}" in (out / "top.pcf").read_text()
    assert "PLL: oscillator, 12 MHz" in (out / "report.html").read_text()
    assert {site["site"] for site in record["utilisation"]} >= {"PLLs"}


@pytest.mark.long
def test_a_clock_of_the_pll_is_routed_and_held(network, tmp_path):
    made = build.Job.plan(network, "icebreaker", fold=FOLD, clock=30)
    record = build.build(made, tmp_path / "out", print)
    check_pll(tmp_path / "out", record)
    assert record["fmax_mhz"] >= record["clock_mhz"] == 30


@pytest.mark.long
def test_a_clock_that_the_build_chooses_is_routed_and_held(chosen):
    _, out, record = chosen
    check_pll(out, record)
    assert 12 < record["clock_mhz"] < 60
    assert record["fmax_mhz"] >= 1.03 * record["clock_mhz"]


@pytest.mark.long
def test_the_clock_that_was_chosen_gives_the_same_bytes_when_it_is_asked_for(chosen, tmp_path):
    network, out, record = chosen
    made = build.Job.plan(network, "icebreaker", fold=FOLD, clock=record["clock_mhz"], seed=record["seed"])
    build.build(made, tmp_path / "out", print)
    for name in ("top.bin", "top.il", "top.v", "top.pcf", "top.ys"):
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes(), name


@pytest.mark.long
def test_a_build_with_several_seeds_gives_the_same_bytes_again(network, tmp_path):
    made = build.Job.plan(network, "ulx3s-85f", fold=FOLD, clock="auto", seed=2, seeds=2)
    first = build.build(made, tmp_path / "a", print)
    assert set(first["fmax_mhz_by_seed"]) == {2, 3}
    assert build.build(made, tmp_path / "b", print) == first
    for path in (tmp_path / "a").iterdir():
        assert path.name == "build.log" or path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
