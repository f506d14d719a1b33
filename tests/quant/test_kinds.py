"""Unknown kinds are refused by everything that looks one up, with the kind in the message."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch

from hw.cores import spike_coding as gates
from hw.cores.neurons import psp as psp_gates
from hw.cores.neurons.lane import neuron
from hw.cores.streams.encoder import Encoder
from hw.cost.area import size
from hw.cost.work import stage_work
from hw.families import ECP5
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network
from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import fold_choices, folded
from quant.dataflow.lowering import stages, synaptic
from quant.description import network as description
from quant.description.layers import LAYERS, Layer
from quant.description.neurons import NEURONS, Rate, SingleSpike
from quant.description.psp import PSPS, Step
from quant.description.spike_coding import Binary, Times, Trains
from quant.kinds import Kinds
from sim import vectors
from sim.cycle import payload
from sim.cycle.payload import transform
from sim.functional import bit_planes, oracle
from sim.functional import network as functional
from tests.helpers.equality import untimed
from tests.neurons.toy import EvenTick
from train_binary.layers.single_spike import Linear
from train_binary.model import spike_coding as torch_coding
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


class Digits(Binary):
    kind = "digits"


class Rows(Trains):
    kind = "rows"


@dataclass(frozen=True, kw_only=True)
class Late:
    """A kernel of which nothing but its description is known."""

    kind: ClassVar[str] = "late"

    def gain(self, steps):
        return 1


@pytest.fixture
def strange(monkeypatch):
    """A network of neurons of which only the description is known, and one with such a layer."""
    monkeypatch.setitem(NEURONS, EvenTick.kind, EvenTick)
    monkeypatch.setitem(LAYERS, Reversed.kind, Reversed)
    neurons = Network(input_shape=(1, 1, 1), steps=2, layers=(
        Dense(weights=[[1]], neurons=EvenTick(threshold=[1])),))
    layer = Network(input_shape=(1, 1, 1), steps=2, layers=(
        Reversed(), Dense(weights=[[1]], neurons=SingleSpike(threshold=[1]))))
    monkeypatch.setitem(PSPS, Late.kind, Late)
    kernel = Network(input_shape=(1, 1, 1), steps=2, layers=(
        Dense(weights=[[1]], neurons=SingleSpike(threshold=[1], psp=Late())),))
    return {"even_tick": neurons, "reversed": layer, "late": kernel}


def core(**fields):
    return cores.SerialNeurons(bit_planes=2, channels=1, groups=1, ticks=1, input_bound=1, **fields)


USES = {
    "functional": lambda network: functional.run(network, IMAGE),
    "oracle": lambda network: oracle.run(network, IMAGE[0].tolist()),
    "training": lambda network: integer_forward(network, torch.tensor(IMAGE)),
}


@pytest.mark.parametrize("kind", ["even_tick", "reversed", "late"])
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


KERNELS = {
    "data model": lambda core: list(transform(core, [(0,), (0,)])),
    "area": lambda core: size(core, ECP5.fabric),
    "state": psp_gates.state_shapes,
    "gates": lambda core: psp_gates.advance(core, 0, [], lambda first, later: later),
    "training": lambda core: Linear((1, 1, 1), 2, channels=1, psp=core.neurons.psp)(torch.zeros(2, 1, 1, 1)),
}


@pytest.mark.parametrize("use", KERNELS)
def test_an_unknown_kernel_is_refused(strange, use):
    with pytest.raises(TypeError, match=r"^postsynaptic potentials .* must be of kind step, ramp, not 'late'$"):
        KERNELS[use](core(neurons=SingleSpike(threshold=[1], psp=Late())))


ENCODERS = {"data model": lambda core: list(transform(core, [(0,)])),
            "hardware": lambda core: Encoder(core).elaborate(None)}


@pytest.mark.parametrize("use", ENCODERS)
def test_pixels_are_not_encoded_in_an_unknown_code(use):
    with pytest.raises(TypeError, match=r"^spike coding of pixels .* of kind times, binary, trains, not 'bursts'$"):
        ENCODERS[use](cores.Encoder(bit_planes=2, spike_coding=Bursts))


def test_the_oracle_refuses_an_unknown_coding_of_pixels(strange, monkeypatch):
    monkeypatch.setitem(description.CODINGS, "bursts", Times)
    network = replace(strange["late"], coding="bursts")
    with pytest.raises(TypeError, match=r"^coding of pixels .* of kind latency, direct, events, not 'bursts'$"):
        oracle.run(network, IMAGE[0].tolist())


TWINS = {"latency": (Bursts, SingleSpike), "direct": (Digits, Rate), "events": (Rows, Rate)}


def pooled(neurons, coding):
    """A network of these neurons, for images of 2 x 4 x 4 pixels."""
    signs = np.random.default_rng(1).choice([-1, 1], (2, 2, 3, 3))
    more = {"psp": Step()} if neurons is SingleSpike else {}
    return Network(input_shape=(2, 4, 4), steps=4, coding=coding, readout="potential", layers=(
        FirstSpikePool(size=2), Conv2d(weights=signs, padding=1, neurons=neurons(threshold=[1, 2], **more)),
        Flatten(), Dense(weights=[[1, -1] * 4, [-1] * 8], neurons=neurons(threshold=[1, 1], **more))))


def told(network):
    """All that depends on codes: results, test vectors, cores, areas and folds."""
    images = np.random.default_rng(0).integers(0, 256, (3, 2, 4, 4), np.uint8)
    outcome, nodes = untimed(network, images), chain(network, folded(network))
    words = payload.borders(nodes, images.transpose(0, 2, 3, 1).reshape(3, -1).tolist())
    code = network.signals[0].spike_coding
    join = cores.Join(bit_planes=4, spike_coding=code, channels=1, groups=1, ticks=4, words=1, gains=(3,), shift=0,
                      input_bound=99, before=9)
    joined = list(transform(join, [(0, 0, 0, 0)], [(2,)]))
    return ([(signal.peak, signal.largest) for signal in network.signals], joined, size(join, ECP5.fabric),
            outcome.potentials.tolist(), vectors.vectors(network, images), words,
            [(node.name, size(node.core, ECP5.fabric)) for node in nodes],
            [[(fold, stage_work(stage, fold)) for fold in fold_choices(stage)] for stage in synaptic(network)])


@pytest.mark.parametrize("coding", TWINS)
def test_a_code_with_its_entries_is_computed_by_what_it_says_of_itself(coding, monkeypatch):
    code, neurons = TWINS[coding]
    network, usual = pooled(neurons, coding), code.__base__
    expected = told(network)
    for table in (bit_planes.CODES, torch_coding.CODES, payload.PIXELS):
        monkeypatch.setitem(table, code.kind, table[usual.kind])
    monkeypatch.setitem(description.CODINGS, coding, code)
    monkeypatch.setattr(neurons, "takes", (*neurons.takes, code))
    if neurons.gives is usual:
        monkeypatch.setattr(neurons, "gives", code)
    assert network.signals[0].spike_coding is code
    assert told(network) == expected


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
