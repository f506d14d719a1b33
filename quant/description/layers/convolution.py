"""Convolutions: of all input channels, and of each by itself."""

from dataclasses import dataclass
from typing import ClassVar

from ...check import integer
from .layer import LAYERS, Shape
from .synaptic import Synaptic


@dataclass(frozen=True, kw_only=True)
class Convolution(Synaptic):
    """Base of square convolutions, then neurons.

    Parameters
    ----------
    weights : array of integers, shape (out_channels, inputs of a neuron, k, k), or Weights
        As of Synaptic.
    neurons, feedback, shortcut
        As of Synaptic.
    stride : int
        1..64, the same on both axes.
    padding : int
        0..k-1 rows and columns of inputs that never spike, on each side.

    Raises
    ------
    TypeError, ValueError
        As of Synaptic; or weights are not square, or a number is out of range.
    """

    axes: ClassVar[int] = 4
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights.shape[2] != self.weights.shape[3]:
            raise ValueError(f"{self.kind} kernel must be square, not {self.weights.shape[2:]}")
        object.__setattr__(self, "stride", integer(f"{self.kind} stride", self.stride, 1, 64))
        object.__setattr__(self, "padding", integer(f"{self.kind} padding", self.padding, 0, self.size - 1))

    @property
    def size(self) -> int:
        """Extent of the square kernel."""
        return self.weights.shape[2]

    @property
    def inputs(self) -> int:
        """Input channels of the layer."""
        return self.weights.shape[1]

    def output_shape(self, shape: Shape) -> Shape:
        """As of `Layer`."""
        if shape[0] != self.inputs:
            raise ValueError(f"{self.kind} weights must take {shape[0]} input channels, not {self.inputs}")
        spans = [extent + 2 * self.padding - self.size for extent in shape[1:]]
        if min(spans) < 0:
            raise ValueError(f"{self.kind} kernel must fit the padded input {shape[1:]}, not extend over {self.size}")
        return (self.channels, spans[0] // self.stride + 1, spans[1] // self.stride + 1)


@dataclass(frozen=True, kw_only=True)
class Conv2d(Convolution):
    """Each output channel from all input channels; parameters as of `Convolution`.

    Weights have the shape (out_channels, in_channels, k, k).
    """

    kind: ClassVar[str] = "conv2d"


LAYERS[Conv2d.kind] = Conv2d
