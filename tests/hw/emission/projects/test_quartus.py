import pytest

from tests.helpers.emission.projects import made, named
from tests.helpers.emission.projects import written as written  # noqa: PLC0414
from tests.helpers.emission.tcl import recorded
from tests.helpers.refusals import refused


@pytest.mark.parametrize("arguments", [[], ["compile"]])
def test_quartus(written, arguments):
    folder, ports = written
    calls = recorded(folder / "eye_axi_quartus.tcl", folder, arguments)
    assigned = {call[1]: call[2] for call in named(calls, "set_global_assignment")}
    assert (assigned["FAMILY"], assigned["DEVICE"]) == ("Cyclone V", "5CSEBA6U23I7")
    assert assigned["TOP_LEVEL_ENTITY"] == "eye_axi"
    assert all((folder / assigned[name]).exists() for name in ("VERILOG_FILE", "SDC_FILE"))
    virtual = {call[-1].removesuffix("[*]") for call in named(calls, "set_instance_assignment")}
    assert virtual == ports - {"aclk"}
    assert bool(named(calls, "execute_flow")) == bool(arguments)


def test_a_part_of_another_vendor_is_refused():
    with refused("^part for Quartus must begin with 5C, 10C, .*, not 'xc7z020'$"):
        made("quartus", part="xc7z020")
