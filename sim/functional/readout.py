"""Readouts of the functional golden model: from output spikes and potentials to a decision."""

from collections.abc import Callable

import numpy as np

from .psp import Array


def first_spike(times: Array, trace: Array) -> tuple[Array, Array]:
    """Class of the earliest output spike, then of the larger V at that tick, then of the lower index.

    If no output spikes, all have the time ``steps``, and V is that of the last tick.
    """
    tick = times.min(axis=0)
    potentials = at(trace, np.minimum(tick, len(trace) - 1))
    return np.where(times == tick, potentials, -np.inf).argmax(axis=0), tick


def potential(times: Array, trace: Array) -> tuple[Array, Array]:
    """Class of the largest V at the last tick, then of the lower index."""
    return trace[-1].argmax(axis=0), np.full(times.shape[1], len(trace) - 1)


def count(trains: Array, trace: Array) -> tuple[Array, Array]:
    """Class of the most spikes, then of the larger V at the last tick, then of the lower index."""
    seen = np.uint64(2**len(trace) - 1)
    spikes = np.bitwise_count(trains.astype(np.uint64) & seen)
    return (np.where(spikes == spikes.max(axis=0), trace[-1], -np.inf).argmax(axis=0),
            np.full(trains.shape[1], len(trace) - 1))


def at(trace: Array, tick: Array) -> Array:
    """V of all outputs, axes (class, image), at the ``tick`` of each image."""
    return trace[tick, :, np.arange(trace.shape[2])].T


READOUTS: dict[str, Callable[[Array, Array], tuple[Array, Array]]] = {
    # outputs (class, image), trace of V (tick, class, image) -> class and tick of each image
    "first_spike": first_spike,
    "potential": potential,
    "count": count,
}
