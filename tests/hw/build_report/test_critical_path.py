import pytest

from hw.build_report.critical_path import Hop, Register, critical_path, owned
from hw.build_report.hierarchy import Hierarchy
from hw.families import ECP5
from tests.helpers.placed import CORE, cell, design, netlist

COUNT, TOTAL, LOGIC = f"{CORE}.first.count_DFF", f"{CORE}.first.count_DFF_Q_LUT4_Z", f"{CORE}.second.given_LUT4_Z"
CLOCKS = {"clk": {"achieved": 60.0, "constraint": 12.00004}, "board": {"achieved": 90.0, "constraint": 48.0}}


@pytest.fixture(scope="module")
def hierarchy():
    return Hierarchy(design())


def step(kind, delay, to, port="O"):
    return {"type": kind, "delay": delay, "to": {"cell": to, "port": port}}


def path(*steps, start="posedge clk", end="posedge clk"):
    return {"from": start, "to": end, "path": list(steps)}


SLOW = path(step("clk-to-q", .5, COUNT), step("routing", 2., "$made", "A"), step("logic", .25, "$made"),
            step("routing", 1., LOGIC, "A"), step("logic", .25, LOGIC), step("routing", 4., TOTAL, "CE"),
            step("setup", .125, TOTAL, "CE"))
CELLS = netlist(cell(COUNT, (1,)), cell("$made", (2,)), cell(LOGIC, (3,)), cell(TOTAL, (4,)),
                net1=(f"{CORE}.first.count[0]",), net4=(f"{CORE}.second.total$1[0]", f"{CORE}.second.total[0]"))
PARTS = ["first", "first", "shared", "second"]


def find(hierarchy, *paths, parts=PARTS, clock_mhz=12):
    report = {"fmax": CLOCKS, "critical_paths": list(paths)}
    return critical_path(report, clock_mhz, hierarchy, owned(CELLS, parts), ECP5)


def test_a_path_goes_from_register_to_register_core_by_core(hierarchy):
    found = find(hierarchy, SLOW)
    assert found.source == Register(part="first", signal="count")
    assert found.sink == Register(part="second", signal="total")
    assert found.hops == (Hop(part="first", routing_ns=2, logic_ns=.75, cells=2),
                          Hop(part="second", routing_ns=5, logic_ns=.375, cells=2))
    assert (found.routing_ns, found.logic_ns) == (7, 1.125)


@pytest.mark.parametrize(("port", "words"), [("CE", "clock enable"), ("LSR", "reset"), ("DI", "data"),
                                             ("WAD2", "address"), ("M", "data")])
def test_what_the_path_ends_in(hierarchy, port, words):
    ending = path(step("clk-to-q", .5, COUNT), step("routing", 1., TOTAL, port), step("setup", 0, TOTAL, port))
    assert find(hierarchy, ending).enters == words


def test_the_slowest_path_of_the_designs_clock_counts(hierarchy):
    quick = path(step("clk-to-q", .1, TOTAL), step("routing", .1, COUNT, "DI"), step("setup", .1, COUNT, "DI"))
    asynchronous = path(step("source", 99., TOTAL), end="<async>")
    other = path(step("clk-to-q", 99., TOTAL), start="posedge board", end="posedge board")
    assert find(hierarchy, quick, asynchronous, SLOW, other) == find(hierarchy, SLOW)


def test_a_report_without_such_a_path_has_none(hierarchy):
    assert find(hierarchy, path(step("source", 1., TOTAL), start="<async>")) is None


def test_a_register_without_a_signal_goes_by_what_is_near_it(hierarchy):
    name = f"{CORE}.second.total_DFF_D_LUT4_Z"
    cells = netlist(cell(name, (1,)))
    report = {"fmax": CLOCKS, "critical_paths": [path(step("clk-to-q", 1., name), step("setup", 1., name, "DI"))]}
    found = critical_path(report, 12, hierarchy, owned(cells, ["second"]), ECP5)
    assert found.source == Register(part="second", signal="total")
