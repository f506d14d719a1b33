"""The figures of a report: counts and arrays, computed from a survey; nothing here draws."""

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
    """What a network is, and how it does on ``images`` images.

    Attributes
    ----------
    correct : int
        Right answers under the network's readout.
    correct_if_ties_count : int
        Right answers if an image also counts whose label merely is among the winners before potentials (of readout
        ``potential``: before indices) decide.
    tied : int
        Images with several such winners.
    undecided : int
        Images for which no output spiked, decided by the potential at the last tick; 0 with readout ``potential``.
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
    """When the neurons of one layer spike: ``counts`` by tick over all images, last those that did not."""

    layer: str
    shape: tuple[int, int, int]
    images: int
    counts: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Deadline:
    """Right answers, out of ``images``, if the network is stopped after each tick; int64 arrays (steps,).

    Attributes
    ----------
    correct, correct_by_potential : array
        By the network's readout; by the largest V at that tick.
    decided : array
        Images whose decision has been reached by then.
    """

    images: int
    readout: str
    correct: Array
    correct_by_potential: Array
    decided: Array


@dataclass(frozen=True, kw_only=True)
class Pair:
    """``count`` of the ``images`` images of a class ``label`` got the answer ``answer``."""

    label: str
    answer: str
    count: int
    images: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Confusion:
    """``counts[label, answer]``, int64 array (classes, classes), and its most frequent confusions."""

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


def figures(source: Artefact, name: str, data: str, survey: Statistics, *, learning: Learning | None = None,
            noise: Noise | None = None) -> Figures:
    """All figures of a network, of the images of a survey that are called ``data``."""
    return Figures(summary=summary(source, name, data, survey), learning=learning, spikes=spike_times(survey),
                   deadline=deadline(survey), confusion=confusion(survey), weights=weights(source.network),
                   thresholds=thresholds(source.network), samples=samples(survey), wrongest=wrongest(survey),
                   noise=noise)


def summary(source: Artefact, name: str, data: str, survey: Statistics) -> Summary:
    """The table at the head of a report."""
    count, steps = len(survey.labels), survey.network.steps
    correct = survey.class_index == survey.labels
    among = winners(survey)
    return Summary(
        network=name, network_sha256=source.digest, data=data, images=count, correct=int(correct.sum()),
        accuracy=float(correct.mean()),
        correct_if_ties_count=int((correct | among[np.arange(count), survey.labels]).sum()),
        tied=int((among.sum(axis=1) > 1).sum()), undecided=int((survey.tick == steps).sum()),
        mean_decision_tick=float(survey.tick.mean()), readout=survey.network.readout, ticks=steps,
        weights=survey.network.weights, provenance=source.provenance.describe(),
        layers=tuple(LayerSummary(layer=layer.name, neurons=int(np.prod(layer.shape)), channels=layer.shape[0],
                                  spikes_per_image=float(layer.counts[:, :-1].sum() / count),
                                  silent_channels=int((layer.counts[:, :-1].sum(axis=1) == 0).sum()))
                     for layer in survey.layers))


def winners(survey: Statistics) -> Array:
    """Outputs that win before a tie is broken, bool array (n, classes).

    Those of the earliest spike, or of the most; with readout ``potential``, or where no output spiked, those of the
    largest V.
    """
    by_potential = survey.potentials == survey.potentials.max(axis=1, keepdims=True)
    if survey.network.readout == "potential":
        return by_potential
    if survey.network.readout == "count":
        spikes = np.bitwise_count(survey.output_times)
        return spikes == spikes.max(axis=1, keepdims=True)
    fired = survey.tick < survey.network.steps
    return np.where(fired[:, None], survey.output_times == survey.tick[:, None], by_potential)


def spike_times(survey: Statistics) -> tuple[SpikeTimes, ...]:
    """Histogram of each layer."""
    return tuple(SpikeTimes(layer=layer.name, shape=layer.shape, images=len(survey.labels),
                            counts=layer.counts.sum(axis=0)) for layer in survey.layers)


def deadline(survey: Statistics) -> Deadline:
    """How good the answer is if the network is stopped after each tick."""
    labels, ticks = survey.labels[:, None], np.arange(survey.network.steps)
    return Deadline(images=len(labels), readout=survey.network.readout,
                    correct=(survey.answers == labels).sum(axis=0),
                    correct_by_potential=(survey.answers_by_potential == labels).sum(axis=0),
                    decided=(survey.tick[:, None] <= ticks).sum(axis=0))


def confusion(survey: Statistics) -> Confusion:
    """Which classes are taken for which."""
    names, classes = survey.network.class_names, survey.network.classes
    counts = np.bincount(survey.labels * classes + survey.class_index, minlength=classes**2).reshape(classes, classes)
    wrong = np.where(np.eye(classes, dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    return Confusion(class_names=names, counts=counts, pairs=tuple(
        Pair(label=names[label], answer=names[answer], count=int(wrong[label, answer]),
             images=int(counts[label].sum()))
        for label, answer in (divmod(int(place), classes) for place in order) if wrong[label, answer]))


def plain(value: Any) -> Any:
    """Figures as JSON can hold them: no arrays, NaN as null, and without what only pictures need."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.metadata != DRAWN}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain(each) for each in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return None if isinstance(value, float) and math.isnan(value) else value
