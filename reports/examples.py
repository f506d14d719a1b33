"""Figures of single images: their spikes, and those that are most clearly wrong."""

from dataclasses import dataclass, field

import numpy as np

from quant.description.layers import Synaptic
from sim.functional.network import run
from sim.functional.psp import Array

from .statistics import DRAWN, Statistics, planes, spiking

WRONGEST = 24  # images shown of those that are most clearly wrong
SAMPLES = 10  # images whose spikes are shown, one a class


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """One image, and all spikes that it causes.

    Attributes
    ----------
    image, label, answer, tick : int
        Its place in the data, its class, the answer, and the tick of the decision (``steps`` if no output spiked).
    spikes : dict of int
        Number of spikes of the input and of each layer with weights, by its name.
    pixels : uint8 array (channels, height, width)
    planes : dict of bool arrays (neurons, steps)
        Which neurons of each of them spike in each tick, in the order channel, row, column.
    """

    image: int
    label: int
    answer: int
    tick: int
    spikes: dict[str, int]
    pixels: Array = field(metadata=DRAWN)
    planes: dict[str, Array] = field(metadata=DRAWN)


@dataclass(frozen=True, kw_only=True, eq=False)
class Wrong:
    """An image with a wrong answer, whose V led that of the label by ``lead`` at the decision tick."""

    image: int
    label: int
    answer: int
    tick: int
    lead: int
    pixels: Array = field(metadata=DRAWN)


def samples(survey: Statistics) -> tuple[Sample, ...]:
    """The first image of each class, at most `SAMPLES` of them, whether its answer is right or not."""
    classes, first = np.unique(survey.labels, return_index=True)
    chosen = first[:SAMPLES]
    outcome = run(survey.network, survey.images[chosen], times=True)
    assert outcome.times is not None
    network = survey.network
    names = {0: "input"} | {index: f"{layer.kind}{index - 1}" for index, layer in enumerate(network.layers, 1)
                            if isinstance(layer, Synaptic)}
    kept = {name: (network.signals[index].spike_coding, outcome.times[index]) for index, name in names.items()
            if spiking(network, index)}
    found = []
    for place, image in enumerate(chosen):
        spikes = {name: planes(code, array[place].ravel(), network.steps) for name, (code, array) in kept.items()}
        found.append(Sample(image=int(image), label=int(survey.labels[image]), answer=int(survey.class_index[image]),
                            tick=int(survey.tick[image]), pixels=survey.images[image], planes=spikes,
                            spikes={name: int(each.sum()) for name, each in spikes.items()}))
    return tuple(found)


def wrongest(survey: Statistics) -> tuple[Wrong, ...]:
    """Images with wrong answers, the largest lead first, then the earlier image."""
    each = np.arange(len(survey.labels))
    lead = survey.potentials[each, survey.class_index] - survey.potentials[each, survey.labels]
    wrong = np.flatnonzero(survey.class_index != survey.labels)
    chosen = wrong[np.argsort(-lead[wrong], kind="stable")][:WRONGEST]
    return tuple(Wrong(image=int(image), label=int(survey.labels[image]), answer=int(survey.class_index[image]),
                       tick=int(survey.tick[image]), lead=int(lead[image]), pixels=survey.images[image])
                 for image in chosen)
