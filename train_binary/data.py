"""Labelled images as tensors, and their augmentation."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.idx import read_labelled


def load(folder: str | Path, split: str) -> tuple[Tensor, Tensor]:
    """Images, uint8 of shape (n, 1, height, width), and labels, int64 of shape (n,), of "train" or "test".

    Raises
    ------
    OSError, ValueError
        As `quant.idx.read_labelled`.
    """
    (count, height, width), pixels, labels = read_labelled(folder, split)
    images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(count, 1, height, width)
    return images, torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()


def shifted(images: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """The batch moved by one random offset of up to ``reach`` pixels on each axis; black comes in."""
    if not reach:
        return images
    top, left = torch.randint(0, 2 * reach + 1, (2,), generator=generator).tolist()
    height, width = images.shape[2:]
    return F.pad(images, (reach,) * 4)[:, :, top:top + height, left:left + width]
