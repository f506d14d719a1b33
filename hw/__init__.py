"""Amaranth cores, their generator, boards and the host driver."""
