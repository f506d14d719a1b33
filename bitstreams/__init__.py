"""Bitstreams that a release ships, and the commands that make and verify them."""
