"""Pipelines that never stall: the synapses and neurons of a stage, where they keep up with each other."""

from .cores import Core, Credits, NeuronCore, SerialNeurons, Synapses, UnrolledNeurons, ceil_div

AROUND = 4  # cycles until a credit is free again, besides those in the pipeline: two in the queue, two behind it
FEW = 128  # synapses a cycle, up to which a pipeline may wait: its registers cost less than a queue
SERIAL = 3  # cycles from the sums of the last tick to the output of serial neurons


def power_of_two(words: int) -> int:
    """The depth of a queue of so many words: at least 4, since one of 2 stalls by itself."""
    return max(4, 1 << (words - 1).bit_length())


def _latency(neurons: Core) -> int | None:
    """Cycles from the last sums to the output, of neurons that take sums in every cycle; None: they do not."""
    match neurons:
        case UnrolledNeurons():
            return neurons.steps + 1
        case SerialNeurons(ticks=1):
            return SERIAL
        case _:
            return None


def credits(synapses: Synapses, *behind: Core) -> Credits | None:
    """Credits for synapses and what is behind them, enough never to hold them up; None: these may stall, or must."""
    if synapses.synapses * synapses.channels * synapses.planes_per_pass <= FEW:
        return None
    if len(behind) != 1 or not isinstance(neurons := behind[0], NeuronCore) or (latency := _latency(neurons)) is None:
        return None
    period = synapses.words * synapses.plane_groups
    depth = power_of_two(1 + ceil_div(synapses.latency + 1 + latency + AROUND, period))
    return Credits(bit_planes=neurons.bit_planes, spike_coding=neurons.spike_coding, lanes=neurons.channels,
                   taken=Core(bit_planes=synapses.bit_planes, spike_coding=synapses.spike_coding),
                   taken_lanes=synapses.lanes, period=period, depth=depth)
