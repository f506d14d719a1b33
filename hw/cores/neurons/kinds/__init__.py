"""Neurons in gates, a file for each kind; `hw.cores.neurons.lane.LANES` has them all."""

from . import latency, phase, rate, single_spike

__all__ = ["latency", "phase", "rate", "single_spike"]
