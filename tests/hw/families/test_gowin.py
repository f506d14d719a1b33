# amaranth: UnusedElaboratable=no
import json

import pytest
from amaranth.hdl import Cat, Elaboratable, Module, Signal
from amaranth.lib import io
from amaranth.lib.memory import Memory
from amaranth.vendor import GowinPlatform

from hw import families
from hw.bitstream import boards, flow, folder, report, toolchain
from hw.build import Job, build
from hw.families import ARORA, ARORA_V, GOWIN
from hw.families.gowin import DATABASES
from tests.helpers.builds import FOLD, needs, save
from tests.helpers.built import check_cores, check_page


def test_the_parts_are_known_to_amaranth():
    assert GOWIN.parts.keys() | ARORA.parts.keys() <= GowinPlatform._dev_osc_mapping.keys()


def test_every_part_is_of_one_family():
    assert GOWIN.parts.keys() | ARORA.parts.keys() | ARORA_V.parts.keys() == DATABASES.keys()


@pytest.mark.parametrize(("width", "depth", "count"), [
    (36, 512, 2), (37, 512, 3), (18, 1024, 1), (9, 2048, 1), (4, 4096, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert GOWIN.fabric.rom(width, depth).block_rams == count


@pytest.mark.parametrize(("name", "database"), [("tangnano9k", "GW1N-9C"), ("tangnano20k", "GW2A-18C"),
                                                ("tangprimer25k", "GW5A-25A"), ("tangprimer20kdock", "GW2A-18C")])
def test_the_database_is_that_of_the_die(name, database):
    assert boards.board(name).database == database


def test_a_class_of_amaranth_boards_becomes_the_same_class_each_time():
    assert boards.lookup("tangnano9k") is boards.lookup("tangnano9k")


def test_a_part_without_such_a_pll_says_so():
    assert GOWIN.pll.serves(boards.board("tangnano9k"))
    assert not ARORA_V.pll.serves(boards.board("tangprimer25k"))


class Reader(Elaboratable):
    """The UART's pin shifts the address of a memory of words of 36 bits, whose parity goes back."""

    def elaborate(self, platform):
        m = Module()
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.submodules.memory = memory = Memory(shape=36, depth=512, init=[place ** 4 for place in range(512)])
        read, address = memory.read_port(), Signal(9)
        m.d.comb += [read.addr.eq(address), read.en.eq(1)]
        m.d.sync += [address.eq(Cat(rx.i, address)), tx.o.eq(read.data.xor())]
        return m


def test_words_of_36_bits_lie_in_halves(tmp_path):
    """The contents of both are those of the whole, in which the halves of a word follow each other."""
    (tmp_path / "top.v").write_text("""
module top(input clk, wre, input [8:0] a, input [3:0] bytes, input [35:0] di, output [35:0] out);
SPX9 #(.BIT_WIDTH(36), .READ_MODE(1'b0), .WRITE_MODE(2'b01), .INIT_RAM_00(288'h123)) ram (.CLK(clk), .CE(1'b1),
.OCE(1'b1), .RESET(1'b0), .WRE(wre), .AD({a, 1'b0, bytes}), .DI(di), .DO(out), .BLKSEL(3'b0));
endmodule""")
    (tmp_path / "halves.ys").write_text("\n".join((
        "read_verilog -lib +/gowin/cells_xtra_gw2a.v", "read_verilog top.v", ARORA.after_synthesis,
        "write_json top.json")))
    status, said = toolchain.run("yosys", ["-q", "halves.ys"], tmp_path)
    assert not status, said
    module = json.loads((tmp_path / "top.json").read_text())["modules"]["top"]
    pins = {name: port["bits"] for name, port in module["ports"].items()}
    halves = {cell["connections"]["AD"][4]: cell for cell in module["cells"].values() if cell["type"] == "SPX9"}
    assert halves.keys() == {"0", "1"}
    for odd, cell in halves.items():
        odd, wires, parameters = int(odd), cell["connections"], cell["parameters"]
        assert (int(parameters["BIT_WIDTH"], 2), int(parameters["INIT_RAM_00"], 2)) == (18, 0x123)
        assert int(parameters["WRITE_MODE"], 2) == 1
        assert wires["AD"][:4] == [*pins["bytes"][2 * odd:2 * odd + 2], "0", "0"]
        assert wires["AD"][5:] == pins["a"]
        assert wires["DI"][:18] == pins["di"][18 * odd:18 * odd + 18]
        assert wires["DO"][:18] == pins["out"][18 * odd:18 * odd + 18]
        assert (wires["CLK"], wires["WRE"]) == (pins["clk"], pins["wre"])


@pytest.mark.long
@pytest.mark.parametrize("board", ["tangnano20k", "tangprimer25k"])
@needs(ARORA)
def test_words_of_36_bits_meet_their_hold_times(tmp_path, board):
    platform = boards.board(board)
    family = families.of(platform)
    flow.execute(flow.plan(platform, Reader(), seed=1), family, tmp_path, print, [1])
    assert report.implementation(tmp_path, family, platform.default_clk_frequency / 1e6).block_rams == 2


def make(place, board="tangnano9k", **options):
    """Record of the build of a tiny network in a folder."""
    return build(Job.plan(save(place / "tiny.safetensors"), board, fold=FOLD, **options), place / "out", print)


@pytest.mark.long
@needs(GOWIN)
def test_a_build_of_a_tiny_network(tmp_path):
    record = make(tmp_path)
    assert (record["device"], record["clock_mhz"], record["bitstream"]) == ("GW1NR-9C", 27, "top.fs")
    assert record["fmax_mhz"] > 27
    check_cores(record)
    check_page((tmp_path / "out" / "report.html").read_text())
    sites = {site["site"] for site in record["utilisation"]}
    assert sites >= {"LUTs", "LUTs used as carry", "flip-flops", "input pins"}


@pytest.mark.long
@pytest.mark.parametrize(("board", "clock"), [("tangnano9k", 40), ("tangnano20k", "oscillator"),
                                              ("tangprimer25k", "oscillator")])
@needs(GOWIN)
def test_a_bitstream_is_the_same_when_it_is_made_again(tmp_path, board, clock):
    """At the PLL too."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        record = make(tmp_path / name, board, clock=clock)
        assert record["fmax_mhz"] >= record["clock_mhz"]
    assert folder.manifest(tmp_path / "first" / "out") == folder.manifest(tmp_path / "second" / "out")
