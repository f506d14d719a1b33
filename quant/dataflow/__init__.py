"""Dataflow: from a network and its folding to the chain of cores that computes it."""
