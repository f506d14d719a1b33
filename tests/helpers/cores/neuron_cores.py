"""Neuron cores of every kernel for tests, and the sums n(t) that are fed to them."""

import random

import pytest

from quant import Phase, Ramp, Rate, SingleSpike, Step
from quant.dataflow import cores
from quant.description.spike_coding import Binary, Trains
from tests.helpers.cores.bench import Word, respond

STEPS = 7
PSPS = [Step(), Ramp(), Ramp(length=1), Ramp(length=3), Ramp(length=9)]
every_psp = pytest.mark.parametrize("psp", PSPS, ids=lambda psp: f"{psp.kind}{getattr(psp, 'length', None) or ''}")


def neurons(kind, channels=1, groups=1, ticks=1, psp=PSPS[0], biased=False, steps=STEPS, seed=0):
    """Neurons of which most fire at some tick."""
    rng, count = random.Random(seed), channels * groups
    return kind(bit_planes=steps, channels=channels, groups=groups, ticks=ticks, input_bound=3 * steps,
                neurons=SingleSpike(threshold=[rng.randint(-3, 25) for _ in range(count)],
                                    bias=[rng.randint(-2, 2) for _ in range(count)] if biased else (), psp=psp))


RATE_KINDS = [{}, {"reset": "zero"}, {"leak": 1, "fraction": 1}, {"leak": 3, "reset": "zero", "fraction": 3},
              {"variant": "held", "fraction": 1}, {"leak": 1, "fraction": 1, "variant": "leak_first"}, {"leak": 0}]
every_rate = pytest.mark.parametrize("rate", RATE_KINDS, ids=str)


def rate_neurons(kind, channels=1, groups=1, ticks=1, rate=RATE_KINDS[0], steps=STEPS, seed=0, input_bound=3):
    """Neurons of which most fire at some ticks, and are biased."""
    rng, count, one = random.Random(seed), channels * groups, 2**rate.get("fraction", 0)
    return kind(bit_planes=steps, spike_coding=Trains, channels=channels, groups=groups, ticks=ticks,
                input_bound=input_bound,
                neurons=Rate(threshold=[rng.randint(one, 5 * one) for _ in range(count)],
                             bias=[rng.randint(-one, 2 * one) for _ in range(count)], **rate))


def phase_neurons(kind, channels=1, groups=1, ticks=1, biased=True, steps=4, seed=0):
    """Neurons of which most give numbers that are neither zero nor the largest."""
    rng, count = random.Random(seed), channels * groups
    return kind(bit_planes=steps, spike_coding=Binary, channels=channels, groups=groups, ticks=ticks, input_bound=50,
                neurons=Phase(threshold=[rng.randint(1, 9) for _ in range(count)], fraction=groups - 1,
                              bias=[rng.randint(-20, 60) for _ in range(count)] if biased else ()))


def sums(core: cores.NeuronCore, layers: int, seed: int = 0) -> list[Word]:
    """Random words of n(t) for ``layers`` times all channel groups, at most the input_bound each."""
    rng = random.Random(seed)
    return [tuple(rng.randint(-2, 3) for _ in range(core.channels * core.ticks))
            for _ in range(layers * core.groups * core.tick_groups)]


def one(kind, *, threshold, bias=0, psp=PSPS[0], steps=4, input_bound=9, ticks=1):
    """A single neuron."""
    return kind(bit_planes=steps, channels=1, groups=1, ticks=ticks, input_bound=input_bound,
                neurons=SingleSpike(threshold=[threshold], bias=[bias], psp=psp))


def fired(core: cores.NeuronCore, *traces: tuple[int, ...]) -> list[int]:
    """Spike times that a hidden neuron's hardware gives for n(t) of each trace, all ticks of it."""
    past = (9,) * core.ticks  # the rest of a partial last word means nothing
    words = [(trace + past)[at:at + core.ticks] for trace in traces for at in range(0, core.steps, core.ticks)]
    return [time for time, in respond(core, words, len(traces))]
