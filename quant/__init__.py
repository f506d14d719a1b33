"""The integer network: its description, its file, and how it folds onto hardware; `train_binary.model` quantises it."""

from .description.layers import Conv2d, Dense, DepthwiseConv2d, Feedback, FirstSpikePool, Flatten, Shortcut, SumPool
from .description.network import Network
from .description.neurons import Latency, Phase, Rate, SingleSpike
from .description.psp import Ramp, Step

__all__ = [
    "Conv2d",
    "Dense",
    "DepthwiseConv2d",
    "Feedback",
    "FirstSpikePool",
    "Flatten",
    "Latency",
    "Network",
    "Phase",
    "Ramp",
    "Rate",
    "Shortcut",
    "SingleSpike",
    "Step",
    "SumPool",
]
