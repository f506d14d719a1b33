"""Phase neurons and plain rate conversion of the same network, side by side: accuracy and spikes against ticks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quant import Network, conversion
from quant.network import PIXEL_BITS
from quant.neurons import Phase
from sim.functional import Outcome, run
from sim.psp import Array

from .survey import planes, stopped

BATCH = 200  # images at once
SOURCE = 10  # binary digits that stand for activations that are not rounded
DIGITS = 8
TICKS = 63


@dataclass(frozen=True, kw_only=True)
class Row:
    """A conversion, and what it makes of the images.

    Parameters
    ----------
    ticks : int
        Of phase neurons those of a cycle, one a binary digit; else those of an image.
    whole : int
        From the first tick of an image to the last of its last hidden layer: phase neurons of a layer fire when those
        of the layer before have.
    correct : int
    spikes, inactive : float
        Mean number of spikes an image in hidden layers; and of those the ones of neurons that are zero in the source.
    """

    ticks: int
    whole: int
    correct: int
    spikes: float
    inactive: float


@dataclass(frozen=True, kw_only=True)
class Conversions:
    """Right answers of ``images``: of the source, of phase neurons, and of rate neurons stopped after each tick."""

    images: int
    source: int
    phase: tuple[Row, ...]
    rate: tuple[Row, ...]


@dataclass
class _Sums:
    correct: Array
    spikes: Array = field(init=False)
    inactive: Array = field(init=False)

    def __post_init__(self) -> None:
        self.spikes, self.inactive = np.zeros_like(self.correct), np.zeros_like(self.correct)

    def rows(self, ticks: Iterator[tuple[int, int]], images: int) -> Iterator[Row]:
        for (each, whole), correct, spikes, inactive in zip(ticks, self.correct, self.spikes, self.inactive,
                                                            strict=True):
            yield Row(ticks=each, whole=whole, correct=int(correct), spikes=spikes / images, inactive=inactive / images)


def _hidden(network: Network) -> list[int]:
    """Places of what phase neurons give."""
    return [place for place, layer in enumerate(network.layers, 1)
            if isinstance(getattr(layer, "neurons", None), Phase)]


def _spikes(network: Network, outcome: Outcome, places: list[int]) -> Iterator[tuple[int, Array]]:
    """Of each hidden layer its place, and which neurons spike in each tick, bool (n, ..., steps)."""
    assert outcome.times is not None
    for place in places:
        yield place, planes(network.signals[place].code, outcome.times[place], network.steps)


def compare(network: Network, images: Array, labels: Array, *,
            progress: Callable[[int], Any] = lambda count: None) -> Conversions:
    """Classify ``images`` by the source, by phase neurons of 1 to `DIGITS` digits, and by rate neurons.

    Parameters
    ----------
    network : Network
        Of phase neurons.
    images : uint8 array (n, channels, height, width)
        At least one.
    labels : integer array (n,)
    progress : callable
        Called with the number of images just classified by all.

    Raises
    ------
    TypeError, ValueError
        The network has other neurons, or the images are not its.
    """
    places, source = _hidden(network), conversion.digits(network, SOURCE)
    phases = [conversion.digits(network, steps) for steps in range(1, DIGITS + 1)]
    rate, right = conversion.rates(network, TICKS), 0
    sums = {"phase": _Sums(np.zeros(DIGITS, np.int64)), "rate": _Sums(np.zeros(TICKS, np.int64))}
    for start in range(0, len(images), BATCH):
        some, wanted = images[start:start + BATCH], np.asarray(labels)[start:start + BATCH]
        exact = run(source, some, times=True)
        assert exact.times is not None
        right += int((exact.class_index == wanted).sum())
        for number, phase in enumerate(phases):
            outcome = run(phase, some, times=True)
            sums["phase"].correct[number] += (outcome.class_index == wanted).sum()
            for place, spikes in _spikes(phase, outcome, places):
                sums["phase"].spikes[number] += spikes.sum()
                sums["phase"].inactive[number] += spikes[exact.times[place] == 0].sum()
        outcome = run(rate, some, times=True)
        sums["rate"].correct += (stopped("potential", outcome) == wanted[:, None]).sum(axis=0)
        for place, spikes in _spikes(rate, outcome, places):
            sums["rate"].spikes += spikes.sum(axis=(0, 1, 2, 3)).cumsum()
            sums["rate"].inactive += spikes[exact.times[place] == 0].sum(axis=0).cumsum()
        progress(len(some))
    cycles = ((steps, PIXEL_BITS + steps * len(places)) for steps in range(1, DIGITS + 1))
    return Conversions(images=len(images), source=right, phase=tuple(sums["phase"].rows(cycles, len(images))),
                       rate=tuple(sums["rate"].rows(((tick, tick) for tick in range(1, TICKS + 1)), len(images))))
