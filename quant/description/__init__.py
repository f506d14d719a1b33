"""Description of an integer network: layers, neurons, kernels, spike coding, and what it means."""
