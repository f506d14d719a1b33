"""Needs of the tests, a file for each kind of neurons; `TESTS` has them all."""

from tests.neurons import latency, phase, rate, single_spike
from tests.neurons.kind import TESTS, Life, NeuronTests, Own

__all__ = ["TESTS", "Life", "NeuronTests", "Own", "latency", "phase", "rate", "single_spike"]
