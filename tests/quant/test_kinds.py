"""Unknown kinds are refused by everything that looks one up, with the kind in the message."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from hw.cores import spike_coding as gates
from hw.cores.neurons.lane import neuron
from hw.cost.area import size
from hw.families import ECP5
from quant import Dense, Network
from quant.dataflow import cores
from quant.dataflow.lowering import stages
from quant.description.layers import LAYERS, Layer
from quant.description.neurons import NEURONS, SingleSpike
from quant.description.spike_coding import Times
from quant.kinds import Kinds
from sim.cycle.payload import transform
from sim.functional import network as functional
from sim.functional import oracle
from tests.neurons.toy import EvenTick
from train_binary.model.integer import integer_forward

IMAGE = np.zeros((1, 1, 1, 1), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Reversed(Layer):
    """A layer of which nothing but its description is known."""

    kind: ClassVar[str] = "reversed"

    def output_shape(self, shape):
        return shape


class Bursts(Times):
    kind = "bursts"


@pytest.fixture
def strange(monkeypatch):
    """A network of neurons of which only the description is known, and one with such a layer."""
    monkeypatch.setitem(NEURONS, EvenTick.kind, EvenTick)
    monkeypatch.setitem(LAYERS, Reversed.kind, Reversed)
    neurons = Network(input_shape=(1, 1, 1), steps=2, layers=(
        Dense(weights=[[1]], neurons=EvenTick(threshold=[1])),))
    layer = Network(input_shape=(1, 1, 1), steps=2, layers=(
        Reversed(), Dense(weights=[[1]], neurons=SingleSpike(threshold=[1]))))
    return {"even_tick": neurons, "reversed": layer}


def core(**fields):
    return cores.SerialNeurons(bit_planes=2, channels=1, groups=1, ticks=1, input_bound=1, **fields)


USES = {
    "functional": lambda network: functional.run(network, IMAGE),
    "oracle": lambda network: oracle.run(network, IMAGE[0].tolist()),
    "training": lambda network: integer_forward(network, torch.tensor(IMAGE)),
}


@pytest.mark.parametrize("kind", ["even_tick", "reversed"])
@pytest.mark.parametrize("use", USES)
def test_models_refuse_an_unknown_kind(strange, use, kind):
    with pytest.raises(TypeError, match=rf" must be of kind .*, not '{kind}'$"):
        USES[use](strange[kind])


def test_no_hardware_for_an_unknown_layer(strange):
    with pytest.raises(TypeError, match=r"^layer must be of a kind with a lowering, not 'reversed'$"):
        stages(strange["reversed"])


HARDWARE = {
    "data model": lambda core: list(transform(core, [(0,), (0,)])),
    "area": lambda core: size(core, ECP5.fabric),
    "lane": lambda core: neuron(core, "lane"),
}


@pytest.mark.parametrize("use", HARDWARE)
def test_hardware_of_unknown_neurons_is_refused(use):
    with pytest.raises(TypeError, match=r"^neurons with (models|hardware) must be of kind .*, not 'even_tick'$"):
        HARDWARE[use](core(neurons=EvenTick(threshold=[1])))


@pytest.mark.parametrize("use", [
    lambda strange: gates.spikes(strange, 0, 0), lambda strange: gates.following(strange, 0, 0, 0),
    lambda strange: gates.pooled(strange, 0, 0, 0)])
def test_an_unknown_code_has_no_gates(use):
    with pytest.raises(TypeError, match=r"^spike coding with hardware must be of kind times, .*, not 'bursts'$"):
        use(core(neurons=SingleSpike(threshold=[1]), spike_coding=Bursts))


def test_entries_are_those_of_a_dictionary():
    kinds = Kinds("things")
    kinds["a"] = 1
    kinds["b"] = 2
    assert (list(kinds), kinds["b"], kinds.get("c"), "c" in kinds) == (["a", "b"], 2, None, False)
    with pytest.raises(TypeError, match=r"^things must be of kind a, b, not 'c'$"):
        kinds["c"]
