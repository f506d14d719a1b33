import json

import pytest

from hw import families
from hw.build_report import netlist


def write(path, cells, nets):
    path.write_text(json.dumps({"modules": {"top": {"cells": cells, "netnames": {
        name: {"bits": bits} for name, bits in nets.items()}}}}))
    return path


def placed(kind, bel, directions=None, connections=None, **parameters):
    return {"type": kind, "attributes": {"NEXTPNR_BEL": bel}, "parameters": parameters,
            "port_directions": directions or {}, "connections": connections or {}}


@pytest.fixture
def load(tmp_path):
    def load(cells, nets, given, family="ice40", synthesised=None):
        return netlist.load(write(tmp_path / "routed.json", cells, nets),
                            write(tmp_path / "given.json", synthesised or {}, given), families.lookup(family))
    return load


def test_a_cell_has_its_place_and_its_nets(load):
    ports = {"O": "output", "COUT": "output", "I0": "input", "I1": "input", "PAD": "inout"}
    found = load({"a": placed("ICESTORM_LC", "X15/Y3/lc7", ports, {"O": [5], "COUT": [], "I0": [6], "I1": ["x"],
                                                                    "PAD": [8]}, DFF_ENABLE="0")},
                 {"n": [5], "m": [6], "p": [8]}, {})
    assert found.cells == (netlist.Cell("a", "ICESTORM_LC", 15, 3, False, (5,), (6,)),)


@pytest.mark.parametrize(("family", "kind", "parameters", "holds"), [
    ("ice40", "ICESTORM_LC", {"DFF_ENABLE": "1"}, True),
    ("ice40", "ICESTORM_LC", {"DFF_ENABLE": "00000000000000000000000000000001"}, True),
    ("ice40", "ICESTORM_LC", {"DFF_ENABLE": "0"}, False), ("ice40", "ICESTORM_RAM", {}, False),
    ("ecp5", "TRELLIS_FF", {}, True), ("ecp5", "TRELLIS_COMB", {}, False),
    ("gowin", "DFFSE", {}, True), ("gowin", "LUT2", {}, False), ("gowin", "ALU", {}, False)])
def test_which_cells_hold_a_flip_flop(load, family, kind, parameters, holds):
    found = load({"a": placed(kind, "X1/Y2/SLICEA.FF0", **parameters)}, {}, {}, family)
    assert found.cells[0].flip_flop == holds


@pytest.mark.parametrize(("kind", "site"), [("LUT2", "LUT4"), ("DFFRE", "DFF"), ("ALU", "ALU"), ("SDPB", "BSRAM"),
                                            ("DPX9B", "BSRAM"), ("pROM", "BSRAM")])
def test_a_cell_is_told_by_its_site(load, kind, site):
    assert load({"a": placed(kind, "X1/Y2/A")}, {}, {}, "gowin").cells[0].kind == site


def test_block_rams_that_are_merged_after_routing(load):
    one, both = {"RAM_cfg_forward_a0_clk": "1"}, {"RAM_cfg_forward_a0_clk": "1", "RAM_cfg_forward_a1_clk": "1"}
    found = load({"a$full": placed("RAM", "X1Y1/RAM", **both), "c$full": placed("RAM", "X2Y1/RAM", **one),
                  "d": placed("RAM", "X3Y1/RAM", **both)}, {}, {}, "gatemate",
                 {**{name: {"type": "CC_BRAM_20K"} for name in "abc"}, "d": {"type": "CC_BRAM_40K"}})
    assert [(cell.name, cell.kind, cell.column) for cell in found.cells] == [
        ("a", "RAM_HALF", 1), ("b", "RAM_HALF", 1), ("c", "RAM_HALF", 2), ("d", "RAM_HALF", 3), ("d", "RAM_HALF", 3)]


def test_a_net_has_all_names_that_it_had_before_placement(load):
    given = {"a.o": [2, 3], "b.i": [2, 3], "c": [3], "d": [4]}
    found = load({}, {"b.i[1]": [17], "d": [18], "new": [19]}, given)
    assert found.nets == {17: ("a.o", "b.i", "c"), 18: ("d",), 19: ("new",)}


def test_ends_of_a_net(load):
    ports = {"O": "output", "I": "input"}
    cells = {name: placed("SB_IO", "X0/Y1/io0", ports, {"O": [out], "I": [into]})
             for name, out, into in (("a", 1, 2), ("b", 2, 1), ("c", 3, 1))}
    found = load(cells, {"x": [1], "y": [2], "z": [3]}, {})
    assert found.drivers == {1: [0], 2: [1], 3: [2]}
    assert found.readers == {2: [0], 1: [1, 2]}
