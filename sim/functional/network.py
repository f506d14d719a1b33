"""Functional golden model: what a network computes, for many images at once, in exact integers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant import Dense, Network

from . import threads
from .bit_planes import Values
from .layers import outputs, population
from .psp import Array
from .readout import READOUTS, at

BATCH = 32  # images whose receptive fields still lie in the cache together


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of a network for ``n`` images.

    Attributes
    ----------
    class_index : int64 array (n,)
    tick : int64 array (n,)
        Tick of the first output spike, ``steps`` if none fired; with readout ``potential`` always ``steps - 1``.
    potentials : int64 array (n, classes)
        V of all outputs at the decision tick; at the last tick if none fired.
    times : tuple of int64 arrays (n, channels, height, width), or None if not asked for
        Values of the encoded input and of the output of each layer, as `Network.shapes` counts them, in their code:
        spike times, of which ``steps`` means never, or spike trains. A sum pool passes on what it gets.
    trace : int64 array (n, steps, classes), or None if not asked for
        V of all outputs after each tick.
    """

    class_index: Array
    tick: Array
    potentials: Array
    times: tuple[Array, ...] | None = None
    trace: Array | None = None


def encode(pixels: Array, steps: int) -> Array:
    """Spike times of 8-bit pixels: ``((255 - p) * steps) >> 8``, and ``steps``, which means never, for p == 0."""
    codes = [steps, *(((255 - p) * steps) >> 8 for p in range(1, 256))]
    return np.array(codes, np.min_scalar_type(steps))[pixels]


CODINGS: dict[str, Callable[[Array, int], Array]] = {
    "latency": encode, "direct": lambda pixels, steps: pixels,
    "events": lambda pixels, steps: pixels & np.uint8(2**steps - 1)}


def run(network: Network, images: Array, *, times: bool = False,
        progress: Callable[[int], Any] = lambda count: None) -> Outcome:
    """Classify ``images``.

    Parameters
    ----------
    network : Network
        Any.
    images : uint8 array (n, channels, height, width)
        At least one.
    times : bool
        Keep the spike times of all layers, and the trace of the outputs.
    progress : callable
        Called with the number of images just classified, after each batch.

    Raises
    ------
    TypeError, ValueError
        The images are not 8-bit, or not of the network's input shape.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise TypeError(f"images must be uint8 pixels, not {images.dtype}")
    _check_shape("images", images, network)
    return respond(network, CODINGS[network.coding](images, network.steps), times=times, progress=progress)


def respond(network: Network, spikes: Array, *, times: bool = False,
            progress: Callable[[int], Any] = lambda count: None) -> Outcome:
    """As `run`, for values in the code of the network's input in place of pixels.

    Parameters
    ----------
    spikes : unsigned array (n, channels, height, width)
        Of coding ``latency`` the tick 0..steps of each input's spike; ``steps`` means never. `encode` makes such times
        of pixels. Of coding ``direct`` the pixels, of ``events`` spike trains.

    Raises
    ------
    TypeError, ValueError
        The values are not unsigned integers, not of the network's input shape, or too large.
    """
    spikes, limit = np.asarray(spikes), network.signals[0].largest
    if spikes.dtype.kind != "u":
        raise TypeError(f"spikes must be unsigned ticks, not {spikes.dtype}")
    _check_shape("spikes", spikes, network)
    if spikes.max() > limit:
        raise ValueError(f"spikes must be in 0..{limit}, not {spikes.max()}")
    batches = [spikes[start:start + BATCH] for start in range(0, len(spikes), BATCH)]
    outcomes = []
    for outcome in threads.each(lambda batch: _batch(network, batch, times), batches):
        outcomes.append(outcome)
        progress(len(outcome.tick))
    return _join(outcomes)


def _check_shape(name: str, array: Array, network: Network) -> None:
    if array.ndim != 4 or array.shape[1:] != network.input_shape or not len(array):
        raise ValueError(f"{name} must have shape (n, {', '.join(map(str, network.input_shape))}) with n >= 1, "
                         f"not {array.shape}")


def _batch(network: Network, spikes: Array, keep: bool) -> Outcome:
    times = [np.ascontiguousarray(spikes.transpose(1, 2, 3, 0), np.min_scalar_type(spikes.max(initial=network.steps)))]
    signals = network.signals
    for layer, signal in zip(network.layers[:-1], signals, strict=False):
        join = getattr(layer, "shortcut", None)
        shortcut = Values(signals[join.source], times[join.source]) if join else None
        times.append(outputs(layer, Values(signal, times[-1]), network.steps, shortcut))
    last = network.layers[-1]
    assert isinstance(last, Dense)
    trace = []
    for neurons in population(last, Values(network.signals[-2], times[-1]), network.steps):
        trace.append(neurons.potential[:, 0, 0].copy())
    times.append(neurons.output)
    potentials = np.array(trace)
    class_index, tick = READOUTS[network.readout](neurons.output[:, 0, 0], potentials)
    return Outcome(
        class_index=class_index, tick=tick.astype(np.int64),
        potentials=at(potentials, np.minimum(tick, network.steps - 1)).T.astype(np.int64),
        times=tuple(np.moveaxis(array, -1, 0).astype(np.int64) for array in times) if keep else None,
        trace=potentials.transpose(2, 0, 1).astype(np.int64) if keep else None)


def _join(outcomes: list[Outcome]) -> Outcome:
    def joined(name: str) -> Array:
        return np.concatenate([getattr(outcome, name) for outcome in outcomes])

    kept = outcomes[0].times is not None
    times = zip(*(outcome.times or () for outcome in outcomes), strict=True)
    return Outcome(class_index=joined("class_index"), tick=joined("tick"), potentials=joined("potentials"),
                   times=tuple(map(np.concatenate, times)) if kept else None, trace=joined("trace") if kept else None)
