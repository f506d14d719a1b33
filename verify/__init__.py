"""Verification: the emitted design gives the same words in the same cycles as the golden models."""
