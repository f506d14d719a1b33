"""Labelled images as tensors."""

import torch
from torch import Tensor

from image_sets import Labelled


def tensors(found: Labelled) -> tuple[Tensor, Tensor]:
    """Images, uint8 of shape (n, channels, height, width), and labels, int64 of shape (n,)."""
    return torch.from_numpy(found.pixels.copy()), torch.from_numpy(found.labels.astype("int64"))
