import random
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, SingleSpike
from quant.dataflow.folding import unrolled
from quant.serial_link.protocol import Deframer, Error, Reply, Request, frame
from tests.helpers.networks import small
from tests.helpers.serial_link import endpoint_bench
from tests.helpers.serial_link.endpoint_bench import PIXELS, RESET, Bench, classify, damaged, held, images, model
from tests.helpers.strategies import foldings, networks

NETWORK, IMAGES = endpoint_bench.NETWORK, images(8)
SLOTS = held().identity.slots
pytestmark = pytest.mark.slow
long = partial(pytest.param, marks=pytest.mark.long)
SELF_TEST, IDENTIFY = bytes([Request.SELF_TEST, 0x7D]), bytes([Request.IDENTIFY, 0x7E])


def count(number, tag=0):
    return bytes([Request.COUNT, tag]) + number.to_bytes(2, "little")


def check(*bodies, network=NETWORK, folding=None, holds=None, **options):
    """Send frames one after the other, at most as many as there are slots; the responses are the model's."""
    sent = b"".join(map(frame, bodies))
    holds = holds or held(network, folding)
    expected = model(network, folding, holds).feed(sent)
    return Bench(sent, network=network, folding=folding, holds=holds, expected=expected, **options)


@pytest.mark.parametrize("body", [IDENTIFY, classify(IMAGES[0], 7), SELF_TEST, count(1, 0xFF), count(10)],
                         ids=["identify", "classify", "self test", "count 1", "count 10"])
def test_a_request_has_its_response(body):
    check(body)


@pytest.mark.parametrize("stall", [0.0, long(0.9)])
def test_requests_of_all_kinds_wait_and_are_handled_in_order(stall):
    check(classify(IMAGES[0], 1), count(3, 2), classify(IMAGES[1], 3), SELF_TEST, IDENTIFY, count(5, 4),
          classify(IMAGES[2], 5), stall=stall)


def test_images_wait_in_all_slots_and_take_the_same_cycles():
    bench = check(*(classify(image, tag) for tag, image in enumerate(IMAGES[:SLOTS])), blocked=1500)
    assert bench.taken == SLOTS * PIXELS


def test_slots_are_used_again():
    script = [part for tag in range(SLOTS + 2) for part in (frame(classify(IMAGES[tag % 8], tag)), 300)]
    bench = Bench(*script)
    assert bench.got == model().feed(b"".join(script[::2]))


@pytest.mark.parametrize("bit", [0, long(7)])
def test_a_frame_that_is_damaged_in_any_byte_is_refused_and_not_computed(bit):
    body = classify(bytes(range(1, 7)), 9)
    script = [part for place in range(len(body) + 4) for part in (damaged(body, place, bit), 200)]
    bench = Bench(*script, frame(body))
    refused = frame(bytes([Reply.ERROR, 0, Error.DAMAGED]))
    assert bench.got == refused * (len(body) + 4) + model().feed(frame(body))
    assert bench.taken == PIXELS


@pytest.mark.parametrize("kind", [Request.COUNT, *(long(kind) for kind in (Request.IDENTIFY, Request.SELF_TEST))])
def test_a_payload_of_another_length_is_refused(kind):
    bodies = [bytes([kind, 0x40 + length % 64]) + bytes([1] * length) for length in (*range(PIXELS + 7), 300)
              if length != (2 if kind == Request.COUNT else 0)]
    script = [part for body in bodies for part in (frame(body), 100)]
    bench = Bench(*script)
    assert bench.bodies == [bytes([Reply.ERROR, body[1], Error.LENGTH]) for body in bodies]
    assert bench.taken == 0


@pytest.mark.parametrize("payload", [
    b"", b"\1\0\x84", b"\2\0\x85", b"\1\0\x85\x85", b"\1\0" + bytes(300), *map(long, (
        b"\1", b"\1\0", b"\1\0\0\0", b"\0\0\x85", b"\1\0\x85\0", b"\1\1\x85", b"\2\0\x85\x84", b"\3\0\x85\x85",
        b"\xff\0\x85", b"\x0b\0" + b"\x85" * 11, b"\x0c\0" + b"\x85" * 12, b"\x01\0" + b"\x85" * 40,
        b"\x85\0" + b"\x85" * 0x85))], ids=bytes.hex)
