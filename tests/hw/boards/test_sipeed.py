# amaranth: UnusedElaboratable=no
import pytest
from amaranth.hdl import Elaboratable, Module
from amaranth.lib import io

from hw.bitstream import boards, flash, flow
from tests.helpers.programmers import tools  # noqa: F401


class Echo(Elaboratable):
    """The UART's two pins, and a register between them."""

    def elaborate(self, platform):
        m = Module()
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.sync += tx.o.eq(rx.i)
        return m


def plan(name):
    return flow.plan(boards.board(name), Echo(), seed=1).files


@pytest.mark.parametrize(("name", "clock", "rx", "tx"), [("tangnano20k", "clk27_0__io\" 4", "70", "69"),
                                                         ("tangprimer25k", "clk50_0__io\" E2", "B3", "C3")])
def test_the_pins_are_those_of_the_board(name, clock, rx, tx):
    lines = plan(name)["top.cst"].splitlines()
    located = {line for line in lines if line.startswith("IO_LOC")}
    assert located == {f'IO_LOC "{clock};', f'IO_LOC "uart_0__rx__io" {rx};', f'IO_LOC "uart_0__tx__io" {tx};'}


@pytest.mark.parametrize(("name", "period", "device", "pins"), [
    ("tangnano9k", "37.037", "GW1NR-LV9QN88PC6/I5", "--sspi_as_gpio --mspi_as_gpio"),
    ("tangnano20k", "37.037", "GW2AR-LV18QN88C8/I7", "--sspi_as_gpio --mspi_as_gpio"),
    ("tangprimer25k", "20.0", "GW5A-LV25MG121NC1/I0", "--cpu_as_gpio --ready_as_gpio --done_as_gpio")])
def test_the_tools_are_given_part_clock_and_pins(name, period, device, pins):
    files = plan(name)
    assert f"create_clock -period {period}" in files["top.sdc"]
    assert f"--device {device} " in files["build_top.sh"]
    assert pins in files["build_top.sh"]
    assert files["build_top.sh"].count("--write") == 1


@pytest.mark.parametrize("name", ["tangnano20k", "tangprimer25k"])
def test_it_is_programmed_by_its_name(name, tools, tmp_path, capfd):  # noqa: F811
    tools("openFPGALoader")
    (tmp_path / "top.fs").write_bytes(b"bits")
    flash.flash(name, tmp_path / "top.fs")
    assert (tmp_path / "called").read_text().split() == ["-b", name, str(tmp_path / "top.fs")]
