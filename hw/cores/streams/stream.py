"""Payload layouts of the streams between cores, and the two helpers that every core uses."""

from amaranth.hdl import Module, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring

from quant.dataflow.cores import Core, NeuronCore, Readout, Synapses

from ..widths import narrow


def lanes_layout(core: Core, lanes: int) -> data.ArrayLayout:
    """``lanes`` values in the core's code."""
    return data.ArrayLayout(unsigned(core.lane_width), lanes)


def outside_layout(width: int, lanes: int) -> ShapeLike:
    """Pixels, or other values of ``width`` bits, as they come from outside: ``lanes`` in a word."""
    return unsigned(width) if lanes == 1 else data.ArrayLayout(unsigned(width), lanes)


def sums_layout(core: Synapses | NeuronCore, planes: int) -> data.ArrayLayout:
    """n(t) for each channel, and within it for each of ``planes`` bit planes or ticks."""
    return data.ArrayLayout(data.ArrayLayout(signed(core.sum_width), planes), core.channels)


def potential_layout(core: NeuronCore | Readout) -> data.StructLayout:
    """V of one neuron, and whether it is at the threshold or above."""
    return data.StructLayout({"potential": signed(core.membrane_width), "fired": 1})


def potentials_layout(core: NeuronCore | Readout) -> data.ArrayLayout:
    """A `potential_layout` for each channel."""
    return data.ArrayLayout(potential_layout(core), core.channels)


def result_layout(core: Readout) -> data.StructLayout:
    """Class index; decision tick, ``steps`` if no output fired; V of every output at that (or the last) tick."""
    return data.StructLayout({
        "class_index": range(core.classes),
        "tick": range(core.steps + 1),
        "potentials": data.ArrayLayout(signed(core.membrane_width), core.classes),
    })


def pipe(m: Module, source: wiring.PureInterface, sink: wiring.PureInterface) -> None:
    """Connect two streams of one payload shape; Amaranth 0.5 compares widths only.

    Raises
    ------
    TypeError
        The payload shapes differ.
    """
    a, b = (end.signature.members["payload"].shape for end in (source, sink))
    if a != b:
        raise TypeError(f"Cannot pipe payload {a!r} into {b!r}")
    wiring.connect(m, source, sink)


def counter(m: Module, name: str, length: int, enable: Value) -> tuple[Signal, Value]:
    """A counter 0..length-1 that steps while ``enable`` and wraps; returns it and whether it is at its last value."""
    at = Signal(range(max(length, 2)), name=name)
    last = Signal(name=f"{name}_last")
    m.d.comb += last.eq(at == length - 1)
    if length > 1:
        with m.If(enable):
            with m.If(last):
                m.d.sync += at.eq(0)
            with m.Else():
                m.d.sync += narrow(at, at + 1)
    return at, last