def test_images_that_are_not_as_many_as_it_says_are_refused(payload):
    """85 (hexadecimal) is a whole image without a spike."""
    bench = Bench(frame(bytes([Request.CLASSIFY, 9]) + payload), 300)
    assert bench.bodies == [bytes([Reply.ERROR, 9, Error.LENGTH])]
    assert bench.taken == 0


@pytest.mark.parametrize("count", [long(2), long(3), 10])
@pytest.mark.parametrize("stall", [0.0, long(0.9)])
def test_images_of_one_request(count, stall):
    """Ten images without a spike fill its place."""
    sent = [bytes(PIXELS)] * count if count > 3 else [*IMAGES[:count - 1], bytes(PIXELS)]
    body = classify(sent, 1)
    assert len(body) <= 2 + 2 + held().identity.capacity
    bench = check(body, classify(IMAGES[3], 2), body, classify(sent[::-1], 4), SELF_TEST, classify(IMAGES[4], 5),
                  stall=stall)
    assert bench.taken == PIXELS * (3 * count + 2 + 3)


def test_what_a_byte_holds_beyond_its_image_is_dropped():
    last, silent = classify(IMAGES[1], 2), bytes([Request.CLASSIFY, 1, 2, 0])
    bench = Bench(frame(silent + b"\xff\xff"), frame(silent + b"\0\xff\x85"), frame(last))
    assert bench.got == model().feed(b"".join(map(frame, (silent + b"\xff\xff", silent + b"\0\xff\x85", last))))


def test_spike_times_beyond_the_last_tick_are_none():
    sent = frame(bytes([Request.CLASSIFY, 1, 1, 0, 0o75, 0o47, 0o66]))
    bench = Bench(sent)
    assert bench.got == model().feed(sent) == model().feed(frame(classify(bytes(PIXELS), 1)))


def test_an_unknown_kind_is_refused():
    kinds = (0, 5, 6, 0x81, 0x82, 0x12, 0xFF, 0x7E)
    bench = Bench(*(part for kind in kinds for part in (frame(bytes([kind, kind])), 100)))
    assert bench.bodies == [bytes([Reply.ERROR, kind, Error.KIND]) for kind in kinds]


def test_a_count_of_no_image_is_refused():
    assert check(count(0, 3)).bodies == [bytes([Reply.ERROR, 3, Error.ARGUMENT])]


@pytest.mark.parametrize("number", [1, long(256)])
def test_a_count_of_one_byte_and_of_both_is_taken(number):
    check(count(number))


def test_without_vectors_they_cannot_be_run():
    bench = check(SELF_TEST, count(0, 2), count(3, 4), IDENTIFY, classify(IMAGES[0]), holds=held(count=0))
    assert [body[2] for body in bench.bodies[:3]] == [Error.VECTORS] * 3


@pytest.mark.parametrize("garbage", [b"\x7e\x7e\x7e", b"\x01\x02\x03\x04\x05", b"\x7e\x01\x02\x03\x04\x05\x7e",
                                     frame(classify(IMAGES[0]))[:-1] + b"\x7d\x7e", b"\x7d\x7d\x7e"],
                         ids=["flags", "start", "short", "abort", "escapes"])
def test_garbage_is_ignored(garbage):
    sent = garbage + frame(classify(IMAGES[1], 3))
    bench = Bench(sent)
    assert len(bench.bodies) == 1
    assert bench.got == model().feed(sent)


def test_six_bytes_of_garbage_are_a_damaged_frame():
    bench = Bench(b"\x7e\x01\x02\x03\x04\x05\x06\x7e", frame(IDENTIFY))
    assert bench.bodies[0] == bytes([Reply.ERROR, 0, Error.DAMAGED])
    assert len(bench.bodies) == 2


def test_one_flag_between_frames_is_enough():
    bodies = [classify(IMAGES[0], 1), IDENTIFY, classify(IMAGES[1], 2)]
    sent = frame(bodies[0])[:-1] + frame(bodies[1])[:-1] + frame(bodies[2])
    assert Bench(sent).got == model().feed(sent)


