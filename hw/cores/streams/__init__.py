"""Streams: how cores are connected, copied and coded."""
