"""Synapses with weights of several bits, alone and in whole networks."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Feedback, Flatten, Network, Ramp, Rate, Shortcut, SingleSpike, SumPool
from quant.dataflow import cores
from quant.dataflow.chain import chain, every
from quant.dataflow.folding import folded, parse, unrolled
from quant.dataflow.memories import memories
from quant.description.spike_coding import Binary, Times, Trains
from quant.files.artefact import network_digest
from tests.helpers.cores.bench import RATES, check, respond
from tests.helpers.equality import everywhere
from tests.helpers.refusals import refused
from tests.helpers.strategies import foldings, images_for, networks


def word(weights, bits):
    """Word of `rom` with the weights of all channels and synapses: the lowest bit of each first."""
    flat = np.ravel(weights)
    return sum((int(weight) >> bit & 1) << bit * len(flat) + at for bit in range(bits)
               for at, weight in enumerate(flat))


def core(weights, bits, words=1, groups=1, planes_per_pass=1, bit_planes=3, spike_coding=Times, outermost=False):
    """Weights of shape (groups * words, channels, synapses)."""
    weights = np.array(weights)
    _, channels, lanes = weights.shape
    rows = weights.reshape(groups, words, channels, lanes).transpose(0, 2, 1, 3).reshape(-1, words * lanes)
    bound = max(max(row[row > 0].sum(), -row[row < 0].sum()) for row in rows)
    return cores.IntegerSynapses(
        bits=bits, bound=int(bound), leaves=(1,) * 2 * bits, bit_planes=bit_planes, spike_coding=spike_coding,
        lanes=lanes, words=words, channels=channels, groups=groups, planes_per_pass=planes_per_pass,
        planes_outermost=outermost, rom=tuple(word(each, bits) for each in weights))


def drawn(seed, bits, words, channels, groups, lanes, **options):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-2**(bits - 1), 2**(bits - 1), (groups * words, channels, lanes))
    return core(weights * (rng.random(weights.shape) < 0.8), bits, words, groups, **options)


def test_sums_of_wired_weights_by_hand():
    described = core([[[3, -4, 0, 7], [0, 0, -1, 0], [0, 0, 0, 0]]], 4, bit_planes=1, spike_coding=Trains)
    assert respond(described, [(1, 1, 1, 1), (0, 1, 1, 0), (1, 0, 0, 1)], 3) == [(6, -1, 0), (-4, -1, 0), (10, 0, 0)]


def test_sums_of_stored_weights_by_hand():
    described = core([[[3, -4]], [[1, -1]], [[-4, -4]], [[0, 0]]], 3, words=2, groups=2, bit_planes=1,
                     spike_coding=Trains)
    words = [(1, 1), (1, 0)] * 2 + [(0, 1), (0, 1)] * 2
    assert respond(described, words, 4) == [(0,), (-8,), (-5,), (-4,)]


@pytest.mark.parametrize("words", [1, 2])
def test_the_largest_sums_do_not_overflow(words):
    described = core([[[-8] * 3, [7] * 3]] * words, 4, words=words, bit_planes=1)
    assert described.bound == 24 * words
    assert respond(described, [(0,) * 3] * words, 1) == [(-24 * words, 21 * words)]


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(data=st.data(), bits=st.sampled_from([2, 3, 4, 8]), lanes=st.integers(1, 12), words=st.integers(1, 3),
       channels=st.integers(1, 3), groups=st.integers(1, 3), bit_planes=st.integers(1, 5), outermost=st.booleans(),
       code=st.sampled_from([Times, Trains, Binary]), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_fold_agrees_with_models(data, bits, lanes, words, channels, groups, bit_planes, outermost, code, stall,
                                     seed):
    described = drawn(seed, bits, words, channels, groups, lanes, bit_planes=bit_planes, spike_coding=code,
                      outermost=outermost, planes_per_pass=data.draw(st.integers(1, bit_planes)))
    rng = np.random.default_rng(seed)
    given_words = rng.integers(0, bit_planes + 1 if code is Times else 2**bit_planes,
                               (2 * described.passes * words, lanes))
    check(described, list(map(tuple, given_words.tolist())), stall=stall, seed=seed)


def network(seed=0):
    """Ternary and wider weights, sums, a shortcut, and feedback."""
    rng = np.random.default_rng(seed)
    rate = lambda *threshold: Rate(threshold=threshold)  # noqa: E731
    return Network(input_shape=(2, 4, 4), steps=3, coding="direct", readout="count", layers=(
        Conv2d(weights=rng.integers(-1, 2, (2, 2, 3, 3)), neurons=rate(200, 300), padding=1,
               feedback=Feedback(weights=rng.integers(-2, 3, (2, 2, 3, 3)), shift=5)),
        Conv2d(weights=rng.integers(-8, 8, (2, 2, 3, 3)), neurons=rate(4, 6), padding=1,
               shortcut=Shortcut(source=1, gain=[2, 1])),
        SumPool(size=2), Flatten(), Dense(weights=rng.integers(-3, 4, (3, 8)), neurons=rate(5, 6, 7))))


FOLDINGS = {"folded": folded, "mixed": lambda _: parse("1,18,3 1,2,1 2,2,3 1,8,1"), "unrolled": unrolled}


@pytest.mark.slow
@pytest.mark.parametrize("folding", ["mixed", *(pytest.param(name, marks=pytest.mark.long)
                                                for name in ("folded", "unrolled"))])
def test_numbers_shortcut_and_feedback_are_the_same_everywhere(tmp_path, folding):
    images = np.random.default_rng(1).integers(0, 256, (4, 2, 4, 4), np.uint8)
    everywhere(network(), FOLDINGS[folding](network()), images, tmp_path)


def several_bits(network):
    return any(isinstance(node.core, cores.IntegerSynapses) for node in every(chain(network, folded(network))))


@pytest.mark.long
def test_random_networks_are_the_same_everywhere(tmp_path):
    """Oracle == functional model == torch == data and timing model == emitted Verilog."""
    seen = set()

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data):
        net = data.draw(networks(max_extent=4, max_maps=1, max_dense=2, max_channels=3, steps=st.integers(1, 5)
                                 ).filter(several_bits))
        seen.add(network_digest(net))
        everywhere(net, data.draw(foldings(net)), data.draw(images_for(net, 3)), tmp_path)
    one()
    assert len(seen) >= 20


@pytest.mark.parametrize("fold", ["2,2,1 1,4,1", "4,2,1 1,4,1"])  # stored, wired
def test_reload_names_the_remedy(fold):
    net = Network(input_shape=(2, 1, 1), steps=2, layers=(
        Dense(weights=[[0, 1]] * 4, neurons=SingleSpike(threshold=[1] * 4, psp=Ramp())),
        Dense(weights=[[1, 1, -1, 1]] * 2, neurons=SingleSpike(threshold=[1, 2]))))
    with refused("^dense0_synapses cannot be loaded from a host: its weights have several bits, .*without reload"):
        memories(chain(net, parse(fold)))
