import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitstream.flow import BuildError
from hw.bitstream.packed import pack
from hw.families import ECP5, GOWIN, ICE40
from hw.families.fabric import Size
from hw.names import plain
from tests.helpers.builds import needs


class Registers(wiring.Component):
    """Two bits, each delayed by two registers, and one the exclusive or of both behind a third."""

    def __init__(self):
        super().__init__({"i": In(2), "o": Out(3)})

    def elaborate(self, platform):
        m = Module()
        first = Signal(2)
        m.d.sync += [first.eq(self.i), self.o[:2].eq(first), self.o[2].eq(first.xor())]
        return m


TEXT = plain(rtlil.convert(Registers(), name="top", emit_src=False))


@pytest.mark.parametrize(("family", "luts"), [
    pytest.param(ICE40, 5 + 2, marks=pytest.mark.long), pytest.param(ECP5, 1 + 1, marks=pytest.mark.long),
    pytest.param(GOWIN, 5, marks=needs(GOWIN))], ids=lambda value: getattr(value, "name", ""))
def test_a_bare_register_takes_a_lut_where_the_family_has_it_so(family, luts, tmp_path):
    """On iCE40 two more drive constants, used or not, on ECP5 one."""
    assert pack(TEXT, family, tmp_path) == Size(luts=luts, flip_flops=5)


def test_a_tool_that_fails_is_named(tmp_path):
    with pytest.raises(BuildError, match="^yosys ended with status 1: "):
        pack("no module", ECP5, tmp_path)
