import pytest

from hw.build_report.hierarchy import Hierarchy
from tests.helpers.placed import CORE, design


@pytest.fixture(scope="module")
def hierarchy():
    return Hierarchy(design())


def test_modules_are_paths_below_the_top(hierarchy):
    assert hierarchy.modules >= {"", "device", "device.link", CORE, f"{CORE}.first", f"{CORE}.second"}


@pytest.mark.parametrize(("module", "wire"), [(f"{CORE}.first", "count"), (f"{CORE}.first", "output"),
                                              (f"{CORE}.second", "given"), (CORE, "given")])
def test_every_name_of_a_signal_leads_to_the_module_that_drives_it(hierarchy, module, wire):
    name = next(name for name in (wire, f"{wire}$1", f"{wire}$2") if hierarchy.signal(f"{module}.{name}"))
    assert hierarchy.driver((module, name)) == f"{CORE}.first"


def test_a_register_that_reads_another_core_is_its_own(hierarchy):
    assert hierarchy.driver((f"{CORE}.second", "total")) == f"{CORE}.second"


def test_parts_of_a_signal_from_several_modules_give_no_driver():
    text = """\
module \\top
  wire width 2 \\both
  wire width 1 \\low
  wire width 1 \\high
  cell \\top.a \\a
    connect \\o \\low [0]
  end
  cell \\top.b \\b
    connect \\o \\high [0]
  end
  connect \\both { \\high [0] \\low [0] }
end
module \\top.a
  wire width 1 output 0 \\o
end
module \\top.b
  wire width 1 output 0 \\o
end
"""
    found = Hierarchy(text)
    assert (found.driver(("", "low")), found.driver(("", "high")), found.driver(("", "both"))) == ("a", "b", None)


@pytest.mark.parametrize(("name", "signal"), [
    (f"{CORE}.first.count[1]", (f"{CORE}.first", "count")), (f"{CORE}.second.total", (f"{CORE}.second", "total")),
    (f"{CORE}.first.count_SB_DFF_Q", None), ("$nextpnr_3", None)])
def test_a_net_is_a_bit_of_a_signal_or_made_by_synthesis(hierarchy, name, signal):
    assert hierarchy.signal(name) == signal


def test_a_name_by_synthesis_says_what_is_near(hierarchy):
    assert hierarchy.nearest(f"{CORE}.first.count_SB_DFF_Q_1_D_SB_LUT4_O") == (f"{CORE}.first", "count")
    assert hierarchy.nearest("$nextpnr_3") is None


def test_what_synthesis_made_at_a_memory_belongs_to_the_module_of_the_memory(hierarchy):
    (module,) = {path for path in hierarchy.modules if hierarchy.memory(f"{path}.ring.0.0_WDATA_1[0]")}
    assert module.startswith(f"{CORE}.second")
    assert hierarchy.memory(f"{module}.ring.0.0_RDATA_1_SB_LUT4_I3_O") is None
    assert hierarchy.memory(f"{module}.other.0.0_WDATA_1") is None
