"""Phase neurons and plain rate conversion of the same network, side by side: accuracy and spikes against ticks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quant import Network
from quant.check import integer
from quant.description import conversion
from quant.description.network import PIXEL_BITS
from quant.description.neurons import Phase
from sim.functional import threads
from sim.functional.lockstep import stream
from sim.functional.network import run
from sim.functional.psp import Array

BATCH = 200  # images at once
FEW = 32  # of rate neurons, whose maps so lie in the cache
SOURCE = 10  # binary digits that stand for activations that are not rounded
DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Row:
    """Accuracy and spikes of one conversion.

    Parameters
    ----------
    ticks : int
        Ticks of a cycle, one a binary digit, for phase neurons; ticks of an image for rate neurons.
    whole : int
        Ticks from the first of an image to the last of its last hidden layer: phase neurons of a layer fire after those
        of the layer before.
    correct : int
        Number of images classified correctly.
    spikes, inactive : float
        Mean number of spikes an image in hidden layers; and of those that come from neurons with activation 0 in the
        source.
    """

    ticks: int
    whole: int
    correct: int
    spikes: float
    inactive: float


@dataclass(frozen=True, kw_only=True)
class Conversions:
    """Comparison of the source, of phase neurons, and of rate neurons stopped after each tick, on ``images`` images."""

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
    """Indices of the outputs of phase neurons in the times of an outcome."""
    return [place for place, layer in enumerate(network.layers, 1)
            if isinstance(getattr(layer, "neurons", None), Phase)]


def compare(network: Network, images: Array, labels: Array, *, ticks: int,
            progress: Callable[[int], Any] = lambda count: None) -> Conversions:
    """Comparison on ``images`` of the source, of phase neurons of 1 to `DIGITS` digits, and of rate neurons.

    Parameters
    ----------
    network : Network
        Network of phase neurons.
    images : uint8 array (n, channels, height, width)
        At least one.
    labels : integer array (n,)
    ticks : int
        Ticks of rate neurons, 1..1023.
    progress : callable
        Called with the number of images just classified by all.

    Raises
    ------
    TypeError, ValueError
        The network has other neurons, or the images are not its.
    """
    integer("ticks", ticks, 1, 1023)
    places, source = _hidden(network), conversion.digits(network, SOURCE)
    phases = [conversion.digits(network, steps) for steps in range(1, DIGITS + 1)]
    rate, right = conversion.rates(network, 1), 0
    sums = {"phase": _Sums(np.zeros(DIGITS, np.int64)), "rate": _Sums(np.zeros(ticks, np.int64))}
    for start in range(0, len(images), BATCH):
        some, wanted = images[start:start + BATCH], np.asarray(labels)[start:start + BATCH]
        exact = run(source, some, times=True)
        assert exact.times is not None
        zero = {place: np.moveaxis(exact.times[place] == 0, 0, -1) for place in places}
        right += int((exact.class_index == wanted).sum())
        for number, phase in enumerate(phases):
            outcome = run(phase, some, times=True)
            assert outcome.times is not None
            sums["phase"].correct[number] += (outcome.class_index == wanted).sum()
            for place in places:
                spikes = np.bitwise_count(outcome.times[place])
                sums["phase"].spikes[number] += spikes.sum()
                sums["phase"].inactive[number] += spikes[exact.times[place] == 0].sum()
        for part, correct in _parts(rate, ticks, some, wanted, zero):
            sums["rate"].correct += correct
            sums["rate"].spikes += part.sum(axis=1).cumsum()
            sums["rate"].inactive += part[:, 1].cumsum()
        progress(len(some))
    cycles = ((steps, PIXEL_BITS + steps * len(places)) for steps in range(1, DIGITS + 1))
    return Conversions(images=len(images), source=right, phase=tuple(sums["phase"].rows(cycles, len(images))),
                       rate=tuple(sums["rate"].rows(((tick, tick) for tick in range(1, ticks + 1)), len(images))))


def _parts(network: Network, ticks: int, images: Array, labels: Array,
           zero: dict[int, Array]) -> Iterator[tuple[Array, Array]]:
    """Spikes and accuracy in each tick, for some of the images at a time.

    Yields
    ------
    spikes : int64 array (ticks, 2)
        Spikes of neurons that are active in the source, and of those that are not.
    correct : int64 array (ticks,)
        Number of images classified correctly if stopped after each tick.
    """
    def part(start: int) -> tuple[Array, Array]:
        chosen = slice(start, start + FEW)
        spikes, correct = np.zeros((ticks, 2), np.int64), np.zeros(ticks, np.int64)
        for tick, (fired, potentials) in enumerate(stream(network, images[chosen], ticks)):
            for place, silent in zero.items():
                mistaken = int(fired[place - 1][silent[..., chosen]].sum())
                spikes[tick] += int(fired[place - 1].sum()) - mistaken, mistaken
            correct[tick] = (potentials.argmax(axis=0) == labels[chosen]).sum()
        return spikes, correct

    yield from threads.each(part, range(0, len(images), FEW))
