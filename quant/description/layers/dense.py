"""Every input to every neuron."""

from dataclasses import dataclass
from typing import ClassVar

from .layer import LAYERS, Shape
from .synaptic import Synaptic


@dataclass(frozen=True, kw_only=True)
class Dense(Synaptic):
    """Every input to every neuron.

    Parameters
    ----------
    weights : array of integers, shape (out_features, in_features), or Weights
        As of Synaptic; input order is that of `Flatten`.
    neurons, feedback, shortcut
        As of Synaptic.
    """

    kind: ClassVar[str] = "dense"
    axes: ClassVar[int] = 2

    def output_shape(self, shape: Shape) -> Shape:
        """As of `Layer`; the input must be flat."""
        if shape[1:] != (1, 1):
            raise ValueError(f"dense input must be flat, not {shape}; put a Flatten before it")
        if shape[0] != self.fan_in:
            raise ValueError(f"dense weights must take {shape[0]} inputs, not {self.fan_in}")
        return (self.channels, 1, 1)


LAYERS[Dense.kind] = Dense
