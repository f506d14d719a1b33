"""A small design of two cores, placed by hand, and the record of its build."""

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.lib.memory import Memory

from hw.build_report.netlist import Cell, Netlist
from hw.names import plain

CORE = "device.link.core"
NAMES = ("first", "second")
RECORD = {
    "network": "<small>", "network_sha256": "0123456789abcdef" * 4, "accuracy": 0.9876, "measured_on": "MNIST test",
    "board": "icebreaker", "device": "iCE40UP5K", "folding": "1,1,1", "ticks": 8, "cycles_per_image": 48672,
    "latency_cycles": 48000, "estimated_luts": 1946, "estimated_flip_flops": 1990, "estimated_block_rams": 12,
    "luts": 3651, "luts_available": 5280, "flip_flops": 1992, "block_rams": 13, "block_rams_available": 30,
    "fmax_mhz": 33.974, "clock_mhz": 12.0, "images_per_second": 246.548, "images_per_second_at_fmax": 698.019,
    "baud": 1_000_000, "bridge": "FT2232H", "protocol": 2, "vectors": 2, "seed": 1,
    "images_per_second_over_uart": 127.551,
    "bitstream": "top.bin", "bitstream_sha256": "fedcba9876543210" * 4, "tools": {"yosys": "Yosys 0.70"},
    "cores": [
        {"name": "conv2d0_window", "luts": 1200, "flip_flops": 600, "block_rams": 1, "estimated_luts": 1234,
         "estimated_flip_flops": 700, "estimated_block_rams": 1},
        {"name": "link", "luts": 2400, "flip_flops": 1392, "block_rams": 12, "estimated_luts": 712,
         "estimated_flip_flops": 1290, "estimated_block_rams": 11},
        {"name": "board", "luts": 0, "flip_flops": 0, "block_rams": 0, "estimated_luts": None,
         "estimated_flip_flops": None, "estimated_block_rams": None},
        {"name": "shared", "luts": 51, "flip_flops": 0, "block_rams": 0, "estimated_luts": None,
         "estimated_flip_flops": None, "estimated_block_rams": None}],
    "stages": [{"name": "encoder", "busy_cycles": 784, "folding": ""},
               {"name": "conv2d0", "busy_cycles": 48000, "folding": "1 of 4 channels"}],
    "utilisation": [{"site": "logic cells", "used": 3651, "available": 5280},
                    {"site": "pins", "used": 10, "available": 39}],
    "critical_path": {
        "source": {"part": "conv2d0_window", "signal": "left"}, "sink": {"part": "link", "signal": "at"},
        "enters": "clock enable", "routing_ns": 20.5, "logic_ns": 9.0, "hops": [
            {"part": "conv2d0_window", "routing_ns": 0.0, "logic_ns": 4.0, "cells": 1},
            {"part": "link", "routing_ns": 20.5, "logic_ns": 5.0, "cells": 3}]}}


class First(Elaboratable):
    """Drives its output from a register, through a wire."""

    def __init__(self):
        self.count = Signal(2)
        self.output = Signal(2)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.count.eq(self.count + 1)
        m.d.comb += self.output.eq(self.count)
        return m


class Second(Elaboratable):
    """Adds its input to what it has in a memory."""

    def __init__(self):
        self.given = Signal(2)
        self.total = Signal(2)

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = ring = Memory(shape=2, depth=4, init=[])
        write, read = ring.write_port(), ring.read_port()
        m.d.comb += [write.data.eq(self.given), write.en.eq(1), read.addr.eq(self.given)]
        m.d.sync += self.total.eq(self.given + read.data)
        return m


def inside(*names_and_parts):
    """A module with these submodules."""
    m = Module()
    for name, part in names_and_parts:
        m.submodules[name] = part
    return m


def design():
    """RTLIL of two cores in a chain, under the names that `hw.top` gives."""
    first, second = First(), Second()
    core = inside(("first", first), ("second", second))
    core.d.comb += second.given.eq(first.output)
    device = inside(("link", inside(("core", core))))
    return plain(rtlil.convert(inside(("device", device)), name="top", ports=[second.total], emit_src=False))


def cell(name, outputs=(), inputs=(), *, kind="ICESTORM_LC", at=(1, 2), flip_flop=False):
    """A placed cell."""
    return Cell(name=name, kind=kind, column=at[0], row=at[1], flip_flop=flip_flop, outputs=outputs, inputs=inputs)


def netlist(*cells, **names):
    """Cells; net 7 is called what ``net7`` says, or else nothing that the design knows."""
    nets = {net for one in cells for net in one.outputs + one.inputs}
    return Netlist(cells, {net: names.get(f"net{net}", (f"made_{net}",)) for net in nets})
