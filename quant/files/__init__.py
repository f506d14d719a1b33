"""Files: the network artefact, test vectors, sample images, shipped networks, and how files are written whole."""
