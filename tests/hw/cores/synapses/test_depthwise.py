"""Synapses of a depthwise convolution, alone and in whole networks."""

import numpy as np
import pytest

from quant import Conv2d, Dense, DepthwiseConv2d, FirstSpikePool, Flatten, Network, Rate, Shortcut, SingleSpike, SumPool
from quant.dataflow import cores
from quant.dataflow.chain import chain, every
from quant.dataflow.folding import folded, parse, unrolled
from quant.dataflow.lowering import stages
from quant.description.spike_coding import Binary, Trains
from tests.helpers.cores.bench import check, every_stall, respond
from tests.helpers.equality import everywhere


def core(taps, words, channels, groups, planes_per_pass, bit_planes=3, spike_coding=Trains, copies=1, seed=0, bits=1):
    """``taps`` pixels a word; channels come in another order than they go."""
    rng = np.random.default_rng(seed)
    pixel = channels * groups * copies
    sources = rng.permutation(pixel).reshape(-1, copies).tolist()
    synapses = taps * copies
    rom = [int.from_bytes(rng.bytes(20), "little") % 2**(synapses * channels * bits) for _ in range(groups * words)]
    kind, several = cores.DepthwiseSynapses, {}
    if bits > 1:
        kind = cores.IntegerDepthwiseSynapses
        several = {"bits": bits, "bound": synapses * words << bits - 1, "leaves": (1,) * 2 * bits}
    return kind(
        **several, bit_planes=bit_planes, spike_coding=spike_coding, lanes=taps * pixel, pixel=pixel, words=words,
        channels=channels, groups=groups, planes_per_pass=planes_per_pass, planes_outermost=False, rom=tuple(rom),
        sources=tuple(map(tuple, sources)))


CORES = {"all at once": core(4, 1, 3, 1, 3), "two groups": core(4, 1, 2, 2, 2), "word by word": core(1, 4, 2, 3, 1),
         "numbers": core(1, 9, 2, 2, 3, bit_planes=8, spike_coding=Binary), "many taps": core(9, 1, 2, 1, 1),
         "two inputs of a pixel": core(1, 1, 3, 2, 3, copies=4),
         "wired weights of 4 bits": core(4, 1, 3, 1, 3, bits=4), "2 bits in two groups": core(4, 1, 2, 2, 2, bits=2),
         "3 bits word by word": core(1, 4, 2, 3, 1, bits=3), "2 bits of many taps": core(9, 1, 2, 2, 1, bits=2),
         "4 bits of numbers": core(1, 9, 2, 2, 3, bit_planes=8, spike_coding=Binary, bits=4)}


@every_stall
@pytest.mark.parametrize("name", CORES)
def test_words_and_cycles_are_as_predicted(name, stall):
    described = CORES[name]
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**described.bit_planes, (3 * described.passes * described.words, described.lanes))
    check(described, list(map(tuple, words.tolist())), stall=stall)


def test_sums_of_each_channel_by_hand():
    described = cores.DepthwiseSynapses(
        bit_planes=1, spike_coding=Trains, lanes=4, pixel=2, words=1, channels=1, groups=2, planes_per_pass=1,
        planes_outermost=False, rom=(0b10, 0b11), sources=((1,), (0,)))
    # channel 0 of lanes 1 and 3: -1 +1; channel 1 of 0 and 2: +1 +1
    assert respond(described, [(1, 1, 1, 0), (1, 0, 1, 1), (0, 0, 0, 1), (1, 1, 0, 1)], 4) == [(-1,), (2,), (1,), (1,)]


def test_sums_of_several_bits_by_hand():
    described = cores.IntegerDepthwiseSynapses(
        bit_planes=1, spike_coding=Trains, lanes=4, pixel=2, words=1, channels=1, groups=2, planes_per_pass=1,
        planes_outermost=False, rom=(0b10_11, 0b01_00), sources=((1,), (0,)), bits=2, bound=3, leaves=(1, 1, 1, 1))
    # bits 1 and 0 of two weights: channel 0 of lanes 1 and 3: 1, -1; channel 1 of 0 and 2: -2, 0
    words = [(1, 1, 1, 0), (1, 0, 1, 1), (0, 0, 0, 1), (1, 1, 0, 1)]
    assert respond(described, words, 4) == [(1,), (-2,), (-1,), (-2,)]


def signs(rng, *shape):
    return rng.choice([-1, 1], shape)


