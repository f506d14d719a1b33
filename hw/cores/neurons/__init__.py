"""Cores of neurons: membrane potentials, thresholds, spikes."""
