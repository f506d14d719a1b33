"""Small network, images and training, and what is reported of them."""

import numpy as np

from quant.files.artefact import Artefact
from quant.files.provenance import Provenance
from reports.figures import figures
from reports.learning import Learning
from reports.noise import noise
from reports.statistics import statistics
from tests.helpers.networks import small

STEPS, COUNT = 6, 41


def pixels(count=COUNT, seed=3):
    generator = np.random.default_rng(seed)
    return np.where(generator.random((count, 2, 8, 8)) < .4, 0, generator.integers(0, 256, (count, 2, 8, 8), np.uint8))


def network(readout="first_spike"):
    return small(10, steps=STEPS, readout=readout, thresholds=(6, 10, 14))


IMAGES = pixels().astype(np.uint8)
LABELS = np.random.default_rng(7).integers(0, 10, COUNT)
LEARNING = Learning(epoch=np.array([1, 2, 3]), curves={
    "loss": np.array([2, 1, .5]), "train": np.array([.5, np.nan, .75]), "quick_accuracy": np.array([.25, .5, .5]),
    "seconds": np.array([3, 2, 2.])})


def made(net=None, count=COUNT):
    net = net or network()
    seen = statistics(net, IMAGES[:count], LABELS[:count] % net.classes)
    return figures(Artefact(net, Provenance(), "abc"), "small", "random", seen, learning=LEARNING,
                   noise=noise(net, IMAGES[:5], LABELS[:5]))
