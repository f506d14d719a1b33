"""The serial line between a host and its board: both ends, and what goes over it."""
