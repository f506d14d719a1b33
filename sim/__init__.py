"""Golden models: what a network computes, and in which clock cycle."""
