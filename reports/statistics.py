"""Statistics of a network on labelled images, by one pass: enough for every figure, in bounded memory."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant import Network
from quant.check import integer
from quant.description.layers import Shape, Synaptic
from quant.description.spike_coding import Binary, SpikeCoding, TicksLeft, Times, Trains
from sim.functional.network import Outcome, run
from sim.functional.psp import Array
from sim.functional.readout import READOUTS

TIMES = 2**24  # spike times held at once: the most neurons a network may have
CLASSES = 1000
DRAWN: Mapping[str, bool] = {"drawn": True}  # of fields of figures that only pictures need: JSON leaves them out


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerCount:
    """Spikes of the input, or of the output of one layer, over all images.

    Attributes
    ----------
    name : str
        "input", or the layer's kind and its place in the network: "conv2d0".
    shape : (channels, height, width)
    counts : int64 array (channels, steps + 1)
        By tick, the spikes of a channel; last, how often one of its neurons did not spike at all.
    """

    name: str
    shape: Shape
    counts: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """Statistics of a network on ``n`` labelled images.

    Attributes
    ----------
    network : Network
    images : uint8 array (n, channels, height, width)
    labels : int64 array (n,)
    class_index, tick : int64 array (n,)
    potentials : int64 array (n, classes)
        As in `sim.functional.network.Outcome`.
    output_times : int64 array (n, classes)
        Spike times of the outputs, ``steps`` means never; or their spike trains.
    answers, answers_by_potential : int64 array (n, steps)
        Class of each image if the network is stopped after each tick: by its own readout, and by the largest V.
    layers : tuple of LayerCount
        The input and every layer but `Flatten`, which changes nothing.
    """

    network: Network
    images: Array
    labels: Array
    class_index: Array
    tick: Array
    potentials: Array
    output_times: Array
    answers: Array
    answers_by_potential: Array
    layers: tuple[LayerCount, ...]


def statistics(network: Network, images: Array, labels: Array, *,
           progress: Callable[[int], Any] = lambda count: None) -> Statistics:
    """Statistics of ``network`` on ``images``.

    Parameters
    ----------
    network : Network
    images : uint8 array (n, channels, height, width)
        At least one.
    labels : integer array (n,)
        Classes 0 .. classes-1.
    progress : callable
        Called with the number of images just classified, from time to time.

    Raises
    ------
    TypeError, ValueError
        Images are not the network's, a label is none of its classes, or it has more than `CLASSES` classes or `TIMES`
        neurons and ticks of outputs.
    """
    size = TIMES // integer("number of neurons of a report", _numbers(network), 1, TIMES)
    integer("number of classes of a report", network.classes, 1, CLASSES)
    labels = np.asarray(labels).astype(np.int64)
    if labels.shape != images.shape[:1]:
        raise ValueError(f"labels must be one an image ({len(images)}), not of shape {labels.shape}")
    if len(labels):
        integer("largest label", int(labels.max()), 0, network.classes - 1)
    counts = {index: np.zeros((shape[0], network.steps + 1), np.int64) for index, _, shape in _kept(network)}
    parts = []
    for start in range(0, max(1, len(images)), size):
        outcome = run(network, images[start:start + size], times=True, progress=progress)
        assert outcome.times is not None
        for index, count in counts.items():
            count += COUNTS[network.signals[index].spike_coding](outcome.times[index], network.steps)
        parts.append((outcome.class_index, outcome.tick, outcome.potentials, outcome.times[-1][:, :, 0, 0],
                      stopped(network.readout, outcome), stopped("potential", outcome)))
    class_index, tick, potentials, output_times, answers, by_potential = map(np.concatenate, zip(*parts, strict=True))
    return Statistics(network=network, images=images, labels=labels, class_index=class_index, tick=tick,
                  potentials=potentials, output_times=output_times, answers=answers,
                  answers_by_potential=by_potential,
                  layers=tuple(LayerCount(name=name, shape=shape, counts=counts[index])
                               for index, name, shape in _kept(network)))


def stopped(readout: str, outcome: Outcome) -> Array:
    """Class of each image if the network is stopped after each tick, int64 array (n, steps).

    A network that is stopped after tick t answers as one of t + 1 ticks: outputs that have not fired by then never do.
    """
    assert outcome.times is not None
    assert outcome.trace is not None
    outputs, trace = outcome.times[-1][:, :, 0, 0].T, outcome.trace.transpose(1, 2, 0)
    return np.stack([READOUTS[readout](outputs if readout == "count" else np.minimum(outputs, tick + 1),
                                       trace[:tick + 1])[0] for tick in range(len(trace))], axis=1)


def _kept(network: Network) -> Iterator[tuple[int, str, Shape]]:
    """Position in the times of an outcome, name and shape of the input and of each layer that changes what spikes.

    An input of numbers, and what passes them on, does not spike.
    """
    for index, shape in enumerate(network.shapes):
        layer = network.layers[index - 1] if index else None
        if spiking(network, index) and not (layer and layer.passes_on):
            yield index, f"{layer.kind}{index - 1}" if layer else "input", shape


def spiking(network: Network, index: int) -> bool:
    """True if the output of the first ``index`` layers (0: the input) spikes; pixels that are numbers do not."""
    neurons = any(isinstance(layer, Synaptic) for layer in network.layers[:index])
    return neurons or network.signals[index].spike_coding is not Binary


def _numbers(network: Network) -> int:
    """Number of integers that are held of one image."""
    return sum(math.prod(shape) for shape in network.shapes) + network.steps * network.classes


def _count_times(times: Array, steps: int) -> Array:
    """Number of each time 0..steps in each channel, int64 array (channels, steps + 1)."""
    channels = times.shape[1]
    places = times + np.arange(0, channels * (steps + 1), steps + 1).reshape(1, -1, 1, 1)
    return np.bincount(places.ravel(), minlength=channels * (steps + 1)).reshape(channels, steps + 1)


def _count_trains(trains: Array, steps: int) -> Array:
    """Number of spikes in each tick, and of silent trains, in each channel, int64 array (channels, steps + 1)."""
    planes = [trains >> tick & 1 for tick in range(steps)]
    return np.stack([*(plane.sum(axis=(0, 2, 3)) for plane in planes), (trains == 0).sum(axis=(0, 2, 3))], axis=1)


def _count_numbers(numbers: Array, steps: int) -> Array:
    """As `_count_trains`, of numbers whose highest digit is the spike in tick 0."""
    counts = _count_trains(numbers, steps)
    return np.concatenate([counts[:, -2::-1], counts[:, -1:]], axis=1)


def planes(spike_coding: SpikeCoding, values: Array, steps: int) -> Array:
    """Spikes in each tick, bool array (..., steps), of values of any shape in a spike coding."""
    ticks = np.arange(steps)
    if spike_coding in (Times, TicksLeft):
        return (values if spike_coding is Times else steps - values)[..., None] == ticks
    return (values[..., None] >> (ticks[::-1] if spike_coding is Binary else ticks) & 1).astype(bool)


COUNTS: dict[SpikeCoding, Callable[[Array, int], Array]] = {
    Times: _count_times, Trains: _count_trains, Binary: _count_numbers,
    TicksLeft: lambda left, steps: _count_times(steps - left, steps)}
