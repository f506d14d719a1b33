"""Torch modules in the intermediate form: their layers, the order in which they are called, and their spikes."""
