"""Serial link between a host and its board: protocol, and what a bitstream holds for it."""
