"""Faults to plant, as patches of the sources."""
