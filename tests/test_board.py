from dataclasses import replace

import pytest

from quant import artefact, board, vectors, zoo
from quant.chain import chain
from quant.folding import folded, parse
from quant.latency import lone
from quant.protocol import Result
from tests.networks import small

NETWORK = small()


@pytest.mark.parametrize(("pixels", "slots"), [(1, 8), (128, 8), (509, 8), (510, 7), (784, 5), (2045, 2), (3072, 2)])
def test_slots_fit_in_four_kilobytes_but_for_two(pixels, slots):
    assert board.slots(pixels) == slots
    assert slots == 2 or slots * (2 + pixels) + 2 <= 4096


def test_a_place_holds_the_argument_of_a_count():
    assert [board.slot_bytes(pixels) for pixels in (1, 2, 3, 784)] == [4, 4, 5, 786]


def test_pixels_go_over_the_line_by_row_column_channel():
    assert board.interleaved(bytes([1, 2, 3, 11, 12, 13]), 2) == bytes([1, 11, 2, 12, 3, 13])


@pytest.fixture(scope="module")
def shipped():
    network = artefact.load(zoo.path("mnist-up5k")).network
    return network, vectors.load(zoo.vectors_path("mnist-up5k"), network=network)


FOLDING = parse("4,25,1 3,12,7 1,3,1")


def test_stored_vectors_hold_the_results_with_the_cycles_of_their_ticks(shipped):
    network, given = shipped
    times = lone(chain(network, FOLDING), 784)
    stored = board.stored(network, times, given)
    assert [vector.pixels for vector in stored] == [vector.pixels for vector in given[:2]]  # 832 bytes each
    assert [vector.result for vector in stored] == [
        Result(vector.class_index, vector.tick, times.cycles[vector.tick], vector.potentials) for vector in given[:2]]


def test_one_vector_is_stored_even_if_it_is_long(shipped):
    network, given = shipped
    times = lone(chain(network, FOLDING), 784)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board, "ROM_BYTES", 100)
        assert len(board.stored(network, times, given)) == 1


def test_contents_are_what_the_identity_says(shipped):
    network, given = shipped
    held = board.contents(network, FOLDING, digest="ab" * 32, vectors=given, clock_hz=12e6, baud=1_000_000,
                          made_by="0.1.0")
    assert (held.identity.vectors, len(held.stored), held.pixels, held.rest) == (2, 2, 784, 26_992)
    assert (held.identity.slots, held.identity.interval, held.identity.digest) == (5, 12_800, bytes([0xAB]) * 32)


def test_no_vectors_are_none():
    held = board.contents(NETWORK, folded(NETWORK), digest="00" * 32, vectors=(), clock_hz=12e6, baud=1, made_by="")
    assert (held.identity.vectors, held.stored) == (0, ())


def test_known_times_are_not_computed_again():
    links = chain(NETWORK, folded(NETWORK))
    known = replace(lone(links, 128), rest=7)
    held = board.contents(NETWORK, folded(NETWORK), digest="00" * 32, vectors=(), clock_hz=12e6, baud=1, made_by="",
                          times=known)
    assert held.rest == 7
