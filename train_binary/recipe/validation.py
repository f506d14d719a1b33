"""Validation split: training images that are not learned, on which settings are chosen in place of test images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quant.check import integer

MOST = 2**20  # images


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Validation split of the training images.

    Parameters
    ----------
    images : int
        How many; at least one is left to learn.
    seed : int, optional
        Seed by which they are chosen at random; without: the last ones.

    Raises
    ------
    TypeError, ValueError
        A value is wrong.
    """

    images: int
    seed: int | None = None

    def __post_init__(self) -> None:
        integer("validation images", self.images, 1, MOST)
        if self.seed is not None:
            integer("validation seed", self.seed, 0, 2**63 - 1)

    def split(self, count: int) -> tuple[Tensor, Tensor]:
        """Indices, in rising order, of the images to learn and of those of the split, out of ``count``.

        Raises
        ------
        ValueError
            There are not more images than the split has.
        """
        integer("validation images", self.images, 1, count - 1)
        order = torch.arange(count)
        if self.seed is not None:
            order = torch.randperm(count, generator=torch.Generator().manual_seed(self.seed))
        return order[:-self.images].sort().values, order[-self.images:].sort().values
