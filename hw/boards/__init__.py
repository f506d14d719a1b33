"""Boards that amaranth-boards lacks, a file for each maker, defined as boards are there."""
