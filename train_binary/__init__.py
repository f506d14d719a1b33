"""Training of binary-weight, temporal-coded spiking networks; torch is imported only here."""
