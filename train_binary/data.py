"""Labelled images as tensors."""

from pathlib import Path

import torch
from torch import Tensor

from image_sets import Labelled
from image_sets.idx import Idx


def tensors(found: Labelled) -> tuple[Tensor, Tensor]:
    """Images, uint8 of shape (n, channels, height, width), and labels, int64 of shape (n,)."""
    return torch.from_numpy(found.pixels.copy()), torch.from_numpy(found.labels.astype("int64"))


def load(folder: str | Path, split: str) -> tuple[Tensor, Tensor]:
    """As `tensors`, of the four files of a data set in the form of MNIST."""
    return tensors(Idx(path=".x").read_place(Path(folder), split))
