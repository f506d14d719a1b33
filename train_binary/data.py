"""Labelled images as tensors."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from datasets import Labelled
from datasets.idx import Idx


def tensors(found: Labelled) -> tuple[Tensor, Tensor]:
    """Images, uint8 of shape (n, channels, height, width), and labels, int64 of shape (n,)."""
    return torch.from_numpy(found.pixels.copy()), torch.from_numpy(found.labels.astype("int64"))


def load(folder: str | Path, split: str) -> tuple[Tensor, Tensor]:
    """As `tensors`, of the four files of a data set in the form of MNIST."""
    return tensors(Idx(path=".x").read_place(Path(folder), split))


def shifted(images: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """The batch moved by one random offset of up to ``reach`` pixels on each axis; black comes in."""
    if not reach:
        return images
    top, left = torch.randint(0, 2 * reach + 1, (2,), generator=generator).tolist()
    height, width = images.shape[2:]
    return F.pad(images, (reach,) * 4)[:, :, top:top + height, left:left + width]
