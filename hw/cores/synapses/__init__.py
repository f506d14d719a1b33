"""Cores that sum signs over spikes."""
