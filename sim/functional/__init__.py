"""Functional golden model: what a network computes, for many images at once, in exact integers."""
