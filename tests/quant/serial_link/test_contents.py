import pytest

from quant.dataflow.chain import chain
from quant.dataflow.cores.resize import parse as parse_picture
from quant.dataflow.folding import folded, parse
from quant.files import artefact, vectors, zoo
from quant.serial_link import contents as board
from quant.serial_link.protocol import Identity, Result
from quant.timing.single_image import single_image_timing
from tests.helpers.networks import small
from tests.helpers.refusals import refused

NETWORK = small()


@pytest.mark.parametrize(("pixels", "place", "slots"), [
    (1, 8, 7), (2, 8, 7), (3, 16, 7), (10, 16, 7), (128, 256, 7), (506, 512, 7), (507, 1024, 3), (784, 1024, 3),
    (3072, 4096, 2)])
def test_places_fit_in_four_kilobytes_but_for_three(pixels, place, slots):
    assert (board.place_bytes(pixels), board.slots(pixels)) == (place, slots)
    assert slots == 2 or (slots + 1) * place <= 4096


def test_pixels_go_over_the_line_by_row_column_channel():
    assert board.interleaved(bytes([1, 2, 3, 11, 12, 13]), 2) == bytes([1, 11, 2, 12, 3, 13])


@pytest.fixture(scope="module")
def shipped():
    network = artefact.load(zoo.path("mnist-up5k")).network
    return network, vectors.load(zoo.vectors_path("mnist-up5k"), network=network)


FOLDING = parse("4,25,1 3,12,7 1,3,1")


def test_stored_vectors_hold_the_results_with_the_cycles_of_their_ticks(shipped):
    network, given = shipped
    times = single_image_timing(chain(network, FOLDING), 784)
    stored = board.stored(network, times, given)
    assert [vector.pixels for vector in stored] == [vector.pixels for vector in given[:2]]  # 832 bytes each
    assert [vector.result for vector in stored] == [
        Result(vector.class_index, vector.tick, times.cycles[vector.tick], vector.potentials) for vector in given[:2]]


def test_one_vector_is_stored_even_if_it_is_long(shipped):
    network, given = shipped
    times = single_image_timing(chain(network, FOLDING), 784)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board, "ROM_BYTES", 100)
        assert len(board.stored(network, times, given)) == 1


def held(network, folding, given, digest="00" * 32, resize=None):
    return board.contents(network, folding, digest=digest, vectors=given, clock_hz=12e6, baud=1_000_000,
                          cycles_per_image=12_800, made_by="0.1.0", resize=resize)


def test_contents_are_what_the_identity_says(shipped):
    network, given = shipped
    contents = held(network, FOLDING, given, digest="ab" * 32)
    assert (contents.identity.vectors, len(contents.stored), contents.pixels, contents.rest) == (2, 2, 784, 27_006)
    assert contents.identity == Identity(
        channels=1, height=28, width=28, classes=10, steps=7, coding=7, capacity=1018, slots=3, vectors=2,
        clock_hz=12_000_000, baud=1_000_000, initiation_interval=12_800, digest=bytes([0xAB]) * 32, made_by="0.1.0")


def test_a_board_that_takes_pictures_holds_some_that_become_its_images(shipped):
    network, given = shipped
    resize = parse_picture("40x30x3/1+6+1,invert", network.input_shape)
    contents = held(network, FOLDING, given, resize=resize)
    identity = contents.identity
    assert (identity.channels, identity.height, identity.width, identity.picture) == (3, 30, 40, resize.text)
    assert (contents.pixels, identity.coding, identity.vectors) == (3600, 0, 1)
    assert contents.stored[0].pixels == resize.enlarged(given[0].pixels)
    times = single_image_timing(chain(network, FOLDING, resize), 3600)
    assert contents.stored[0].result.cycles == times.cycles[given[0].tick]
    assert board.resize_of(identity, network) == resize
    assert board.resize_of(held(network, FOLDING, given).identity, network) is None


def test_a_picture_that_no_request_can_hold_is_refused(shipped):
    network, given = shipped
    assert board.place_bytes(65_530) == 65_536
    with refused("^values of an image on the serial link must be in 1..65530, not 76800$"):
        held(network, FOLDING, given, resize=parse_picture("320x240", network.input_shape))


def test_no_vectors_are_none():
    contents = held(NETWORK, folded(NETWORK), ())
    assert (contents.identity.vectors, contents.stored) == (0, ())
