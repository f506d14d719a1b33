import pytest

from quant.dataflow import cores
from quant.description.spike_coding import Binary
from tests.helpers.cores.bench import check, cycles, every_stall, respond

WORDS = [(word * 37 % 256,) for word in range(60)]


def queue(depth):
    return cores.Queue(bit_planes=8, spike_coding=Binary, lanes=1, depth=depth)


@pytest.mark.parametrize("depth", [4, 8, 16])
@every_stall
def test_every_word_in_its_cycle(depth, stall):
    check(queue(depth), WORDS, seed=depth, stall=stall)


def test_words_come_out_in_order():
    assert respond(queue(4), WORDS, len(WORDS)) == WORDS


def test_a_word_leaves_two_cycles_after_its_transfer():
    assert cycles(queue(4), WORDS[:3], 3) == ([0, 1, 2], [2, 3, 4])
