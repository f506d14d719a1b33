"""Models of neurons, a file for each kind: functional, of the oracle, and of data; `MODELS` has them all."""

from . import latency, phase, rate, single_spike
from .model import MODELS, Membranes, NeuronModel, Spikes

__all__ = ["MODELS", "Membranes", "NeuronModel", "Spikes", "latency", "phase", "rate", "single_spike"]
