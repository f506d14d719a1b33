"""One training: batches, checkpoints, progress, processes."""