@pytest.mark.long
def test_every_byte_goes_through():
    script = [frame(classify(bytes(range(byte, byte + PIXELS)), byte)) for byte in range(0, 256 - PIXELS, PIXELS - 1)]
    script += [frame(bytes([Request.CLASSIFY, byte, 1, 0, byte, byte ^ 0x80, 0])) for byte in range(3, 256, 7)]
    bench = Bench(*(part for body in script for part in (body, 250)))
    assert bench.got == model().feed(b"".join(script))


def test_one_request_too_many_is_told_and_more_are_dropped():
    sent = [frame(classify(IMAGES[tag % 8], tag)) for tag in range(SLOTS + 4)]
    last = frame(classify(IMAGES[5], 0x55))
    patience = 400 * (SLOTS + 4)
    bench = Bench(*sent, patience, last, blocked=150 * (SLOTS + 6))
    expected = model().feed(b"".join(sent[:SLOTS]))
    assert bench.got == expected + frame(bytes([Reply.ERROR, SLOTS, Error.OVERRUN])) + model().feed(last)


def test_a_damaged_frame_too_many_is_told_as_damaged():
    sent = [frame(classify(IMAGES[tag % 8], tag)) for tag in range(SLOTS)]
    bench = Bench(*sent, damaged(IDENTIFY, 0), 3000, blocked=150 * (SLOTS + 2))
    assert bench.bodies[-1] == bytes([Reply.ERROR, 0, Error.DAMAGED])
    assert len(bench.bodies) == SLOTS + 1


@pytest.mark.parametrize("seed", [0, long(1), long(2)])
def test_a_flood_of_garbage_leaves_the_next_image_right(seed):
    rng, size = random.Random(seed), 200 if seed == 0 else 1500
    flood = bytes(rng.choice((0x7E, 0x7D, 1, 2, 3, 4, rng.randrange(256))) for _ in range(size))
    last = frame(classify(IMAGES[seed], 0x33))
    bench = Bench(flood, 4 * size, last, blocked=4000 * (seed % 2))
    bodies = bench.bodies
    assert bodies[-1:] == [last_body for last_body in Bench(last).bodies]
    assert all(body[0] != Reply.RESULT for body in bodies[:-1])


@pytest.mark.parametrize("cut", [long(1), 5, long(9), long(13)])
def test_a_reset_in_a_frame_begins_afresh(cut):
    body = frame(classify(IMAGES[0], 4))
    assert Bench(body[:cut], RESET, frame(classify(IMAGES[1], 5))).got == model().feed(frame(classify(IMAGES[1], 5)))


@pytest.mark.parametrize("wait", [long(30), 100, 150, long(200)])
def test_a_reset_in_a_response_begins_afresh(wait):
    last = frame(classify(IMAGES[1], 5))
    assert Bench(frame(classify(IMAGES[0], 4)), wait, RESET, last).got.endswith(model().feed(last))


def test_the_last_class_stays():
    responses = [(list(Deframer(100).feed(model().feed(frame(classify(image)))))[0][2], image) for image in images(20)]
    (lowest, low), (highest, high) = min(responses), max(responses)
    assert lowest < highest
    assert [check(classify(low), classify(high)).class_index, check(classify(high), classify(low)).class_index] == [
        highest, lowest]


def altered(holds, which, **fields):
    stored = list(holds.stored)
    stored[which] = replace(stored[which], result=replace(stored[which].result, **fields))
    return replace(holds, stored=tuple(stored))


@pytest.mark.parametrize("name", ["class_index", long("tick"), long("cycles"), "potentials"])
@pytest.mark.parametrize("which", [0, long(2)])
def test_a_stored_result_that_is_wrong_fails_the_self_test(name, which):
    value = getattr(held().stored[which].result, name)
    wrong = (*value[:-1], value[-1] ^ 1) if name == "potentials" else value ^ 1
    bench = Bench(frame(SELF_TEST) * 2, holds=altered(held(), which, **{name: wrong}))
    assert bench.bodies == [bytes([Reply.SELF_TEST, 0x7D, 3, 0, 1, 0])] * 2


