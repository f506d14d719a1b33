"""Hypothesis strategies: small random networks of every kind, and images for them."""

import math
import random
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from quant import (
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Feedback,
    FirstSpikePool,
    Flatten,
    Network,
    Ramp,
    Shortcut,
    Step,
    SumPool,
)
from quant.dataflow.folding import Fold, channel_choices
from quant.dataflow.lowering import synaptic
from quant.description import integers
from quant.description.layers import MAX_GAIN, MAX_SHIFT
from quant.description.network import CODINGS, PIXEL_BITS, READOUTS, coded
from quant.description.neurons import NEURONS
from quant.description.signs import SignTensor
from quant.description.spike_coding import TicksLeft, Trains
from tests.neurons import TESTS

STEPS = st.one_of(st.integers(1, 16), st.sampled_from([4, 7, 8, 16, 32]))
KINDS = tuple(NEURONS)
PSPS = st.one_of(st.just(Step()), st.just(Ramp()), st.builds(Ramp, length=st.integers(1, 9)))


def signs(draw, *shape):
    size = math.prod(shape)
    bits = random.Random(draw(st.integers(0, 2**32))).getrandbits(size)
    return SignTensor(shape, bits.to_bytes((size + 7) // 8, "little"))


def weights(draw, *shape):
    """Signs about half the time, else integers in a range, some of them zero."""
    low, high = draw(st.sampled_from([(1, 1)] * 3 + [(-1, 1), (-2, 1), (-3, 3), (-8, 7), (-128, 127)]))
    if low == high:
        return signs(draw, *shape)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return integers.weights(rng.integers(low, high, shape, endpoint=True) * (rng.random(shape) < 0.8))


def neurons(draw, channels, fan_in, signal, steps, psps=PSPS, kinds=KINDS):
    """Neurons that can take the signal."""
    kind = draw(st.sampled_from([kind for kind in kinds if signal.spike_coding in NEURONS[kind].takes]))
    return draw(TESTS[kind].strategy(channels, fan_in * signal.peak, steps, psps))


def possible(code, ticks):
    """Whether neurons can give a spike coding in so many ticks."""
    return ticks <= code.max_ticks and (code is not TicksLeft or (ticks + 1).bit_count() == 1)


@st.composite
def looped(draw, layer, signal, *extents):
    """The layer, about half the time with feedback weights of these extents, if it can have some."""
    if not signal.spike_coding.numeric or not layer.neurons.recurrent or not draw(st.booleans()):
        return layer
    usual = (layer.fan_in * signal.peak // math.prod(extents[1:])).bit_length() // 2
    shift = min(draw(st.one_of(st.integers(0, MAX_SHIFT), st.just(usual))), MAX_SHIFT)
    return replace(layer, feedback=Feedback(weights=weights(draw, *extents), shift=shift))


def convolution(draw, shape, signal, steps, channels, size, stride=1, padding=0, shortcut=None, **options):
    """A convolution of all channels, or of each by itself."""
    kind, extents = draw(st.sampled_from([(Conv2d, (channels, shape[0])), (DepthwiseConv2d, (shape[0], 1))]))
    return kind(weights=weights(draw, *extents, size, size), stride=stride, padding=padding, shortcut=shortcut,
                neurons=neurons(draw, extents[0], extents[1] * size * size, signal, steps, **options))


@st.composite
def maps(draw, shape, signal, steps, max_channels, feedback, **options):
    """A convolution or pool that fits ``shape``."""
    extent = min(shape[1:])
    if extent >= 2 and draw(st.integers(0, 2)) == 0:
        size = draw(st.integers(2, min(3, extent)))
        single = signal.summed == 1
        if not any(each % size for each in shape[1:]) and not (single and draw(st.booleans())):
            return SumPool(size=size)
        if single:
            return FirstSpikePool(size=size)
    size = draw(st.integers(1, min(4, extent + 2)))
    low = max(0, (size - extent + 1) // 2)
    channels = draw(st.integers(1, max_channels))
    conv = convolution(draw, shape, signal, steps, channels, size, stride=draw(st.integers(1, 3)),
                       padding=draw(st.integers(low, size - 1)), **options)
    channels = conv.channels
    if not feedback:
        return conv
    kernel = draw(st.sampled_from([1, 3, 3, 5]))
    return draw(looped(conv, signal, channels, channels, kernel, kernel))


@st.composite
def blocks(draw, source, shape, signal, steps, **options):
    """One or two convolutions that keep the shape, the last of which adds what the first one takes."""
    layers = []
    for last in draw(st.sampled_from([[True], [False, True]])):
        size = draw(st.sampled_from([1, 3]))
        shift = draw(st.integers(0, 8))
        gain = draw(st.lists(st.one_of(st.integers(1, 9), st.just(MAX_GAIN)), min_size=shape[0], max_size=shape[0]))
        layers.append(convolution(draw, shape, signal, steps, shape[0], size, padding=size // 2, **options,
                                  shortcut=Shortcut(source=source, gain=gain, shift=shift) if last else None))
        signal = layers[-1].output_signal(signal, steps)
    return layers


@st.composite
def networks(draw, *, steps=STEPS, max_maps=3, max_dense=3, max_extent=9, max_channels=4, psps=PSPS, kinds=KINDS,
             codings=tuple(CODINGS), readouts=READOUTS, feedback=True, shortcuts=True):
    """Networks of up to ``max_maps`` convolutions and pools, then up to ``max_dense`` dense layers.

    With ``feedback`` about half the layers that can have some do; with ``shortcuts`` there are residual blocks too.
    """
    ticks = draw(steps)
    options = {"psps": psps, "kinds": [kind for kind in kinds if possible(NEURONS[kind].gives, ticks)]}
    outputs = [NEURONS[kind] for kind in options["kinds"] if NEURONS[kind].readouts]
    coding = draw(st.sampled_from([each for each in codings if any(CODINGS[each] in kind.takes for kind in outputs)
                                   and (CODINGS[each] is not Trains or ticks <= PIXEL_BITS)]))
    signal = coded(coding, ticks)
    extents = st.integers(1, max_extent)
    shape = (draw(st.integers(1, 3)), draw(extents), draw(extents))
    layers = []
    network_input = shape
    for _ in range(draw(st.integers(0, max_maps))):
        if shortcuts and signal.summed == 1 and draw(st.integers(0, 2)) == 0:
            new = draw(blocks(len(layers), shape, signal, ticks, **options))
        else:
            new = [draw(maps(shape, signal, ticks, max_channels, feedback, **options))]
        for layer in new:
            shape, signal = layer.output_shape(shape), layer.output_signal(signal, ticks)
        layers += new
    if shape[1:] != (1, 1) or draw(st.booleans()):
        layers.append(Flatten())
        shape = layers[-1].output_shape(shape)
        if shape[0] * signal.summed**2 <= 16 and draw(st.integers(0, 3)) == 0:
            layers.append(DepthwiseConv2d(weights=weights(draw, shape[0], 1, 1, 1),
                                          neurons=neurons(draw, shape[0], 1, signal, ticks, **options)))
            signal = layers[-1].output_signal(signal, ticks)
    for left in reversed(range(draw(st.integers(1, max_dense)))):
        outputs = draw(st.integers(1, 5))
        if not left:
            options["kinds"] = [kind for kind in options["kinds"] if NEURONS[kind].readouts]
        layer = Dense(weights=weights(draw, outputs, shape[0]),
                      neurons=neurons(draw, outputs, shape[0], signal, ticks, **options))
        layers.append(draw(looped(layer, signal, outputs, outputs)) if feedback and left else layer)
        shape, signal = (outputs, 1, 1), layers[-1].output_signal(signal, ticks)
    readout = draw(st.sampled_from([each for each in layers[-1].neurons.readouts if each in readouts]))
    return Network(input_shape=network_input, steps=ticks, layers=layers, readout=readout, coding=coding)


@st.composite
def images_for(draw, network, n):
    """``n`` images for ``network``: uint8 array (n, channels, height, width), with many black and white pixels."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    pixels = generator.integers(0, 256, (n, *network.input_shape), np.uint8)
    black, white = generator.random((2, *pixels.shape)) < np.array(draw(st.sampled_from(
        [(0.0, 0.0)] * 3 + [(0.5, 0.1), (0.9, 0.0), (1.0, 0.0), (0.0, 1.0)]))).reshape(2, 1, 1, 1, 1)
    return np.where(black, 0, np.where(white, 255, pixels)).astype(np.uint8)


@st.composite
def foldings(draw, network):
    """Legal foldings of ``network``; one thing at a time and everything at once are frequent."""
    folds = []
    parts = synaptic(network)
    loops = [stage.loop.stage.name for stage in parts if stage.loop]
    for stage in parts:
        outputs = stage.shape_out[0]
        choices = [folds[-1].channels] if stage.name in loops else channel_choices(stage)
        channels = draw(st.sampled_from([choices[0], choices[-1], *choices]))
        ticks = st.one_of(st.sampled_from([1, stage.signal.bit_planes]), st.integers(1, stage.signal.bit_planes))
        folds.append(Fold(channels=channels, synapses=draw(st.sampled_from(stage.synapse_choices)),
                          ticks=1 if stage.is_output and channels < outputs else draw(ticks)))
    return tuple(folds)
