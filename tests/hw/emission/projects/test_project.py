import pytest

from hw.emission.projects import PROJECTS, Design
from tests.helpers.emission.projects import named
from tests.helpers.emission.projects import written as written  # noqa: PLC0414
from tests.helpers.emission.tcl import recorded


@pytest.mark.parametrize("name", ["eye_axi.xdc", "eye_axi.sdc"])
def test_the_clock_is_constrained_at_a_port(written, name):
    calls = recorded(written[0] / name, written[0])
    assert named(calls, "create_clock") == [["-name", "aclk", "-period", "10.000", "<get_ports>"]]
    assert named(calls, "get_ports")[0][0] in written[1]


@pytest.mark.parametrize("kind", PROJECTS)
def test_every_file_says_that_no_vendor_tool_has_run(written, kind):
    design = Design(top="eye_axi", ports={}, description="", version="1", clock_mhz=50, about={},
                    part=PROJECTS[kind].part(None))
    for name, text in PROJECTS[kind].files(design).items():
        assert name.endswith(".json") or "has not run" in text or "No board has run it yet" in text, name
