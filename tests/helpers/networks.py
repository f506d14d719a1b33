"""Small networks with a layer of every kind, for tests of whole designs."""

import random

from quant import (
    Conv2d,
    Dense,
    Feedback,
    FirstSpikePool,
    Flatten,
    Network,
    Phase,
    Ramp,
    Rate,
    Shortcut,
    SingleSpike,
    SumPool,
)
from quant.description import conversion


def signs(rng, *shape):
    return [signs(rng, *shape[1:]) for _ in range(shape[0])] if shape else rng.choice((-1, 1))


def small(seed=0, *, steps=4, readout="first_spike", psp=Ramp(), thresholds=(3, 3, 5)):  # noqa: B008
    """2 x 8 x 8 pixels, a padded convolution, a pool, a strided convolution, ten classes."""
    rng = random.Random(seed)
    neurons = [SingleSpike(psp=psp, threshold=[rng.randrange(1, 2 * threshold) for _ in range(channels)],
                           bias=[rng.randrange(-1, 2) for _ in range(channels)])
               for threshold, channels in zip(thresholds, (4, 6, 10), strict=True)]
    return Network(input_shape=(2, 8, 8), steps=steps, readout=readout, layers=(
        Conv2d(weights=signs(rng, 4, 2, 3, 3), neurons=neurons[0], padding=1), FirstSpikePool(size=2),
        Conv2d(weights=signs(rng, 6, 4, 2, 2), neurons=neurons[1], stride=2), Flatten(),
        Dense(weights=signs(rng, 10, 24), neurons=neurons[2])))


def several_bits(seed=0, *, steps=4):
    """2 x 8 x 8 pixels, a convolution with weights of four bits, a pool, two classes with ternary weights."""
    rng = random.Random(seed)
    weights = [[[[rng.randint(-7, 7) for _ in range(3)] for _ in range(3)] for _ in range(2)] for _ in range(2)]
    return Network(input_shape=(2, 8, 8), steps=steps, layers=(
        Conv2d(weights=weights, neurons=SingleSpike(threshold=[9, 14])), FirstSpikePool(size=2), Flatten(),
        Dense(weights=[[rng.randint(-1, 1) for _ in range(18)] for _ in range(2)],
              neurons=SingleSpike(threshold=[3, 5]))))


def rates(seed=0, *, steps=4, readout="count", leak=None, reset="subtract"):
    """2 x 8 x 8 pixels as numbers, a padded convolution, a pool, a convolution, a sum pool, ten classes."""
    rng = random.Random(seed)
    neurons = [Rate(threshold=[rng.randrange(threshold // 2, 2 * threshold) for _ in range(channels)], reset=reset,
                    leak=leak, fraction=2, bias=[rng.randrange(-4, 9) for _ in range(channels)])
               for threshold, channels in ((2000, 4), (8, 6), (10, 10))]
    return Network(input_shape=(2, 8, 8), steps=steps, readout=readout, coding="direct", layers=(
        Conv2d(weights=signs(rng, 4, 2, 3, 3), neurons=neurons[0], padding=1), FirstSpikePool(size=2),
        Conv2d(weights=signs(rng, 6, 4, 3, 3), neurons=neurons[1], padding=1), SumPool(size=2), Flatten(),
        Dense(weights=signs(rng, 10, 24), neurons=neurons[2])))


def phases(seed=0, *, steps=4):
    """2 x 8 x 8 pixels as numbers, a padded convolution, a pool, a convolution, a residual block, ten classes."""
    rng = random.Random(seed)
    neurons = [Phase(threshold=[rng.randrange(threshold // 2, 2 * threshold) for _ in range(channels)],
                     bias=[rng.randrange(-threshold, 4 * threshold) for _ in range(channels)])
               for threshold, channels in ((2400 >> steps, 4), (5, 6), (5, 6), (20, 6))]
    shortcut = Shortcut(source=3, gain=[rng.randrange(1, 20) for _ in range(6)], shift=1)
    return Network(input_shape=(2, 8, 8), steps=steps, readout="potential", coding="direct", layers=(
        Conv2d(weights=signs(rng, 4, 2, 3, 3), neurons=neurons[0], padding=1), FirstSpikePool(size=2),
        Conv2d(weights=signs(rng, 6, 4, 3, 3), neurons=neurons[1], padding=1),
        Conv2d(weights=signs(rng, 6, 6, 3, 3), neurons=neurons[2], padding=1),
        Conv2d(weights=signs(rng, 6, 6, 3, 3), neurons=neurons[3], padding=1, shortcut=shortcut), Flatten(),
        Dense(weights=signs(rng, 10, 96), neurons=Rate(threshold=[2**31 - 1] * 10))))


def latencies(seed=0, *, digits=3):
    """As `phases`, of latency neurons: 2**digits - 1 ticks."""
    return conversion.latencies(phases(seed, steps=digits))


def loops(seed=0, *, steps=4):
    """2 x 8 x 8 pixels as numbers, a strided convolution with feedback, a pool, ten classes."""
    rng = random.Random(seed)
    neurons = Rate(threshold=[rng.randrange(1000, 4000) for _ in range(4)], leak=3, fraction=1,
                   bias=[rng.randrange(-200, 400) for _ in range(4)])
    feedback = Feedback(weights=signs(rng, 4, 4, 3, 3), shift=5)
    return Network(input_shape=(2, 8, 8), steps=steps, readout="count", coding="direct", layers=(
        Conv2d(weights=signs(rng, 4, 2, 3, 3), neurons=neurons, padding=1, stride=2, feedback=feedback),
        FirstSpikePool(size=2), Flatten(), Dense(weights=signs(rng, 10, 16), neurons=Rate(threshold=[8] * 10))))


def images(count, seed=0, pixels=128):
    """Random pixels in the order row, column, channel; the first image comes again after every other."""
    rng = random.Random(seed)
    several = [[rng.choice((0, rng.randrange(256))) for _ in range(pixels)] for _ in range(count)]
    return [image for other in several[1:] for image in (several[0], other)]
