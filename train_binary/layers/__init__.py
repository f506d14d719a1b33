"""Layers with sign weights for training; each exports the integer layers that compute the same."""
