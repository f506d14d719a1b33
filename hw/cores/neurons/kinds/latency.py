"""Neurons that fire once, behind all of their input, in gates."""

from quant.description.neurons import Latency

from ..lane import LANES
from .phase import PhaseLane

LANES[Latency.kind] = PhaseLane  # the ticks left are a number, whose digits are found as those that phase neurons fire
