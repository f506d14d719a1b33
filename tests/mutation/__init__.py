"""Planted faults: every one is caught by the suite, or proven to change nothing. ``python -m tests.mutation``."""
