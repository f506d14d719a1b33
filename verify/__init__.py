"""Proof that the emitted design equals the golden model."""
