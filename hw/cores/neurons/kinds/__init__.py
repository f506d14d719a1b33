"""Neurons in gates, a file for each kind; `hw.cores.neurons.lane.LANES` has them all."""

from . import phase, rate, single_spike

__all__ = ["phase", "rate", "single_spike"]
