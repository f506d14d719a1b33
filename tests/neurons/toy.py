"""A kind of neurons that only tests know: all that a kind has, in every package."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from amaranth.hdl import Const, Signal, signed
from hypothesis import strategies as st

from hw.cores.neurons.lane import LANES, Lane, constants
from hw.cores.widths import guard
from quant.dataflow import cores
from quant.description.neurons import LIMIT, NEURONS, Neurons
from quant.description.spike_coding import Times
from sim.neurons import MODELS, Membranes, NeuronModel
from tests.neurons import TESTS, NeuronTests
from train_binary.model import integer_neurons


@dataclass(frozen=True, kw_only=True)
class EvenTick(Neurons):
    """Neurons without a kernel that fire once, at the first even tick with V >= threshold; V += n + bias."""

    kind: ClassVar[str] = "even_tick"
    takes: ClassVar = (Times,)
    gives: ClassVar = Times
    readouts: ClassVar = ("first_spike", "potential")
    lowest: ClassVar[int] = -LIMIT

    def potential_range(self, input_bound, steps):
        return (steps * min(0, *self.bias) - input_bound, steps * max(0, *self.bias) + input_bound)


class EvenTickMembranes(Membranes):
    def __init__(self, description, input_bound, steps, shape):
        super().__init__(description, input_bound, steps, shape)
        self.output = np.zeros(shape, np.min_scalar_type(steps))
        self._silent, self._tick = np.ones(shape, bool), 0

    def step(self, sums):
        self.potential += sums + (0 if self._bias is None else self._bias)
        if self._tick % 2 == 0:
            self._silent &= self.potential < self._threshold
        self.output += self._silent
        self._tick += 1


def definition(neurons, sums, channel):
    threshold, bias = neurons.threshold[channel], neurons.bias[channel]
    potentials = [sum(sums[:tick + 1]) + (tick + 1) * bias for tick in range(len(sums))]
    fires = [tick for tick in range(0, len(sums), 2) if potentials[tick] >= threshold]
    return tuple(int([tick] == fires[:1]) for tick in range(len(sums))), potentials


def trace(neurons, sums, channel):
    threshold, bias = neurons.threshold[channel], neurons.bias[channel]
    potential = 0
    for tick, n in enumerate(sums):
        potential += n + bias
        yield potential, tick % 2 == 0 and potential >= threshold


class EvenTickLane(Lane):
    def tick(self, n, channel, group, tick):
        grown = self.biased(tick.begun(n, self.potential + n), channel, group)
        potential = Signal(self.potential.shape(), name=f"{self.potential.name}_next")
        self.assignment, self.guards = potential.eq(grown), guard(potential, grown)
        even = tick.number % 2 == 0 if isinstance(tick.number, int) else ~tick.number[0]
        return [potential], (potential >= constants(self.core, self.core.thresholds, channel, group)) & even


def integer(layer, sums):
    bias, threshold = integer_neurons.constants(layer.neurons, sums.dtype)
    potentials = torch.stack([sums[:tick + 1].sum(0) + (tick + 1) * bias for tick in range(len(sums))])
    fires = potentials >= threshold
    fires[1::2] = False
    times = torch.where(fires.any(0), fires.int().argmax(0), len(sums))
    return times.int(), potentials.to(sums.dtype)


@st.composite
def strategy(draw, channels, input_bound, steps, psps):
    numbers = st.lists(st.integers(-1, 1 + input_bound // 2), min_size=channels, max_size=channels)
    return EvenTick(threshold=draw(numbers), bias=draw(st.sampled_from([(), tuple(draw(numbers))])))


def life(neurons, n, own):
    after, v, bias, threshold = [], Const(0, signed(2)), own(neurons.bias), own(neurons.threshold)
    for tick, now in enumerate(n):
        v = v + now + bias
        after.append((v, v >= threshold if tick % 2 == 0 else Const(0)))
    return after


def _core(kind, **how):
    return kind(bit_planes=3, channels=1, groups=1, input_bound=2, neurons=EvenTick(threshold=[2], bias=[1]), **how)


EXAMPLES = {f"{kind.__name__} of even ticks": _core(kind, ticks=ticks) for kind, ticks in (
    (cores.SerialNeurons, 2), (cores.UnrolledNeurons, 3), (cores.OutputNeurons, 2))}
ENTRIES = ((NEURONS, EvenTick), (MODELS, NeuronModel(EvenTickMembranes, definition, trace)), (LANES, EvenTickLane),
           (integer_neurons.NEURONS, integer), (TESTS, NeuronTests(strategy, life, EXAMPLES)))
