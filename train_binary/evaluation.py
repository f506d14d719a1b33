"""A model in evaluation mode: its output potentials, and the statistics on which its thresholds rest."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .neurons import Normalised

if TYPE_CHECKING:
    from .model import Model


@torch.no_grad()
def potentials(model: "Model", images: Tensor) -> Tensor:
    """V of the outputs in evaluation mode, exact integers in float32, shape (steps, images, classes)."""
    model.eval()
    size = max(1, min(500, 8000 // model.recipe.steps))
    device = model.threshold.device
    return torch.cat([model(batch.to(device)).cpu() for batch in images.split(size)], 1)


@torch.no_grad()
def refresh(model: "Model", images: Tensor) -> None:
    """Replace the running statistics by their plain mean over batches of 500."""
    model.train()
    neurons = [module for module in model.modules() if isinstance(module, Normalised)]
    for index, batch in enumerate(images.split(500)):
        for each in neurons:
            each.momentum = 1 / (index + 1)
        model.head(model(batch))
    for each in neurons:
        each.momentum = Normalised.MOMENTUM
