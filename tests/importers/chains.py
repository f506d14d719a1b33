"""Random chains in the intermediate form, with weights that are signs times a power of two."""

import numpy as np
import pytest

from importers.form import RESETS, Chain, Flatten, Neurons, Pool, Synapses

SHAPE = (2, 4, 4)


def few(seeds):
    """Seeds, of which all but the first four are of the long run."""
    return [pytest.param(seed, marks=pytest.mark.long) if at >= 4 else seed for at, seed in enumerate(seeds)]


def synapses(rng, name, kind, shape, **options):
    scale = 2.0 ** rng.integers(-2, 2)
    return Synapses(name=name, kind=kind, weight=rng.choice([-scale, scale], shape),
                    bias=rng.integers(-2, 3, shape[0]) * scale / 2, **options)


def neurons(rng, name, channels, **how):
    given = {"threshold": rng.integers(1, 9, channels) / 2, "strict": bool(rng.integers(2))} | how
    return Neurons(name=name, **given)


def properties(rng, steps):
    """Reset, timing and decay that have an exact form."""
    reset = str(rng.choice(RESETS))
    timing = str(rng.choice(["now", "late", "held"])) if reset == "subtract" else "now"
    return {"reset": reset, "timing": timing, "decay": 1.0 if timing == "held" else float(rng.choice([1, 1, 0.5, 0]))}


def chain(seed, steps):
    """A convolution, a pool and two dense layers, all of one kind of neurons."""
    rng = np.random.default_rng(seed)
    how = properties(rng, steps)
    pool = str(rng.choice(["sum", "average", "max"]))
    return Chain(source="test", input_shape=SHAPE, layers=(
        synapses(rng, "conv", "conv2d", (4, 2, 3, 3), padding=1), neurons(rng, "a", 4, **how),
        Pool(name="pool", kind=pool, size=2), Flatten(name="flat"),
        synapses(rng, "fc", "dense", (6, 16)), neurons(rng, "b", 6, **how),
        synapses(rng, "out", "dense", (3, 6)), neurons(rng, "c", 3, **how)))


def images(seed, count=4, shape=SHAPE):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)
