import pytest

from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded
from quant.files.artefact import network_digest
from quant.serial_link.protocol import COUNT, Deframer, Error, Identity, Reply, Request, Result, frame
from quant.timing.single_image import count_cycles, single_image_timing
from tests.helpers.serial_link.peer import NETWORK, device, expected, images, packed, stored


def responses(data, model=None):
    """Bodies of the responses to ``data``."""
    return list(Deframer(1000).feed((model or device()).feed(data)))


def ask(kind, payload=b"", tag=0x7E, model=None):
    response, = responses(frame(bytes([kind, tag]) + payload), model)
    assert response[1] == tag
    return response[0], response[2:]


def test_identity():
    kind, payload = ask(Request.IDENTIFY, model=device(slots=3, clock_hz=25_000_000, baud=9600, made_by="0.1.0"))
    assert kind == Reply.IDENTITY
    assert Identity.unpack(payload) == Identity(
        channels=1, height=4, width=4, classes=3, steps=6, coding=6, capacity=26, slots=3, vectors=3,
        clock_hz=25_000_000, baud=9600,
        initiation_interval=count_cycles(chain(NETWORK, folded(NETWORK)), 16, [6] * 9)
        - count_cycles(chain(NETWORK, folded(NETWORK)), 16, [6] * 8),
        digest=bytes.fromhex(network_digest(NETWORK)), made_by="0.1.0")


def test_results_are_those_of_the_golden_models():
    sent = images(20)
    cycles = single_image_timing(chain(NETWORK, folded(NETWORK)), 16).cycles
    due = expected(sent)
    got = [Result.unpack(ask(Request.CLASSIFY, packed(image))[1]) for image in sent]
    assert got == [Result(index, tick, cycles[tick], potentials) for index, tick, potentials in due]
    assert len({result.tick for result in got}) > 2


def test_cycles_of_several_images_of_a_request_are_not_measured():
    sent = images(2)
    kind, payload = ask(Request.CLASSIFY, packed(*sent))
    assert kind == Reply.RESULT
    assert payload == b"".join(Result(index, tick, 0, potentials).pack() for index, tick, potentials in expected(sent))


def test_pixels_come_by_row_column_and_channel():
    two = Network(input_shape=(2, 1, 2), steps=4, layers=(
        Flatten(), Dense(weights=[[1, 1, -1, -1], [-1, -1, 1, 1]], neurons=SingleSpike(threshold=(2, 2)))))
    model = device(two, vectors=())
    found = [Result.unpack(ask(Request.CLASSIFY, packed(bytes(pixels), network=two), model=model)[1])
             for pixels in ([255, 0, 255, 0], [0, 255, 0, 255], [255, 0, 0, 255])]
    assert [result.class_index for result in found[:2]] == [0, 1]
    assert found[2].tick == 4


def test_self_test():
    assert ask(Request.SELF_TEST) == (Reply.SELF_TEST, bytes([3, 0, 0, 0]))


def test_count():
    ticks = [vector.tick for vector in stored()]
    cycles = count_cycles(chain(NETWORK, folded(NETWORK)), 16, [*ticks, *ticks[:2]])
    assert ask(Request.COUNT, bytes([5, 0])) == (Reply.COUNT, COUNT.pack(5, 0, cycles))


@pytest.mark.parametrize(("kind", "payload", "error"), [
    (Request.CLASSIFY, b"", Error.LENGTH), (Request.CLASSIFY, b"\1\0" + bytes(7), Error.LENGTH),
    (Request.CLASSIFY, b"\1\0" + bytes(9), Error.LENGTH), (Request.CLASSIFY, b"\0\0", Error.LENGTH),
    (Request.CLASSIFY, b"\2\0\x8f", Error.LENGTH), (Request.CLASSIFY, b"\1\1\x8f", Error.LENGTH),
    (Request.CLASSIFY, b"\x1b\0" + b"\x8f" * 27, Error.LENGTH),
    (Request.CLASSIFY, bytes(5000), Error.LENGTH), (Request.IDENTIFY, b"\0", Error.LENGTH),
    (Request.SELF_TEST, b"\0", Error.LENGTH), (Request.COUNT, b"\1", Error.LENGTH),
    (Request.COUNT, b"\0\0", Error.ARGUMENT), (0x00, b"", Error.KIND), (0x05, b"xy", Error.KIND),
    (0x82, b"", Error.KIND), (0xFF, b"\1", Error.KIND)])
def test_a_wrong_request_is_refused(kind, payload, error):
    assert ask(kind, payload) == (Reply.ERROR, bytes([error]))


@pytest.mark.parametrize(("kind", "payload"), [(Request.SELF_TEST, b""), (Request.COUNT, b"\1\0"),
                                               (Request.COUNT, b"\0\0")])
def test_without_vectors(kind, payload):
    assert ask(kind, payload, model=device(vectors=())) == (Reply.ERROR, bytes([Error.VECTORS]))


def test_a_damaged_frame_is_not_handled_as_if_it_were_whole():
    whole = frame(bytes([Request.CLASSIFY, 1]) + packed(*images(1)))
    for at in range(1, len(whole) - 1):
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]
        assert all(response == bytes([Reply.ERROR, 0, Error.DAMAGED]) for response in responses(damaged))


def test_responses_do_not_depend_on_how_the_bytes_come():
    data = b"".join(frame(bytes([Request.CLASSIFY, tag]) + packed(image)) for tag, image in enumerate(images(5)))
    model = device()
    assert b"".join(model.feed(data[at:at + 1]) for at in range(len(data))) == device().feed(data)
    assert [response[1] for response in responses(data)] == [0, 1, 2, 3, 4]
