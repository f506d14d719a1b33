"""The integer network: its description, its file, and how it folds onto hardware."""

from .layers import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Shortcut, SumPool
from .network import Network
from .neurons import Phase, Rate, SingleSpike
from .psp import Ramp, Step

__all__ = [
    "Conv2d",
    "Dense",
    "Feedback",
    "FirstSpikePool",
    "Flatten",
    "Network",
    "Phase",
    "Ramp",
    "Rate",
    "Shortcut",
    "SingleSpike",
    "Step",
    "SumPool",
]