def separable(seed=0):
    """A depthwise convolution of a map, one of stride 2 behind a pool, and a pointwise one."""
    rng = np.random.default_rng(seed)
    return Network(input_shape=(3, 8, 8), steps=4, layers=(
        DepthwiseConv2d(weights=signs(rng, 3, 1, 3, 3), neurons=SingleSpike(threshold=[1, 2, 3]), padding=1),
        Conv2d(weights=signs(rng, 4, 3, 1, 1), neurons=SingleSpike(threshold=[1, 2, 1, 1])), FirstSpikePool(size=2),
        DepthwiseConv2d(weights=signs(rng, 4, 1, 2, 2), neurons=SingleSpike(threshold=[1, 2, 1, 2]), stride=2),
        Flatten(), Dense(weights=signs(rng, 5, 16), neurons=SingleSpike(threshold=[2] * 5))))


def several(rng, *shape):
    """Weights of up to 4 bits, some of them 0."""
    return rng.integers(-7, 8, shape) * (rng.random(shape) < 0.8)


def summed(seed=1, drawn=signs):
    """Numbers, a depthwise convolution of sums, one behind a Flatten of sums, and a shortcut."""
    rng = np.random.default_rng(seed)
    rate = lambda *threshold: Rate(threshold=threshold)  # noqa: E731
    return Network(input_shape=(2, 8, 8), steps=3, coding="direct", readout="count", layers=(
        SumPool(size=2),
        DepthwiseConv2d(weights=drawn(rng, 2, 1, 3, 3), neurons=rate(500, 900), padding=1),
        DepthwiseConv2d(weights=drawn(rng, 2, 1, 3, 3), neurons=rate(2, 3), padding=1,
                        shortcut=Shortcut(source=2, gain=[2, 1])),
        SumPool(size=2), Flatten(),
        DepthwiseConv2d(weights=drawn(rng, 8, 1, 1, 1), neurons=rate(*[1, 2] * 4)),
        Dense(weights=drawn(rng, 3, 8), neurons=rate(2, 2, 2))))


SEPARABLE = {"folded": folded, "mixed": lambda _: parse("1,9,2 2,3,4 2,1,2 5,4,1"), "unrolled": unrolled}
SUMMED = {"folded": folded, "mixed": lambda _: parse("2,36,3 1,9,2 2,4,1 3,8,3"), "unrolled": unrolled}


@pytest.mark.slow
@pytest.mark.parametrize("drawn", [signs, several])
def test_a_small_network_is_the_same_everywhere(tmp_path, drawn):
    rng = np.random.default_rng(2)
    network = Network(input_shape=(2, 4, 4), steps=3, coding="direct", readout="count", layers=(
        SumPool(size=2), DepthwiseConv2d(weights=drawn(rng, 2, 1, 3, 3), padding=1, neurons=Rate(threshold=[500, 900])),
        Flatten(), Dense(weights=signs(rng, 3, 8), neurons=Rate(threshold=[2, 2, 2]))))
    images = rng.integers(0, 256, (4, *network.input_shape), np.uint8)
    everywhere(network, parse("1,36,2 3,4,1"), images, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("folding", SEPARABLE)
def test_a_separable_network_is_the_same_everywhere(tmp_path, folding):
    network = separable()
    images = np.random.default_rng(5).integers(0, 256, (4, *network.input_shape), np.uint8)
    everywhere(network, SEPARABLE[folding](network), images, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("drawn", [signs, several])
@pytest.mark.parametrize("folding", SUMMED)
def test_sums_numbers_and_shortcuts_are_the_same_everywhere(tmp_path, folding, drawn):
    network = summed(drawn=drawn)
    images = np.random.default_rng(6).integers(0, 256, (4, *network.input_shape), np.uint8)
    everywhere(network, SUMMED[folding](network), images, tmp_path)


def test_each_channel_looks_at_its_own_part_of_a_pixel():
    stage = stages(summed())[2]
    assert len(stage.arrival) == 32
    assert {len(source) for source in stage.sources} == {4}
    assert sorted(place for source in stage.sources for place in source) == list(range(32))


def test_window_words_are_whole_pixels():
    described = {node.name: node.core for node in every(chain(separable(), folded(separable())))}
    assert described["depthwise_conv2d0_window"].lanes == 3
    assert described["depthwise_conv2d0_synapses"].synapses == 1
