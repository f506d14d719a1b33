"""What a network costs before it is synthesised: clock cycles, area, and the folding that suits."""
