from hw.build_report.area import CoreArea, areas
from hw.cost.estimate import Part
from hw.families import ECP5, ICE40
from tests.helpers.placed import cell, netlist


def test_cells_are_counted_by_part_beside_their_estimate():
    found = netlist(cell("a", flip_flop=True), cell("b"), cell("c", kind="ICESTORM_RAM"), cell("d", kind="SB_IO"),
                    cell("e", flip_flop=True))
    owners = ["first", "first", "second", "board", "shared"]
    assert areas(found, owners, ICE40, [Part("first", 4, 5, 6), Part("second", 7, 8, 9)]) == [
        CoreArea(name="first", luts=2, flip_flops=1, block_rams=0, estimated_luts=4, estimated_flip_flops=5,
                 estimated_block_rams=6),
        CoreArea(name="second", luts=0, flip_flops=0, block_rams=1, estimated_luts=7, estimated_flip_flops=8,
                 estimated_block_rams=9),
        CoreArea(name="board", luts=0, flip_flops=0, block_rams=0),
        CoreArea(name="shared", luts=1, flip_flops=1, block_rams=0)]


def test_flip_flops_of_ecp5_are_no_luts():
    found = netlist(cell("a", kind="TRELLIS_FF", flip_flop=True), cell("b", kind="TRELLIS_COMB"))
    (first, *_) = areas(found, ["first", "first"], ECP5, [Part("first", 0, 0, 0)])
    assert (first.luts, first.flip_flops) == (1, 1)
