"""Base of all kinds of layers."""

from typing import ClassVar

from ...kinds import Kinds
from ..signal import Signal

MAX_EXTENT = 4096
MAX_LAYERS = 64
Shape = tuple[int, int, int]


class Layer:
    """One layer of a network, from a (channels, height, width) map of values to another.

    A kind is a subclass, a frozen dataclass in `LAYERS`. Its parts elsewhere: `quant.dataflow.lowering` (what the
    hardware computes), `sim.layers` (models) and `train_binary.model.integer_layers` (the integer version in torch).

    Attributes
    ----------
    kind : str
        Its name in artefacts and in every registry.
    passes_on : bool
        Whether it gives the values that it gets, for the layer after it to read in another way.
    """

    kind: ClassVar[str]
    passes_on: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``.

        Raises
        ------
        ValueError
            The layer cannot take such a map.
        """
        raise NotImplementedError

    def output_signal(self, signal: Signal, steps: int) -> Signal:
        """Signal at the output for an input of ``signal``, in a network of ``steps`` ticks; here the same.

        Raises
        ------
        ValueError
            The layer cannot take such a signal.
        """
        return signal


LAYERS: Kinds[type[Layer]] = Kinds("layers")
