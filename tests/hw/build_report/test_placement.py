from xml.etree import ElementTree

from hw.build_report.placement import HIGHEST, TILE, Placement, draw, placement, width
from hw.families import ICE40
from tests.helpers.placed import cell, netlist

CELLS = netlist(cell("a", at=(1, 2)), cell("b", at=(1, 2), flip_flop=True), cell("c", at=(1, 2)),
                cell("d", kind="ICESTORM_RAM", at=(6, 1)), cell("e", kind="SB_IO", at=(0, 5)))
PARTS = ["first", "first", "second", "second", "board"]
COLOURS = {"first": "#111111", "second": "#222222", "board": "#333333", "absent": "#444444"}


def paths(drawn):
    return {path.get("fill"): path.get("d") for path in ElementTree.fromstring(drawn).iter("path") if path.get("fill")}


def found():
    return placement(CELLS, PARTS, ICE40, 5280)


def test_cells_of_each_part_by_tile():
    assert found() == Placement(columns=26, rows=32, block_ram_rows=2, capacity=8,
                                logic={"first": {(1, 2): 2}, "second": {(1, 2): 1}}, block_rams={"second": [(6, 1)]},
                                others={"board": [(0, 5)]})


def test_a_tile_is_shared_by_the_parts_in_it_and_filled_as_far_as_used():
    drawn = paths(draw(found(), COLOURS, "x"))
    foot, each = 3 * TILE, TILE // 8
    assert drawn["#111111"] == f"M{TILE} {foot - 2 * each}h{TILE}v{2 * each}h-{TILE}z"
    assert drawn["#222222"].startswith(f"M{TILE} {foot - 3 * each}h{TILE}v{each}h-{TILE}z")
    assert "#444444" not in drawn


def test_a_block_ram_covers_its_tiles_and_is_framed():
    drawn = draw(found(), COLOURS, "x")
    assert f"M{6 * TILE} {TILE}h{TILE}v{2 * TILE}h-{TILE}z" in paths(drawn)["#222222"]
    assert 'class="ram" d="M97 17h14v30h-14z"' in drawn


def test_the_picture_is_the_whole_device_in_its_proportions():
    root = ElementTree.fromstring(draw(found(), COLOURS, "x"))
    assert root.get("viewBox") == f"0 0 {26 * TILE} {32 * TILE}"
    assert width(found()) == HIGHEST * 26 // 32


def test_parts_are_named_for_who_points_at_them():
    titles = [title.text for title in ElementTree.fromstring(draw(found(), COLOURS, "x")).iter("title")]
    assert titles == ["first", "second", "board"]
