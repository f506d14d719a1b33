"""Files: network artefact, test vectors, sample images, shipped networks, and atomic writing of files."""
