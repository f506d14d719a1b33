import pytest

from hw.build_report.attribution import BOARD, LINK, SHARED, part, parts
from hw.build_report.hierarchy import Hierarchy
from hw.families import ICE40
from tests.helpers.placed import CORE, NAMES, cell, design, netlist

FIRST, SECOND = (f"{CORE}.first.count",), (f"{CORE}.second.total",)


@pytest.fixture(scope="module")
def hierarchy():
    return Hierarchy(design())


def owners(found, hierarchy):
    return parts(found, hierarchy, ICE40, NAMES)


@pytest.mark.parametrize(("module", "name"), [
    (f"{CORE}.first", "first"), (f"{CORE}.second.words", "second"), (CORE, LINK), (f"{CORE}.third", LINK),
    ("device.receiver", LINK), ("cd_sync", BOARD), ("", BOARD)])
def test_the_part_of_a_module(module, name):
    assert part(module, NAMES) == name


def test_a_register_belongs_to_the_core_that_drives_it_by_whichever_name(hierarchy):
    given = next(name for name in ("given", "given$1", "given$2") if hierarchy.signal(f"{CORE}.second.{name}"))
    found = netlist(cell("x", (1,), (1,), flip_flop=True), cell("y", (), (1,)), net1=(f"{CORE}.second.{given}",))
    assert owners(found, hierarchy)[0] == "first"


def test_logic_belongs_to_the_core_that_alone_reads_it(hierarchy):
    found = netlist(cell("far", (3,), ()), cell("near", (4,), (3,)), cell("first", (1,), (4, 3)), net1=FIRST)
    assert owners(found, hierarchy)[:2] == ["first", "first"]


def test_logic_that_several_read_belongs_to_the_core_whose_registers_alone_it_reads(hierarchy):
    found = netlist(cell("first", (1,), (9,)), cell("logic", (3,), (1,)), cell("again", (4,), (3,)),
                    cell("first too", (2,), (4,)), cell("second", (5,), (4,)), net1=FIRST, net2=FIRST, net5=SECOND)
    assert owners(found, hierarchy) == ["first", "first", "first", "first", "second"]


def test_logic_from_several_to_several_is_shared(hierarchy):
    found = netlist(cell("first", (1,), (3,)), cell("second", (2,), (3, 1)), cell("logic", (3,), (1, 2)),
                    net1=FIRST, net2=SECOND)
    assert owners(found, hierarchy) == ["first", "second", SHARED]


def test_registers_without_a_name_that_read_each_other_belong_to_their_reader(hierarchy):
    found = netlist(cell("a", (3,), (4,), flip_flop=True), cell("b", (4,), (3,), flip_flop=True),
                    cell("second", (2,), (4, 2)), net2=SECOND)
    assert owners(found, hierarchy) == ["second"] * 3


def test_the_end_of_a_carry_chain_belongs_to_the_chain(hierarchy):
    found = netlist(cell("second", (2, 3), (2,)), cell("end", (4,), (3,)), net2=SECOND)
    assert owners(found, hierarchy) == ["second", "second"]


def test_the_clock_says_nothing(hierarchy):
    found = netlist(cell("clock", (9,), (), kind="SB_IO"), cell("first", (1,), (9, 3)), cell("second", (2,), (9, 3)),
                    cell("logic", (3,), (9,)), net1=FIRST, net2=SECOND, net9=("clk",))
    assert owners(found, hierarchy)[3] == SHARED


def test_a_memory_belongs_to_the_module_that_declares_it(hierarchy):
    module = next(path for path in hierarchy.modules if hierarchy.memory(f"{path}.ring.0.0_WDATA"))
    found = netlist(cell(f"{module}.ring.0.0_RAM", (3,), (4,), kind="ICESTORM_RAM"),
                    cell("made for it", (4,), (1,), flip_flop=True), cell("first", (1,), (3, 4)),
                    net1=FIRST, net4=(f"{module}.ring.0.0_WDATA_1",))
    assert owners(found, hierarchy) == ["second", "second", "first"]


def test_a_cell_without_nets_belongs_where_its_name_says(hierarchy):
    assert owners(netlist(cell(f"{CORE}.first.lines$RAMW_BLOCK0")), hierarchy) == ["first"]


def test_pins_and_buffers_are_the_boards_and_ports_of_memories_are_not(hierarchy):
    found = netlist(cell("led.buf0", (), (1,), kind="SB_IO"), cell("$gbuf", (3,), (1,), kind="SB_GB"),
                    cell("first", (1,), (3,)), cell(f"{CORE}.first.lines.0.0$RAMW_SLICE", (4,), kind="TRELLIS_RAMW"),
                    net1=FIRST)
    assert owners(found, hierarchy) == [BOARD, BOARD, "first", "first"]
