"""Numeric kernels of training: exact sums, spikes and their derivatives, in torch and compiled."""
