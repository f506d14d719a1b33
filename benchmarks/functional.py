"""Images a second of the functional golden model: ``python -m benchmarks.functional [IMAGES]``."""

import sys
import time

import numpy as np

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, SingleSpike
from quant.description.layers import Layer
from quant.description.signs import SignTensor
from sim.functional import network as functional


def network() -> Network:
    """16C5-P2-32C5-P2-10 for MNIST with 7 ticks: 18,320 random weights; the time does not depend on them."""
    generator = np.random.default_rng(1)

    def synapses(*shape: int) -> tuple[SignTensor, SingleSpike]:
        return SignTensor.of(generator.choice([-1, 1], shape)), SingleSpike(threshold=(20,) * shape[0])
    layers: list[Layer] = []
    for channels in ((16, 1), (32, 16)):
        weights, neurons = synapses(*channels, 5, 5)
        layers += [Conv2d(weights=weights, neurons=neurons), FirstSpikePool(size=2)]
    weights, neurons = synapses(10, 512)
    layers += [Flatten(), Dense(weights=weights, neurons=neurons)]
    return Network(input_shape=(1, 28, 28), steps=7, layers=tuple(layers))


def main(count: int = 10_000) -> None:
    """Print the speed on ``count`` random images."""
    images = np.random.default_rng(2).integers(0, 256, (count, 1, 28, 28), np.uint8)
    start = time.perf_counter()
    functional.run(network(), images)
    seconds = time.perf_counter() - start
    print(f"{count} images in {seconds:.2f} s: {count / seconds:.0f} images/s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
