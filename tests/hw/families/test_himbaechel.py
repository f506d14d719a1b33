import json

import pytest

from hw.bitstream import boards, flow
from tests.hw.boards.test_sipeed import Echo


@pytest.mark.parametrize(("board", "synthesis", "nextpnr", "clock"), [
    ("tangnano9k", "synth_gowin", "nextpnr-himbaechel-gowin", "create_clock -period 37.037"),
    ("gatematea1-evb", "synth_gatemate", "nextpnr-himbaechel-gatemate", "--freq 10.0")])  # of all without a constraint
def test_families_share_script_clock_and_commands(board, synthesis, nextpnr, clock):
    files = flow.plan(boards.board(board), Echo(), seed=7).files
    lines = files["top.ys"].splitlines()
    command, = (line for line in lines if line.startswith("synth"))
    assert command.split()[0] == synthesis
    assert command.endswith("-top top")
    assert lines.index("read_rtlil top.il") < lines.index(command) < lines.index("write_json top.json")
    yosys, router, _ = json.loads(files["build_top.json"])["commands"]
    assert clock in files["top.sdc"] + " ".join(router)
    assert yosys[-1] == "top.ys"
    assert router[0] == nextpnr
    for option, value in (("--json", "top.json"), ("--sdc", "top.sdc"), ("--log", "top.tim"), ("--seed", "7")):
        assert router[router.index(option) + 1] == value
