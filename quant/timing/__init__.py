"""Timing models of the cores: in which clock cycle each word moves, without its data."""
