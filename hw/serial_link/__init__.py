"""Serial link between a host and its board: both ends, and the protocol between them."""
