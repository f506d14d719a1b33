"""Random networks of torch modules whose weights are signs times a power of two."""

import numpy as np
import torch
from torch import nn

SHAPE = (2, 4, 4)


def signed(layer, scale):
    """The layer with signs times ``scale`` as weights, and biases of a few of them."""
    with torch.no_grad():
        layer.weight.copy_(torch.where(layer.weight < 0, -scale, scale))
        if layer.bias is not None:
            layer.bias.copy_(torch.randint(-2, 3, layer.bias.shape) * scale)
    return layer


def network(seed, neurons, layers=nn):
    """Convolution, mean pool, two dense layers; ``neurons`` makes each population of a random generator."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    scale = float(rng.choice([0.5, 1, 2]))
    return nn.Sequential(signed(layers.Conv2d(2, 4, 3, padding=1), scale), neurons(rng), layers.AvgPool2d(2),
                         layers.Flatten(), signed(layers.Linear(16, 8, bias=False), scale), neurons(rng),
                         signed(layers.Linear(8, 3), scale), neurons(rng))
