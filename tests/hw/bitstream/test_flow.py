import json
import os

import pytest
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.lib import io

from hw.bitstream import boards, flow, toolchain
from hw.bitstream.flow import BuildError, DoesNotFit, TooSlow, Usage
from hw.families import ICE40

LOG = """\
Info: Device utilisation:
Info: \t         ICESTORM_LC:    {lc}/   5280    36%
Info: \t        ICESTORM_RAM:       8/     30    26%
"""


class Blink(Elaboratable):
    def elaborate(self, platform):
        m = Module()
        m.submodules.led = led = io.Buffer("o", platform.request("led", 0, dir="-"))
        on = Signal()
        m.d.sync += on.eq(~on)
        m.d.comb += led.o.eq(on)
        return m


def plan(board="icebreaker", seed=3):
    return flow.plan(boards.board(board), Blink(), seed=seed)


@pytest.fixture
def tools(monkeypatch):
    """Stands in for the tools: each leaves the files and the status that were set for it."""
    files, status, ran = {}, {}, []

    def run(tool, arguments, folder):
        ran.append(tool)
        for name, text in files.get(tool, {}).items():
            (folder / name).write_text(text)
        return status.get(tool, 0), "said\n"
    monkeypatch.setattr(toolchain, "run", run)
    run.files, run.status, run.ran = files, status, ran
    return run


def execute(folder):
    lines = []
    flow.execute(plan(), ICE40, folder, lines.append, [3])
    return lines


def test_a_plan_has_our_options():
    files = plan().files
    assert "delete t:$check t:$print\n" in files["top.ys"]
    assert "write_verilog -norename top.v" in files["top.ys"]
    assert "--seed 3 --report top.report.json --write top.routed.json" in files["build_top.sh"]


def test_a_plan_for_ecp5_takes_no_wide_multiplexers_and_keeps_the_options_of_the_board():
    files = plan("ulx3s-85f").files
    assert "synth_ecp5 -nowidelut -top top" in files["top.ys"]
    assert "--compress" in files["build_top.sh"]


def test_overrides_of_the_caller_have_no_effect(monkeypatch):
    expected = plan().digest()
    monkeypatch.setenv("AMARANTH_nextpnr_opts", "--seed 7")
    assert plan().digest() == expected
    assert os.environ["AMARANTH_nextpnr_opts"] == "--seed 7"


def test_the_stages_run_in_order_and_say_so(tools, tmp_path):
    lines = execute(tmp_path)
    assert tools.ran == ["yosys", "nextpnr-ice40", "icepack"]
    assert lines[::2] == ["synthesis ...", "place and route ...", "packing ..."]
    assert lines[1].startswith("synthesis done in 0.0 s")


def test_the_log_holds_what_the_tools_said(tools, tmp_path):
    tools.files["nextpnr-ice40"] = {"top.tim": "own log\n"}
    execute(tmp_path)
    log = (tmp_path / "build.log").read_text()
    assert log.count("said\n") == 3
    assert log.count("own log\n") == 1


def test_a_design_that_does_not_fit_says_by_how_much(tools, tmp_path):
    tools.files["nextpnr-ice40"], tools.status["nextpnr-ice40"] = {"top.tim": LOG.format(lc=6812)}, 1
    with pytest.raises(DoesNotFit, match="^design must fit the device, but needs 6,812 of 5,280 LUTs$") as caught:
        execute(tmp_path)
    assert caught.value.usage == {"ICESTORM_LC": Usage(6812, 5280)}
    assert tools.ran[-1] == "nextpnr-ice40"


@pytest.mark.parametrize("lc", [100, 5280])
def test_a_design_that_is_too_slow_says_by_how_much(tools, tmp_path, lc):
    clocks = {"a": {"achieved": 9.5, "constraint": 9.0}, "b": {"achieved": 10.21, "constraint": 12.00005}}
    tools.files["nextpnr-ice40"] = {"top.tim": LOG.format(lc=lc), "top.report.json": json.dumps({"fmax": clocks})}
    tools.status["nextpnr-ice40"] = 1
    with pytest.raises(TooSlow, match=r"^design must run at 12\.0 MHz, but reaches 10\.2 MHz$") as caught:
        execute(tmp_path)
    assert (caught.value.fmax_mhz, caught.value.clock_mhz) == (10.21, 12.00005)


