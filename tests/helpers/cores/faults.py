# amaranth: UnusedElaboratable=no
"""Faults to plant in a design: cores that are wrong in one respect, put in the place of the right ones."""

from dataclasses import replace

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring

from hw import accelerator
from hw.cores.neurons import serial_neurons
from hw.cores.neurons.kinds.single_spike import SingleSpikeLane
from quant.dataflow import cores


class Wrong(wiring.Component):
    """A core whose output passes through ``fault(m, core, o)``, which connects the two streams."""

    def __init__(self, core, fault):
        self.core, self.fault = core, fault
        super().__init__(core.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = self.core
        wiring.connect(m, wiring.flipped(self.i), self.core.i)
        self.fault(m, self.core.o, self.o)
        return m


def plant(monkeypatch, kind, fault):
    """Let all cores of a kind have ``fault``."""
    right = accelerator.COMPONENTS[kind]
    monkeypatch.setitem(accelerator.COMPONENTS, kind, lambda core: Wrong(right(core), fault))


def direct(m, o, out):
    m.d.comb += [Value.cast(out.payload).eq(Value.cast(o.payload)), out.valid.eq(o.valid), o.ready.eq(out.ready)]


def late(m, o, out):
    """Every word comes a cycle late."""
    free = ~out.valid | out.ready
    m.d.comb += o.ready.eq(free)
    with m.If(free):
        m.d.sync += [out.valid.eq(o.valid), Value.cast(out.payload).eq(Value.cast(o.payload))]


def deaf(m, o, out):
    """Stalls are not heard: the word is gone."""
    direct(m, o, out)
    m.d.comb += o.ready.eq(1)


def after(count, change):
    """A fault that shows in the word of number ``count`` since reset: ``change(m, o, out)`` is made in it."""
    def fault(m, o, out):
        number = Signal(32)
        direct(m, o, out)
        with m.If(out.valid & out.ready):
            m.d.sync += number.eq(number + 1)
        with m.If(number == count):
            change(m, o, out)
    return fault


def flip(m, o, out):
    m.d.comb += Value.cast(out.payload).eq(Value.cast(o.payload) ^ 1)


def hang(m, o, out):
    m.d.comb += [out.valid.eq(0), o.ready.eq(0)]


class GreaterLane(SingleSpikeLane):
    """Fires above the threshold, not at it."""

    def fires(self, compared, channel, group):
        return compared > self.core.thresholds[channel]


def greater(monkeypatch):
    monkeypatch.setattr(serial_neurons, "neuron", GreaterLane)


def swapped_weight(monkeypatch, fan_in):
    """The first weight of the synapses of this fan-in is the other one."""
    right = accelerator.COMPONENTS[cores.Synapses]

    def wrong(core):
        return right(replace(core, rom=(core.rom[0] ^ 1, *core.rom[1:])) if core.fan_in == fan_in else core)
    monkeypatch.setitem(accelerator.COMPONENTS, cores.Synapses, wrong)
