"""Model that is trained, its evaluation and its readout, and its export: here weights and thresholds are quantised."""
