"""Host driver: images to a board over a serial port, results back."""
