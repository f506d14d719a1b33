"""Recordings of event cameras: reading, binning into spike trains, and the simulation of some from images."""
