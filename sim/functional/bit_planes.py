"""Values of the functional golden model, as their synapses read them: tick by tick.

Arrays have the axes (channel, y, x, image), so that the images of a batch lie side by side in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quant.description.signal import Signal
from quant.description.spike_coding import Binary, TicksLeft, Times, Trains
from quant.kinds import Kinds

from .psp import Array


@dataclass(frozen=True)
class CodeModel:
    """Model of a code.

    Parameters
    ----------
    tick : callable
        Values and a tick to what each synapse gets then.
    pooled : callable
        `windows` of values to what each gives.
    """

    tick: Callable[[Array, int], Array]
    pooled: Callable[[Array], Array]


CODES: Kinds[CodeModel] = Kinds("spike coding with a model")
CODES[Times.kind] = CodeModel(lambda values, tick: values == tick, lambda windows: windows.min(axis=(2, 4)))
CODES[Trains.kind] = CodeModel(lambda values, tick: values >> values.dtype.type(tick) & 1,
                               lambda windows: np.bitwise_or.reduce(windows, axis=(2, 4)))
CODES[Binary.kind] = CodeModel(lambda values, tick: values, lambda windows: windows.max(axis=(2, 4)))
CODES[TicksLeft.kind] = CODES[Binary.kind]


class Ticked(Protocol):
    """Signal as neurons read it, tick by tick."""

    @property
    def signal(self) -> Signal:
        """Shape and spike coding."""

    def tick(self, number: int) -> Array:
        """Input of each synapse in a tick."""


@dataclass(frozen=True)
class Values:
    """Values that pass between two layers.

    Parameters
    ----------
    signal : Signal
    array : unsigned array
        In the signal's spike coding; values that are added up are still apart.
    """

    signal: Signal
    array: Array

    def tick(self, number: int) -> Array:
        """Input of each synapse in a tick."""
        plane = CODES[self.signal.spike_coding.kind].tick(self.array, number)
        size = self.signal.summed
        return plane if size == 1 else windows(plane, size).sum(axis=(2, 4), dtype=np.int32)

    def pooled(self, size: int) -> Array:
        """Value of each pooled window."""
        return CODES[self.signal.spike_coding.kind].pooled(windows(self.array, size))


def windows(array: Array, size: int) -> Array:
    """Windows that do not overlap: axes (channel, y, row of the window, x, column of the window, image)."""
    channels, height, width, images = array.shape
    rows, columns = height // size, width // size
    return array[:, :rows * size, :columns * size].reshape(channels, rows, size, columns, size, images)