@pytest.mark.parametrize("shift", [0, long(8), long(16), 24])
def test_every_byte_of_a_stored_result_is_compared(shift):
    first, second, third = held().stored[1].result.potentials
    holds = altered(held(), 1, potentials=(first, second ^ 1 << shift, third))
    assert Bench(frame(SELF_TEST), holds=holds).bodies[0][4] == 1


@pytest.mark.parametrize(("name", "wrong"), [("class_index", 4), long("tick", 4), long("cycles", 0)])
def test_a_count_tells_wrong_classes_and_ticks(name, wrong):
    holds = held()
    holds = altered(holds, 1, **{name: getattr(holds.stored[1].result, name) ^ 1})
    body, = Bench(frame(count(11)), 1500, holds=holds).bodies  # the second of three vectors comes four times
    assert body[2:6] == bytes([11, 0, wrong, 0])


def test_images_after_a_count_find_the_core_at_rest():
    check(count(2), classify(IMAGES[0]), count(7), SELF_TEST, classify(IMAGES[1]), count(1), IDENTIFY)


def test_an_image_that_is_decided_early_lets_the_core_come_to_rest():
    """The output layer goes on for most of its 32 ticks, much longer than a result is compared or sent."""
    network = Network(input_shape=(1, 2, 3), steps=32, layers=(
        Flatten(), Dense(weights=[[1] * 6, [-1] * 6, [1, -1] * 3], neurons=SingleSpike(threshold=(1, 30, 30)))))
    bright = (255).to_bytes(1, "little") * PIXELS
    check(*(classify(bright, 1, network), SELF_TEST, classify([bright] * 3, 2, network), classify(bright, 3, network)),
          network=network)


@pytest.mark.long
def test_a_network_with_a_padded_layer():
    network = small()
    sent = images(2, 128)
    check(classify(sent[0], 1, network), count(4), classify(sent, 2, network), SELF_TEST, network=network,
          folding=unrolled(network))


def test_an_image_of_one_pixel():
    network = Network(input_shape=(1, 1, 1), steps=4, layers=(
        Flatten(), Dense(weights=[[1], [-1]], neurons=SingleSpike(threshold=(1, 1)))))
    check(classify(b"\x90", 1), count(9), SELF_TEST, classify(b"\x00", 2), count(0), network=network)


def test_an_image_that_fills_its_place():
    """Twelve pixels lie in sixteen bytes, and the CRC behind them overwrites nothing."""
    network = Network(input_shape=(3, 2, 2), steps=4, layers=(
        Flatten(), Dense(weights=[[1] * 12, [-1] * 12], neurons=SingleSpike(threshold=(1, 1)))))
    sent = images(2, 12)
    check(classify(sent[0], 1, network), classify(sent[1], 2, network), IDENTIFY, network=network)


def test_a_result_that_comes_before_the_last_pixel():
    """A pool of 2 x 2 on 3 x 9 pixels looks at no pixel of the last row."""
    neurons = SingleSpike(threshold=(1, 1))
    network = Network(input_shape=(1, 3, 9), steps=2, layers=(
        Conv2d(weights=[[[[1]]]], neurons=SingleSpike(threshold=(1,))), FirstSpikePool(size=2), Flatten(),
        Dense(weights=[[1] * 4, [-1] * 4], neurons=neurons)))
    check(classify(images(1, 27)[0], 0, network), count(5), classify(images(2, 27), 0, network), SELF_TEST,
          network=network, folding=unrolled(network))


@settings(deadline=None, derandomize=True, database=None, max_examples=2, phases=(Phase.generate,))
@given(st.data())
def test_random_networks(data):
    network = data.draw(networks(max_maps=2, max_dense=2, max_extent=4, max_channels=3, steps=st.integers(1, 6)))
    folding = data.draw(foldings(network))
    pixels = network.input_shape[0] * network.input_shape[1] * network.input_shape[2]
    sent = images(2, pixels, seed=data.draw(st.integers(0, 99)))
    check(classify(sent[0], 1, network), count(3), classify(sent[1], 2, network), SELF_TEST,
          classify(sent[0], 3, network), network=network, folding=folding)
