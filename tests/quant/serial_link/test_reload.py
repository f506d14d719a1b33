import zlib
from dataclasses import replace

import pytest

from quant.dataflow.chain import chain
from quant.dataflow.cores.resize import parse
from quant.dataflow.memories import memories
from quant.serial_link.reload import blocks, folding_of, layout, load, shape_digest
from tests.helpers.refusals import refused
from tests.helpers.serial_link.reloaded import FOLDING, VECTORS, held, network, stored

FIRST, SECOND = network(1), network(2)
OTHER_SHAPE = "network must be that of the board in all but weights and thresholds"


def test_networks_of_one_shape_have_one_layout():
    assert shape_digest(FIRST) == shape_digest(SECOND)
    assert folding_of(layout(FIRST, FOLDING), SECOND) == FOLDING


@pytest.mark.parametrize("other", [
    network(1, steps=5), replace(FIRST, class_names=("a", "b", "c")), replace(FIRST, readout="potential"),
    replace(FIRST, layers=(*FIRST.layers[:-1], replace(FIRST.layers[-1], neurons=replace(
        FIRST.layers[-1].neurons, bias=(0, 0, 1)))))], ids=["ticks", "names", "readout", "bias"])
def test_another_shape_is_refused(other):
    with refused(OTHER_SHAPE):
        folding_of(layout(FIRST, FOLDING), other)


def test_a_board_that_takes_no_other_network_is_refused():
    with refused("^the board's bitstream takes no other network; build it with --reload$"):
        folding_of(b"", FIRST)


def test_a_load_is_all_memories_and_their_crc():
    board = held(FIRST)
    data = load(board.identity, SECOND, stored(SECOND))
    own = held(SECOND)
    content = own.rom + b"".join(memory.content for memory in [
        own.memories[1], *memories(chain(SECOND, FOLDING)).values()])
    assert data == content + zlib.crc32(content).to_bytes(4, "little")
    cut = blocks(data, 50)
    assert b"".join(block[2:] for block in cut) == data.ljust(50 * len(cut), b"\0")
    assert [block[:2] for block in cut] == [bytes([place, 0]) for place in range(len(cut))]


def test_a_board_that_takes_pictures_is_loaded_with_some():
    resize = parse("15x12/2", FIRST.input_shape)
    board, own = (held(each, resize=resize) for each in (FIRST, SECOND))
    assert len(own.stored[0].pixels) == 180
    assert load(board.identity, SECOND, stored(SECOND)).startswith(own.rom)


def test_vectors_that_are_too_few_are_refused_and_those_too_many_left_out():
    board = held(FIRST)
    assert load(board.identity, SECOND, stored(SECOND, VECTORS + 1)) == load(
        board.identity, SECOND, stored(SECOND))
    with refused(f"network must have {VECTORS} test vectors, as many as the board stores, not {VECTORS - 1}; "
                 "binspike vectors writes them"):
        load(board.identity, SECOND, stored(SECOND, VECTORS - 1))


def test_a_board_of_another_version_is_refused():
    board = held(FIRST)
    with refused("of another version of binspike; build and flash it again$"):
        load(replace(board.identity, slots=2), SECOND, stored(SECOND))
