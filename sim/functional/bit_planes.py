"""Values of the functional golden model, as their synapses read them: tick by tick.

Arrays have the axes (channel, y, x, image), so that the images of a batch lie side by side in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quant.description import spike_coding as codes
from quant.description.network import Signal

from .psp import Array


def _at(signal: Signal, values: Array, tick: int) -> Array:
    return values == tick


def _bit(signal: Signal, values: Array, tick: int) -> Array:
    return values >> values.dtype.type(tick) & 1


def _number(signal: Signal, values: Array, tick: int) -> Array:
    return values


_PLANES: dict[codes.SpikeCoding, Callable[[Signal, Array, int], Array]] = {
    codes.Times: _at, codes.Trains: _bit, codes.Binary: _number}
_POOLED: dict[codes.SpikeCoding, Callable[[Array], Array]] = {
    codes.Times: lambda windows: windows.min(axis=(2, 4)),
    codes.Trains: lambda windows: np.bitwise_or.reduce(windows, axis=(2, 4)),
    codes.Binary: lambda windows: windows.max(axis=(2, 4)),
}


@dataclass(frozen=True)
class Values:
    """What passes between two layers.

    Parameters
    ----------
    signal : Signal
    array : unsigned array
        In the signal's code; values that are added up are still apart.
    """

    signal: Signal
    array: Array

    def tick(self, number: int) -> Array:
        """What each synapse gets in a tick."""
        plane = _PLANES[self.signal.spike_coding](self.signal, self.array, number)
        size = self.signal.summed
        return plane if size == 1 else windows(plane, size).sum(axis=(2, 4), dtype=np.int32)

    def pooled(self, size: int) -> Array:
        """What each window gives."""
        return _POOLED[self.signal.spike_coding](windows(self.array, size))


def windows(array: Array, size: int) -> Array:
    """Windows that do not overlap: axes (channel, y, row of the window, x, column of the window, image)."""
    channels, height, width, images = array.shape
    rows, columns = height // size, width // size
    return array[:, :rows * size, :columns * size].reshape(channels, rows, size, columns, size, images)


