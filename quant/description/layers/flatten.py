"""A map as a vector."""

from dataclasses import dataclass
from typing import ClassVar

from .layer import LAYERS, Layer, Shape


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """(channels, height, width) to (channels * height * width, 1, 1) in that order, as in PyTorch."""

    kind: ClassVar[str] = "flatten"
    passes_on: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        """As of `Layer`."""
        return (shape[0] * shape[1] * shape[2], 1, 1)


LAYERS[Flatten.kind] = Flatten
