"""Cost of a network before synthesis: clock cycles, area, and the folding that suits."""
