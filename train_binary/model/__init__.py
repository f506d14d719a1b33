"""Model that is trained, its evaluation, its readout, and the integer network that it becomes."""
