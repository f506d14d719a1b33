"""A model in evaluation mode: its output potentials, and the statistics on which its thresholds rest."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ..layers.neurons import Normalised
from .network import Model


@torch.no_grad()
def potentials(model: Model, images: Tensor) -> Tensor:
    """V of the outputs in evaluation mode, exact integers in float32, shape (steps, images, classes)."""
    model.eval()
    size = max(1, min(500, 8000 // model.architecture.steps))
    device = model.threshold.device
    return torch.cat([model(batch.to(device)).cpu() for batch in images.split(size)], 1)


@contextmanager
def unrounded(model: Model) -> Iterator[None]:
    """Inside, thresholds and currents act in evaluation mode as they were learned, and not as the integers they become.

    Of neurons that fire at most once that changes nothing: V is an integer, and so V >= ceil(theta) is V >= theta.
    """
    neurons = [module for module in model.modules() if isinstance(module, Normalised)]
    before = [each.rounded for each in neurons]
    try:
        for each in neurons:
            each.rounded = False
        yield
    finally:
        for each, rounded in zip(neurons, before, strict=True):
            each.rounded = rounded


@torch.no_grad()
def refresh(model: Model, images: Tensor) -> None:
    """Replace running statistics, if there are any, by their mean over batches of 500, weighted by their images."""
    neurons = [module for module in model.modules() if isinstance(module, Normalised)]
    if not neurons:
        return
    model.train()
    seen = 0
    for batch in images.split(500):
        seen += len(batch)
        for each in neurons:
            each.momentum = len(batch) / seen
        model.head(model(batch.to(model.threshold.device)))
    for each in neurons:
        each.momentum = Normalised.MOMENTUM
