import pytest

from benchmarks import placement
from hw.bitstream.flow import BuildError
from hw.build import Job
from quant.files import artefact
from quant.files.artefact import Provenance
from tests.helpers.networks import small

PLANNED = ["--seed", "30", "--report", "r.json", "--weight", "30", "--up5k"]
LOG = """\
Info: Max frequency for clock            'clk': 60.10 MHz (FAIL at 95.00 MHz)
Info: Max frequency for clock 'clk': 60.10 MHz (FAIL at 95.00 MHz)
Info: Max delay <async> -> posedge clk: 3.12 ns
ERROR: Max frequency for clock '$glbnet$clk': 76.96 MHz (FAIL at 95.00 MHz)
"""


@pytest.mark.parametrize(("own", "options", "left"), [
    ("--weight 30", "", ["--report", "r.json", "--up5k", "--timing-allow-fail"]),
    ("--weight 30", "--weight 7", ["--report", "r.json", "--up5k", "--timing-allow-fail", "--weight", "7"]),
    ("", "--a 1 --b", [*PLANNED[2:], "--timing-allow-fail", "--a", "1", "--b"])])
def test_options_of_the_family_are_replaced(own, options, left):
    assert placement.arguments(PLANNED, own, options, 4) == ["--seed", "4", *left]


def test_frequencies_are_those_before_and_after_routing():
    assert placement.frequencies(LOG) == [60.10, 60.10, 76.96]


def test_tool_that_fails_is_named():
    with pytest.raises(BuildError, match=r"nextpnr-none ended with status 3: \['ERROR: worse'\]"):
        placement.done("nextpnr-none", [(0, ""), (3, "bad\nERROR: worse\n")])


@pytest.mark.slow
def test_each_seed_is_routed_with_each_option(tmp_path):
    path = tmp_path / "small.bsn.json"
    artefact.save(small(), path, provenance=Provenance())
    job = Job.plan(path, "icebreaker", fold="1,1,1 1,1,1 1,1,1")
    lines = placement.routed(job, ["", "--placer-heap-timingweight 0"], [1, 2])
    assert [line[:2] for line in lines] == [("none", "1"), ("none", "2"), ("`--placer-heap-timingweight 0`", "1"),
                                            ("`--placer-heap-timingweight 0`", "2")]
    assert len({line[2:] for line in lines}) > 1
    assert all(float(mhz) > 1 for line in lines for mhz in line[2:])
