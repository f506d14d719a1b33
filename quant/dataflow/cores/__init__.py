"""Parameters of every hardware core, with the widths and counts that follow from them.

One frozen description each: the core in `hw`, its clocked timing in `quant.timing.simulation` and its data model in
`sim` are all built from the same object, so that no width or count is computed twice. A *word* is what one stream
transfer carries; `lanes` is the number of values in it: spike times, spike trains or numbers
(`quant.description.spike_coding`). A *pass* computes one group of output channels over one group of planes at one
window position. Standard library only.
"""

from .computing import (
    Current,
    Join,
    NeuronCore,
    OutputNeurons,
    Readout,
    RecurrentNeurons,
    SerialNeurons,
    UnrolledNeurons,
)
from .copies import Copies, Queue
from .core import Core, ceil_div
from .credits import Credits
from .event_frames import EventFrames
from .moving import Encoder, Fork, MemoryWindow, Pack, Pad, Pool, RegisterSlice, RegisterWindow, Unpack, Window
from .resize import Resize
from .synapses import DepthwiseSynapses, IntegerDepthwiseSynapses, IntegerSynapses, Synapses

__all__ = [
    "Copies",
    "Core",
    "Credits",
    "Current",
    "DepthwiseSynapses",
    "Encoder",
    "EventFrames",
    "Fork",
    "IntegerDepthwiseSynapses",
    "IntegerSynapses",
    "Join",
    "MemoryWindow",
    "NeuronCore",
    "OutputNeurons",
    "Pack",
    "Pad",
    "Pool",
    "Queue",
    "Readout",
    "RecurrentNeurons",
    "RegisterSlice",
    "RegisterWindow",
    "Resize",
    "SerialNeurons",
    "Synapses",
    "Unpack",
    "UnrolledNeurons",
    "Window",
    "ceil_div",
]
