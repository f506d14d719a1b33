"""Neurons, a file for each kind; `NEURONS` has them all."""

from .collecting import Collecting
from .latency import Latency
from .neurons import LIMIT, NEURONS, Neurons
from .phase import Phase
from .rate import RESETS, Rate
from .single_spike import SingleSpike

__all__ = ["LIMIT", "NEURONS", "RESETS", "Collecting", "Latency", "Neurons", "Phase", "Rate", "SingleSpike"]
