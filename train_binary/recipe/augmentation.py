"""Augmentation: images changed at random while training, each by itself, so that a network learns what does not matter.

All of it works on whole batches of 8-bit images and draws from the trainer's generator, so that a training repeats.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from quant.check import flag, integer, number


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Augmentation of the images of a batch, in this order: rotate and scale, flip, shift, erase.

    Parameters
    ----------
    rotate : float
        Each image is turned by up to so many degrees either way.
    scale : float
        Each is made larger or smaller by a factor of up to 1 + ``scale``.
    flip : bool
        Half of them are mirrored, left to right.
    shift : int
        They are moved by up to so many pixels either way, on both axes; 0 comes in.
    shift_each : bool
        Each by offsets of its own; otherwise all images of a batch by the same.
    erase : int
        In each, a square of so many pixels a side, its centre anywhere, is set to 0: never a spike (cutout of DeVries
        and Taylor 2017, arXiv 1708.04552).

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type, or not in 0..180 degrees, 0..1, 0..16 pixels or 0..4096 pixels.
    """

    rotate: float = 0.0
    scale: float = 0.0
    flip: bool = False
    shift: int = 1
    shift_each: bool = False
    erase: int = 0

    def __post_init__(self) -> None:
        number("rotate", self.rotate, 0, 180)
        number("scale", self.scale, 0, 1)
        flag("flip", self.flip)
        integer("shift", self.shift, 0, 16)
        flag("shift_each", self.shift_each)
        integer("erase", self.erase, 0, 4096)

    def augmented(self, images: Tensor, generator: Generator) -> Tensor:
        """New images for a batch, uint8 of shape (n, channels, height, width); the batch itself is not changed."""
        if self.rotate or self.scale:
            images = turned(images, self.rotate, self.scale, generator)
        if self.flip:
            images = flipped(images, generator)
        if self.shift:
            images = (shifted_each if self.shift_each else shifted)(images, self.shift, generator)
        return erased(images, self.erase, generator) if self.erase else images


def turned(images: Tensor, degrees: float, scale: float, generator: Generator) -> Tensor:
    """Each image turned by a random angle and scaled by a random factor about its centre, bilinear."""
    count, _, height, width = images.shape
    angle, power = (torch.rand(2, count, generator=generator) * 2 - 1).to(images.device)
    angle, factor = angle * math.radians(degrees), (1 + scale) ** -power
    cos, sin, none = factor * angle.cos(), factor * angle.sin(), torch.zeros_like(angle)
    # Where a pixel comes from, in units in which each axis goes from -1 to 1.
    matrix = torch.stack([cos, -sin * height / width, none, sin * width / height, cos, none], 1).view(-1, 2, 3)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images.float(), grid, align_corners=False).round().to(torch.uint8)


def flipped(images: Tensor, generator: Generator) -> Tensor:
    """Each image mirrored left to right, or not."""
    chosen = torch.rand(len(images), generator=generator).to(images.device) < 0.5
    return torch.where(chosen.view(-1, 1, 1, 1), images.flip(3), images)


def shifted(images: Tensor, reach: int, generator: Generator) -> Tensor:
    """All images moved by one random offset of up to ``reach`` pixels on each axis; 0 comes in."""
    top, left = torch.randint(0, 2 * reach + 1, (2,), generator=generator).tolist()
    height, width = images.shape[2:]
    return F.pad(images, (reach,) * 4)[:, :, top:top + height, left:left + width]


def shifted_each(images: Tensor, reach: int, generator: Generator) -> Tensor:
    """As `shifted`, each image by offsets of its own."""
    top, left = torch.randint(0, 2 * reach + 1, (2, len(images)), generator=generator).to(images.device)
    windows = F.pad(images, (reach,) * 4).unfold(2, images.shape[2], 1).unfold(3, images.shape[3], 1)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def erased(images: Tensor, side: int, generator: Generator) -> Tensor:
    """In each image, a square of ``side`` x ``side`` pixels around a random one set to 0, as far as it is inside."""
    count, _, *extents = images.shape
    near = []
    for extent in extents:
        first = torch.randint(0, extent, (count, 1), generator=generator) - side // 2
        places = torch.arange(extent)
        near.append(((places >= first) & (places < first + side)).to(images.device))
    rows, columns = near
    return images.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)
