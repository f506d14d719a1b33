"""The page of a finished build: area, timing and placement of every core of the design."""
