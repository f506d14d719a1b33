"""Cycle-accurate golden model: every word and its clock cycle at every border between cores."""
