"""The registry, and a family that this file alone knows."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from amaranth.build import Platform

from hw import families
from hw.bitstream import boards, toolchain
from hw.cost import explore, fit
from hw.cost.estimate import estimate
from hw.families import ARORA_V, ECP5, FAMILIES, GOWIN, ICE40, NEXUS, Capacity, Family, Tool
from hw.families.fabric import Fabric, Ram
from hw.families.family import Layout, Simulation, Sites, Speed
from quant.dataflow.folding import folded
from tests.helpers.networks import small
from verify import netlist

NETWORK = small()
CAPACITY = Capacity(luts=2570, block_rams=20)
MADE_UP = Family(
    name="made-up",
    platform=Platform,
    parts={"MU4K": CAPACITY},
    fabric=Fabric(block=Ram(bits=13, widths=(8, 16, 32), byte=8, cost=100), lut_ram=None, bare_flip_flop=0,
                  paired_carry=False, comparing=0.7, merging=1.2, total=0.9, accumulated=2.0, link=600),
    speeds={"MU": Speed(expected_hz=10e6, target_hz=20e6)},
    pll=ICE40.pll,
    place_and_route=Tool(name="nextpnr-made-up", stage="place and route", wheel="yowasp-made-up"),
    packer=Tool(name="made-up-pack", stage="packing", wheel="yowasp-made-up"),
    synthesis="synth_made_up",
    synthesis_options="-abc9",
    constraints=(".mcf",),
    bitstream=".mu",
    sites=Sites(lut="MU_LUT", block_ram="MU_RAM", flip_flop_cells="MU_FF"),
    layout=Layout(flip_flop=("MU_FF", ""), tile=8, block_ram_rows=1, sites={"MU_LUT": "LUTs"}, inputs={},
                  grids={2570: (20, 16)}),
    largest=("--device", "MU4K"),
    simulation=Simulation(options="-nodsp", models=("made_up/cells.v",)))


@contextmanager
def registered(family):
    families.register(family)
    try:
        yield families.lookup(family.name)
    finally:
        del FAMILIES[family.name]


@pytest.fixture
def made_up():
    with registered(MADE_UP) as family:
        yield family


class Board(Platform):
    device = "MU4K"


class Other(Platform):
    device = "MU8K"


def test_a_made_up_family_gives_an_estimate(made_up):
    guess, other = estimate(NETWORK, folded(NETWORK), made_up), estimate(NETWORK, folded(NETWORK), ICE40)
    assert guess.cycles_per_image == other.cycles_per_image
    assert guess.luts < other.luts  # a bare flip-flop takes none


def test_a_made_up_family_states_what_stands_around_the_core(made_up):
    dearer = replace(made_up, fabric=replace(made_up.fabric, link=800))
    assert fit.surroundings(NETWORK, dearer).luts == fit.surroundings(NETWORK, made_up).luts + 200


def test_a_folding_is_chosen_for_a_made_up_family(made_up):
    capacity = boards.capacity(Board)
    chosen = fit.fastest(NETWORK, made_up, capacity)
    expected, fastest = (fit.expect(NETWORK, folding, made_up) for folding in (
        chosen, explore.frontier(NETWORK, made_up)[0].folding))
    assert expected.luts <= capacity.luts < fastest.luts
    other = estimate(NETWORK, fit.fastest(NETWORK, ICE40, capacity), ICE40)
    assert expected.cycles_per_image < other.cycles_per_image


def test_another_family_of_the_same_name_has_its_own_costs(made_up):
    dearer = replace(made_up, fabric=replace(made_up.fabric, bare_flip_flop=1))
    assert explore.frontier(NETWORK, dearer)[-1].luts > explore.frontier(NETWORK, made_up)[-1].luts


def test_a_board_finds_its_made_up_family(made_up, monkeypatch):
    monkeypatch.setattr(boards, "_platforms", lambda: {Board, Other, Platform})
    assert families.of(Board) is made_up
    assert boards.registry() == {"board": Board}


def test_the_tools_of_a_made_up_family_are_known(made_up):
    assert [tool.name for tool in made_up.tools] == ["yosys", "nextpnr-made-up", "made-up-pack"]
    with pytest.raises(toolchain.ToolchainError, match=r"^yowasp-made-up-pack is neither in "):
        toolchain.locate("made-up-pack")


def test_a_netlist_of_a_made_up_family_is_synthesised_by_its_command(made_up):
    commands, simulation = netlist._recipe("made-up")
    assert commands == (f"synth_made_up -abc9 -nodsp -top {netlist.TOP}",)
    assert simulation.models == ("made_up/cells.v",)


def test_a_family_is_gone_with_the_test_that_registered_it():
    with registered(MADE_UP):
        assert families.lookup("made-up") is MADE_UP
    assert "nextpnr-made-up" not in families.tools()
    with pytest.raises(ValueError, match=f"^family must be one of {', '.join(FAMILIES)}, not 'made-up'$"):
        families.lookup("made-up")
    known = " or ".join(FAMILIES)
    with pytest.raises(ValueError, match=f"^device must be a part of a known family, {known}, not 'MU4K'$"):
        families.of(Board)


@pytest.mark.parametrize("device", ["LCMXO2-1200HC", "iCE40", "xc7a35ti", None])
def test_an_unknown_device_is_an_error(device):
    board = type("Board", (Platform,), {"device": device})
    with pytest.raises(ValueError, match=f"^device must be a part of a known family, {' or '.join(FAMILIES)}, not "
                                         f"{device!r}$"):
        families.of(board)


@pytest.mark.parametrize(("board", "family"), [("icebreaker", ICE40), ("ulx3s-85f", ECP5), ("versaecp55g", ECP5),
                                               ("tangnano9k", GOWIN), ("tangprimer25k", ARORA_V),
                                               ("crosslinknxevn", NEXUS)])
def test_the_family_of_a_board(board, family):
    assert families.of(boards.lookup(board)) is family


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_grid_of_every_part_is_known(family):
    assert {capacity.luts for capacity in family.parts.values()} == family.layout.grids.keys()


def test_a_family_needs_a_name_of_its_own():
    with pytest.raises(ValueError, match="^family must have a name of its own, not 'ecp5'$"):
        families.register(replace(MADE_UP, name="ecp5"))


def test_a_family_needs_parts_of_its_own():
    with pytest.raises(ValueError, match="^family made-up must have parts of its own, not LFE5U-25F of ecp5$"):
        families.register(replace(MADE_UP, parts={"MU4K": CAPACITY, "LFE5U-25F": CAPACITY}))
    assert "made-up" not in FAMILIES


def test_an_unknown_tool_is_refused():
    with pytest.raises(ValueError, match="^tool must be one of yosys, nextpnr-ice40, icepack, .*, not 'vivado'$"):
        families.tool("vivado")
