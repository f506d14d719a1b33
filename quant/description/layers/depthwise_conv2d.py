"""Convolution of each channel by itself."""

from dataclasses import dataclass
from typing import ClassVar

from .convolution import Convolution
from .layer import LAYERS


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv2d(Convolution):
    """Each output channel from the one input channel of its number; parameters as of `Convolution`.

    Weights have the shape (channels, 1, k, k).

    Raises
    ------
    TypeError, ValueError
        As of Convolution; or weights are of more than one input a channel.
    """

    kind: ClassVar[str] = "depthwise_conv2d"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights.shape[1] != 1:
            raise ValueError(f"{self.kind} weights must have shape (channels, 1, k, k), not {self.weights.shape}")

    @property
    def inputs(self) -> int:
        """Input channels of the layer, as many as output channels."""
        return self.channels


LAYERS[DepthwiseConv2d.kind] = DepthwiseConv2d
