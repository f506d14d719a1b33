"""Bit layout of words on the wires: the width of each of their integers, lowest first."""

from functools import singledispatch

from quant.dataflow import cores

from .payload import Word


@singledispatch
def widths(core: cores.Core) -> list[int]:
    """Width in bits of each integer of an output word of ``core``, lowest first; here: of lanes."""
    lanes = core.channels if isinstance(core, cores.NeuronCore) else core.lanes  # type: ignore[attr-defined]
    return [core.lane_width] * lanes


@widths.register
def _(core: cores.Pack) -> list[int]:
    return [core.lane_width] * (core.lanes * core.ratio)


@widths.register
def _(core: cores.Unpack) -> list[int]:
    return [core.lane_width] * (core.lanes // core.ratio)


@widths.register
def _(core: cores.Pool) -> list[int]:
    return [core.lane_width] * core.lanes_out


@widths.register
def _(core: cores.RegisterWindow) -> list[int]:
    return [core.lane_width] * core.fan_in


@widths.register
def _(core: cores.Join) -> list[int]:
    return [core.sum_width] * (core.channels * core.ticks)


@widths.register
def _(core: cores.Synapses) -> list[int]:
    return [core.sum_width] * (core.channels * core.planes_per_pass)


@widths.register
def _(core: cores.Current) -> list[int]:
    return [core.sum_width] * core.channels


@widths.register
def _(core: cores.OutputNeurons) -> list[int]:
    return [core.membrane_width, 1] * core.channels


@widths.register
def _(core: cores.Readout) -> list[int]:
    return [(core.classes - 1).bit_length(), core.steps.bit_length()] + [core.membrane_width] * core.classes


@widths.register
def _(core: cores.Copies) -> list[int]:
    return widths(core.readout)


def bits(core: cores.Core, word: Word) -> int:
    """Output payload of ``core`` as one unsigned integer, two's complement for negative numbers."""
    total = place = 0
    for value, width in zip(word, widths(core), strict=True):
        total |= (value & (1 << width) - 1) << place
        place += width
    return total
