"""What tests need of neurons, a file for each kind; `TESTS` has them all."""

from . import phase, rate, single_spike
from .kind import TESTS, Life, NeuronTests

__all__ = ["TESTS", "Life", "NeuronTests", "phase", "rate", "single_spike"]
