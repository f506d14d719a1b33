"""Timing model of each core: the cycles in which it transfers words, for any stall pattern.

They know handshakes, not data. Only the readout needs data: the decision ticks, since it decides early.
"""

from functools import singledispatch

from ..dataflow import cores
from .computing import CurrentTiming, OutputTiming, SerialTiming, SynapseTiming
from .copies import CopiesTiming, QueueTiming
from .credits import CreditsTiming
from .feedback import RecurrentTiming
from .model import Pipeline, TimingModel
from .moving import MemoryWindowTiming, PadTiming, RegisterSliceTiming, RegisterWindowTiming, UnpackTiming
from .shortcut import ForkTiming, JoinTiming


@singledispatch
def timing_model(core: cores.Core) -> TimingModel:
    """Timing model of a core other than the readout.

    A join also takes that of its fork, recurrent neurons their loop, copies the chains of all.

    Raises
    ------
    TypeError
        There is no such core.
    """
    raise TypeError(f"core must have a timing model, not {core!r}")


@timing_model.register
def _(core: cores.Encoder) -> TimingModel:
    return Pipeline(2, [True])


@timing_model.register
def _(core: cores.Pack) -> TimingModel:
    return Pipeline(1, [at == core.ratio - 1 for at in range(core.ratio)])


@timing_model.register
def _(core: cores.Pool) -> TimingModel:
    ends = [[at % size == size - 1 for at in range(extent)]
            for extent, size in ((core.height, core.size), (core.width, core.across))]
    return Pipeline(2, [y and x for y in ends[0] for x in ends[1] for _ in range(core.groups)])


@timing_model.register
def _(core: cores.Resize) -> TimingModel:
    return Pipeline(2, core.ends)


@timing_model.register
def _(core: cores.UnrolledNeurons) -> TimingModel:
    return Pipeline(core.steps + 1, [True])


timing_model.register(cores.Copies, CopiesTiming)
timing_model.register(cores.Credits, CreditsTiming)
timing_model.register(cores.Current, CurrentTiming)
timing_model.register(cores.Fork, ForkTiming)
timing_model.register(cores.Join, JoinTiming)
timing_model.register(cores.RecurrentNeurons, RecurrentTiming)
timing_model.register(cores.SerialNeurons, SerialTiming)
timing_model.register(cores.OutputNeurons, OutputTiming)
timing_model.register(cores.Queue, QueueTiming)
timing_model.register(cores.Unpack, UnpackTiming)
timing_model.register(cores.Pad, PadTiming)
timing_model.register(cores.RegisterSlice, RegisterSliceTiming)
timing_model.register(cores.RegisterWindow, RegisterWindowTiming)
timing_model.register(cores.MemoryWindow, MemoryWindowTiming)
timing_model.register(cores.Synapses, SynapseTiming)
