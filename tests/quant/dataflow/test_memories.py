import pytest

from quant import Dense, Flatten, Network, Rate, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.folding import copied, parse
from quant.dataflow.memories import Memory, memories
from tests.helpers.refusals import refused


def network(neurons=SingleSpike):
    return Network(input_shape=(1, 1, 4), steps=4, readout="count" if neurons is Rate else "first_spike", layers=(
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


def test_copies_have_the_memories_of_one():
    fold = parse("2,2,1 1,4,1")
    assert list(memories(chain(network(), copied(fold, 2))).values()) == list(memories(chain(network(), fold)).values())


@pytest.mark.parametrize(("fold", "neurons", "message"), [
    ("4,4,1 1,4,1", SingleSpike, "^dense1_synapses .*: its fold computes all weights at once, as wires; give it fewer"),
    ("2,4,4 1,4,1", SingleSpike, "^dense1_neurons .*: its fold computes all ticks of several channel groups at once"),
    ("2,2,1 1,4,1", Rate, "^dense1_neurons .*: thresholds of rate neurons are part of its logic")])
def test_what_is_logic_is_refused_with_a_remedy(fold, neurons, message):
    with refused(message):
        memories(chain(network(neurons), parse(fold)))
