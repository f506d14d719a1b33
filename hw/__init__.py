"""Cores, generator and build: an integer network becomes gateware."""
