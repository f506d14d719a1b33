"""Specifications: components around a core, whose `Assert` must hold in every reachable state."""