class Seeds:
    """Stands in for the tools: place and route with a seed reaches what is set for it, for a clock of 12 MHz."""

    def __init__(self, monkeypatch, reached):
        self.reached, self.ran = reached, []
        monkeypatch.setattr(toolchain, "run", self.run)

    def run(self, tool, arguments, folder):
        if tool == "yosys":
            (folder / "top.json").write_text("netlist")
        if tool != "nextpnr-ice40":
            return 0, ""
        assert (folder / "top.json").read_text() == "netlist"
        seed = int(arguments[arguments.index("--seed") + 1])
        self.ran.append(seed)
        reached = self.reached[seed]
        if reached is None:
            return 1, "ERROR: no way\n"
        fmax = {"board": {"achieved": 300, "constraint": 100}, "clk": {"achieved": reached, "constraint": 12}}
        (folder / "top.report.json").write_text(json.dumps({"fmax": fmax}))
        (folder / "top.asc").write_text(f"placed with {seed}")
        return int(reached < 12), ""

    def execute(self, folder):
        return flow.execute(plan(), ICE40, folder, lambda line: None, sorted(self.reached))


def test_the_best_of_several_placements_is_kept(monkeypatch, tmp_path):
    seeds = Seeds(monkeypatch, {3: 20, 4: 31.5, 5: 31.5, 6: 11, 7: None})
    placed = seeds.execute(tmp_path)
    assert placed == flow.Placed(seed=4, fmax_mhz={3: 20, 4: 31.5, 5: 31.5, 6: 11})
    assert sorted(seeds.ran) == [3, 4, 5, 6, 7]
    assert (tmp_path / "top.asc").read_text() == "placed with 4"
    assert not list(tmp_path.glob("seed-*"))
    assert (tmp_path / "build.log").read_text().count("# nextpnr-ice40") == 5


def test_where_all_placements_are_too_slow_the_fastest_is_told(monkeypatch, tmp_path):
    with pytest.raises(TooSlow) as caught:
        Seeds(monkeypatch, {1: 9, 2: 11, 3: 10}).execute(tmp_path)
    assert caught.value.fmax_mhz == 11


def test_where_no_placement_can_be_routed_it_is_told_before_the_speed(monkeypatch, tmp_path):
    with pytest.raises(BuildError, match=r"^place and route failed with status 1: ERROR: no way$"):
        Seeds(monkeypatch, {1: 9, 2: None, 3: 10}).execute(tmp_path)


def test_a_placement_is_the_same_among_others(monkeypatch, tmp_path):
    alone, among = Seeds(monkeypatch, {4: 20}), tmp_path / "among"
    alone.execute(tmp_path / "alone")
    Seeds(monkeypatch, {3: 15, 4: 20}).execute(among)
    for path in (tmp_path / "alone").iterdir():
        assert path.name == "build.log" or path.read_bytes() == (among / path.name).read_bytes(), path.name


def test_any_other_failure_quotes_the_tool(tools, tmp_path):
    tools.files["yosys"], tools.status["yosys"] = {"top.rpt": "1. Executing.\nERROR: No such module.\n"}, 1
    with pytest.raises(BuildError, match=r"^synthesis failed with status 1: ERROR: No such module\.$"):
        execute(tmp_path)


def test_a_tool_that_says_nothing(tools, tmp_path):
    tools.status["icepack"] = -9
    with pytest.raises(BuildError, match="^packing failed with status -9: no message$"):
        execute(tmp_path)


def test_usage_is_read_from_a_log():
    assert flow.logged_usage(LOG.format(lc=1913)) == {"ICESTORM_LC": Usage(1913, 5280), "ICESTORM_RAM": Usage(8, 30)}
