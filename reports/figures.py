"""Figures of a report: counts and arrays, computed from the statistics of a network; nothing here draws."""

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from quant.files.artefact import Artefact
from sim.functional.psp import Array

from .examples import Sample, Wrong, samples, wrongest
from .learning import Learning
from .noise import Noise
from .parameters import Thresholds, Weights, thresholds, weights
from .statistics import DRAWN, Statistics

PAIRS = 10  # most frequent confusions that are named


@dataclass(frozen=True, kw_only=True)
class LayerSummary:
    """Spikes of one layer: ``spikes_per_image`` of ``neurons``; ``silent_channels`` of ``channels`` never spiked."""

    layer: str
    neurons: int
    spikes_per_image: float
    channels: int
    silent_channels: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Summary of a network and its accuracy on ``images`` images.

    Attributes
    ----------
    correct : int
        Number of right answers under the network's readout.
    correct_if_ties_count : int
        Number of right answers if an image also counts whose label is among the winners before potentials (readout
        ``potential``: before indices) decide.
    tied : int
        Number of images with several such winners.
    undecided : int
        Number of images for which no output spiked, decided by the potential at the last tick; 0 with readout
        ``potential``.
    mean_decision_tick : float
        An undecided image counts as ``ticks``.
    """

    network: str
    network_sha256: str
    data: str
    images: int
    correct: int
    accuracy: float
    correct_if_ties_count: int
    tied: int
    undecided: int
    mean_decision_tick: float
    readout: str
    ticks: int
    weights: int
    layers: tuple[LayerSummary, ...]
    provenance: dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikeTimes:
    """Spike times of one layer: ``counts`` of spikes by tick over all images; last, of neurons without a spike."""

    layer: str
    shape: tuple[int, int, int]
    images: int
    counts: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Deadline:
    """Accuracy against deadline: results of ``images`` images if the network is stopped after each tick.

    Attributes
    ----------
    correct, correct_by_potential : int64 array (steps,)
        Number of right answers by the network's readout; by the largest V at that tick.
    decided : int64 array (steps,)
        Number of images whose decision has been reached by then.
    """

    images: int
    readout: str
    correct: Array
    correct_by_potential: Array
    decided: Array


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Confusion of two classes: ``count`` of the ``images`` images of class ``label`` got the answer ``answer``."""

    label: str
    answer: str
    count: int
    images: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Confusion:
    """Confusion matrix ``counts[label, answer]``, int64 array (classes, classes), and the most frequent confusions."""

    class_names: tuple[str, ...]
    counts: Array
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Figures:
    """All figures of a report; ``learning`` and ``noise`` where there are some."""

    summary: Summary
    learning: Learning | None
    spikes: tuple[SpikeTimes, ...]
    deadline: Deadline
    confusion: Confusion
    weights: tuple[Weights, ...]
    thresholds: tuple[Thresholds, ...]
    samples: tuple[Sample, ...]
    wrongest: tuple[Wrong, ...]
    noise: Noise | None


def figures(source: Artefact, name: str, data: str, statistics: Statistics, *, learning: Learning | None = None,
            noise: Noise | None = None) -> Figures:
    """All figures of a network called ``name``; ``data`` is the name of the images of the statistics."""
    return Figures(summary=summary(source, name, data, statistics), learning=learning, spikes=spike_times(statistics),
                   deadline=deadline(statistics), confusion=confusion(statistics), weights=weights(source.network),
                   thresholds=thresholds(source.network), samples=samples(statistics), wrongest=wrongest(statistics),
                   noise=noise)


def summary(source: Artefact, name: str, data: str, statistics: Statistics) -> Summary:
    """Summary at the head of a report."""
    count, steps = len(statistics.labels), statistics.network.steps
    correct = statistics.class_index == statistics.labels
    among = winners(statistics)
    return Summary(
        network=name, network_sha256=source.digest, data=data, images=count, correct=int(correct.sum()),
        accuracy=float(correct.mean()),
        correct_if_ties_count=int((correct | among[np.arange(count), statistics.labels]).sum()),
        tied=int((among.sum(axis=1) > 1).sum()), undecided=int((statistics.tick == steps).sum()),
        mean_decision_tick=float(statistics.tick.mean()), readout=statistics.network.readout, ticks=steps,
        weights=statistics.network.weights, provenance=source.provenance.describe(),
        layers=tuple(LayerSummary(layer=layer.name, neurons=int(np.prod(layer.shape)), channels=layer.shape[0],
                                  spikes_per_image=float(layer.counts[:, :-1].sum() / count),
                                  silent_channels=int((layer.counts[:, :-1].sum(axis=1) == 0).sum()))
                     for layer in statistics.layers))


def winners(statistics: Statistics) -> Array:
    """Outputs that win before a tie is broken, bool array (n, classes).

    Those of the earliest spike, or of the most; with readout ``potential``, or where no output spiked, those of the
    largest V.
    """
    by_potential = statistics.potentials == statistics.potentials.max(axis=1, keepdims=True)
    if statistics.network.readout == "potential":
        return by_potential
    if statistics.network.readout == "count":
        spikes = np.bitwise_count(statistics.output_times)
        return spikes == spikes.max(axis=1, keepdims=True)
    fired = statistics.tick < statistics.network.steps
    return np.where(fired[:, None], statistics.output_times == statistics.tick[:, None], by_potential)


def spike_times(statistics: Statistics) -> tuple[SpikeTimes, ...]:
    """Histogram of the spike times of each layer."""
    return tuple(SpikeTimes(layer=layer.name, shape=layer.shape, images=len(statistics.labels),
                            counts=layer.counts.sum(axis=0)) for layer in statistics.layers)


def deadline(statistics: Statistics) -> Deadline:
    """Accuracy if the network is stopped after each tick."""
    labels, ticks = statistics.labels[:, None], np.arange(statistics.network.steps)
    return Deadline(images=len(labels), readout=statistics.network.readout,
                    correct=(statistics.answers == labels).sum(axis=0),
                    correct_by_potential=(statistics.answers_by_potential == labels).sum(axis=0),
                    decided=(statistics.tick[:, None] <= ticks).sum(axis=0))


def confusion(statistics: Statistics) -> Confusion:
    """Confusion matrix and its `PAIRS` most frequent confusions."""
    names, classes = statistics.network.class_names, statistics.network.classes
    counts = np.bincount(statistics.labels * classes + statistics.class_index,
                         minlength=classes**2).reshape(classes, classes)
    wrong = np.where(np.eye(classes, dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    return Confusion(class_names=names, counts=counts, pairs=tuple(
        Pair(label=names[label], answer=names[answer], count=int(wrong[label, answer]),
             images=int(counts[label].sum()))
        for label, answer in (divmod(int(place), classes) for place in order) if wrong[label, answer]))


def plain(value: Any) -> Any:
    """Value of figures for JSON: no arrays, NaN as null, and without the fields that only pictures need."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.metadata != DRAWN}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain(each) for each in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return None if isinstance(value, float) and math.isnan(value) else value
