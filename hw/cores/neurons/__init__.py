"""Cores of neurons: membrane potentials, thresholds, spikes."""

from . import kinds

__all__ = ["kinds"]
