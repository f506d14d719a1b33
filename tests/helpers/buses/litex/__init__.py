"""A LiteX SoC whose RISC-V classifies images by a core, and what its simulation needs."""
