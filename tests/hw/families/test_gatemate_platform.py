import json

from hw.bitstream import boards, flow
from tests.hw.boards.test_sipeed import Echo


def plan():
    return flow.plan(boards.board("gatematea1-evb"), Echo(), seed=7).files


def test_pins_and_their_parameters_are_constraints():
    lines = [line.strip() for line in plan()["top.ccf"].splitlines()]
    assert 'NET "clk10_0__io" Loc = "IO_SB_A8" | SCHMITT_TRIGGER=true;' in lines
    assert 'NET "uart_0__tx__io" Loc = "IO_SB_B6";' not in lines
    assert 'NET "uart_0__tx__io" Loc = "IO_SA_B6";' in lines


def test_the_tools_get_clock_seed_and_voltage():
    yosys, nextpnr, packer = json.loads(plan()["build_top.json"])["commands"]
    assert (yosys[0], nextpnr[0], packer[0]) == ("yosys", "nextpnr-himbaechel-gatemate", "gmpack")
    for option, value in (("--freq", "10.0"), ("--device", "CCGM1A1"), ("--seed", "7")):
        assert nextpnr[nextpnr.index(option) + 1] == value
    assert "fpga_mode=2" in nextpnr
    assert packer[-2:] == ["top.txt", "top.bit"]
