from functools import partial

import pytest

from quant import Dense, Flatten, Network, Rate, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.cores import SerialNeurons
from quant.dataflow.folding import copied, parse
from quant.dataflow.memories import Memory, memories, of
from tests.helpers.refusals import refused

LEAK_FIRST = partial(Rate, variant="leak_first", leak=1)


def network(neurons=SingleSpike):
    readout = "first_spike" if neurons is SingleSpike else "count"
    return Network(input_shape=(1, 1, 4), steps=4, readout=readout, layers=(
        Flatten(), Dense(weights=[[1, -1, 1, -1], [1, 1, -1, -1]] * 2, neurons=neurons(threshold=(1, 2, 3, 1))),
        Dense(weights=[[1, -1, -1, -1], [-1, 1, 1, 1]], neurons=neurons(threshold=(2, 1)))))


def test_words_of_weights_and_thresholds():
    found = memories(chain(network(), parse("2,2,1 1,4,1")))
    assert found["dense1_synapses"] == Memory(4, (0b1101, 0b0001, 0b1101, 0b0001))  # two channels, two synapses
    thresholds = found["dense1_neurons"]
    half = thresholds.width // 2
    assert thresholds.words == (2 << half | 1, 1 << half | 3)
    assert [len(memory.words) for memory in found.values()] == [4, 2, 2, 2]
    assert Memory(9, (1, 0x102)).content == b"\1\0\2\1"


def test_amounts_lie_above_the_thresholds():
    neurons = Rate(threshold=(3, 9, 2, 7), amount=(2, 8, 0, 6))
    core = SerialNeurons(bit_planes=4, channels=2, groups=2, ticks=1, input_bound=2, neurons=neurons)
    width = core.membrane_width
    assert of(core) == Memory(4 * width, tuple(
        sum(value << place * width for place, value in enumerate(values)) for values in ((3, 9, 2, 8), (2, 7, 0, 6))))


def test_copies_have_the_memories_of_one():
    fold = parse("2,2,1 1,4,1")
    assert list(memories(chain(network(), copied(fold, 2))).values()) == list(memories(chain(network(), fold)).values())


@pytest.mark.parametrize(("fold", "neurons", "message"), [
    ("4,4,1 1,4,1", SingleSpike, "^dense1_synapses .*: its folding computes all weights at once, as wires; give"),
    ("2,4,4 1,4,1", SingleSpike, "^dense1_neurons .*: its folding computes all ticks of several channel groups"),
    ("2,2,1 1,4,1", LEAK_FIRST, "^dense1_neurons .*: thresholds of such rate neurons are part of its logic")])
def test_what_is_logic_is_refused_with_a_remedy(fold, neurons, message):
    with refused(message):
        memories(chain(network(neurons), parse(fold)))
