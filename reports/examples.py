"""Figures of single images: spikes of sample images, and the images that are most clearly wrong."""

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
    """Sample image, and all spikes that it causes.

    Attributes
    ----------
    image, label, answer, tick : int
        Index in the data, class, predicted class, and tick of the decision (``steps`` if no output spiked).
    spikes : dict of int
        Number of spikes of the input and of each layer with weights, by its name.
    pixels : uint8 array (channels, height, width)
    planes : dict of bool arrays (neurons, steps)
        Spikes by neuron and tick, of each of them; neurons in the order channel, row, column.
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
    """Wrongly classified image; ``lead``: V of the answer less V of the label at the decision tick."""

    image: int
    label: int
    answer: int
    tick: int
    lead: int
    pixels: Array = field(metadata=DRAWN)


def samples(statistics: Statistics) -> tuple[Sample, ...]:
    """Samples of the first image of each class, at most `SAMPLES`, whether its answer is right or not."""
    classes, first = np.unique(statistics.labels, return_index=True)
    chosen = first[:SAMPLES]
    outcome = run(statistics.network, statistics.images[chosen], times=True)
    assert outcome.times is not None
    network = statistics.network
    names = {0: "input"} | {index: f"{layer.kind}{index - 1}" for index, layer in enumerate(network.layers, 1)
                            if isinstance(layer, Synaptic)}
    kept = {name: (network.signals[index].spike_coding, outcome.times[index]) for index, name in names.items()
            if spiking(network, index)}
    found = []
    for place, image in enumerate(chosen):
        spikes = {name: planes(coding, array[place].ravel(), network.steps) for name, (coding, array) in kept.items()}
        found.append(Sample(image=int(image), label=int(statistics.labels[image]), planes=spikes,
                            answer=int(statistics.class_index[image]), tick=int(statistics.tick[image]),
                            pixels=statistics.images[image],
                            spikes={name: int(each.sum()) for name, each in spikes.items()}))
    return tuple(found)


def wrongest(statistics: Statistics) -> tuple[Wrong, ...]:
    """Wrongly classified images, at most `WRONGEST`: the largest lead first, then the earlier image."""
    each = np.arange(len(statistics.labels))
    lead = statistics.potentials[each, statistics.class_index] - statistics.potentials[each, statistics.labels]
    wrong = np.flatnonzero(statistics.class_index != statistics.labels)
    chosen = wrong[np.argsort(-lead[wrong], kind="stable")][:WRONGEST]
    return tuple(Wrong(image=int(image), label=int(statistics.labels[image]), answer=int(statistics.class_index[image]),
                       tick=int(statistics.tick[image]), lead=int(lead[image]), pixels=statistics.images[image])
                 for image in chosen)
