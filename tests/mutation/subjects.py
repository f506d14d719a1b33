# amaranth: UnusedElaboratable=no
"""Designs that tool-made faults are planted in: small networks whose foldings together use every kind of core."""

from dataclasses import dataclass

import numpy as np

from hw.accelerator import Accelerator
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike, Step
from quant.dataflow.folding import Folding, parse


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network in a folding, and what is streamed through it."""

    name: str
    network: Network
    folding: Folding

    @property
    def core(self) -> Accelerator:
        """The design, with a tap at every border."""
        return Accelerator(self.network, self.folding, taps=True)

    @property
    def images(self) -> np.ndarray:
        """Images in stream order, uint8 (n, height, width, channels).

        Seven in which every pixel value occurs, three of them again with every other pixel black, one all black, one
        all white, and the first one again.
        """
        rng = np.random.default_rng(0)
        channels, height, width = self.network.input_shape
        size = height * width * channels
        values = np.concatenate([rng.permutation(256), rng.integers(0, 256, 7 * size - 256)]).astype(np.uint8)
        full = values.reshape(7, height, width, channels)
        sparse = full[:3] * rng.integers(0, 2, full[:3].shape, np.uint8)
        black, white = np.zeros_like(full[:1]), np.full_like(full[:1], 255)
        return np.concatenate([full[:3], black, sparse, full[3:5], white, full[5:], full[:1]])


def _signs(rng, *shape):
    return rng.choice([-1, 1], shape)


def _neurons(rng, channels, threshold, psp, bias=1):
    return SingleSpike(psp=psp, threshold=rng.integers(1, threshold, channels, endpoint=True),
                       bias=rng.integers(-bias, bias, channels, endpoint=True))


def _padded(psp, readout, steps, thresholds, seed):
    """A padded convolution, a pool that drops a row and a column, six classes."""
    rng = np.random.default_rng(seed)
    return Network(input_shape=(2, 5, 5), steps=steps, readout=readout, layers=(
        Conv2d(weights=_signs(rng, 4, 2, 3, 3), neurons=_neurons(rng, 4, thresholds[0], psp), padding=1),
        FirstSpikePool(size=2), Flatten(),
        Dense(weights=_signs(rng, 6, 16), neurons=_neurons(rng, 6, thresholds[1], psp))))


def _strided(psp, readout, steps, thresholds, seed):
    """Strides above and below the kernel's size, two dense layers."""
    rng = np.random.default_rng(seed)
    return Network(input_shape=(1, 7, 6), steps=steps, readout=readout, layers=(
        Conv2d(weights=_signs(rng, 2, 1, 3, 3), neurons=_neurons(rng, 2, thresholds[0], psp)),
        Conv2d(weights=_signs(rng, 3, 2, 1, 1), neurons=_neurons(rng, 3, thresholds[1], psp), stride=2), Flatten(),
        Dense(weights=_signs(rng, 4, 18), neurons=_neurons(rng, 4, thresholds[2], psp)),
        Dense(weights=_signs(rng, 2, 4), neurons=_neurons(rng, 2, thresholds[3], psp))))


def _subject(name, network, folding):
    return Subject(name=name, network=network, folding=parse(folding))


SUBJECTS = {subject.name: subject for subject in (
    _subject("folded", _padded(Ramp(), "first_spike", 5, (9, 10), 96), "2,2,2 3,4,1"),
    _subject("unrolled", _padded(Step(), "first_spike", 3, (2, 8), 33), "2,18,3 6,16,2"),
    _subject("strided", _strided(Ramp(length=2), "potential", 4, (2, 2, 6, 4), 32), "1,1,1 3,1,2 4,6,1 1,2,1"),
)}
