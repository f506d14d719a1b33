"""Cores that gather words and windows of a map."""
