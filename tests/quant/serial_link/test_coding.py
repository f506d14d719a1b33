import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.dataflow.chain import chain
from quant.dataflow.folding import folded
from quant.files import artefact, samples, zoo
from quant.serial_link.coding import coding, of
from sim.functional.network import encode

TICKS = [0, 1, 2, 3, 6, 7, 10, 15, 31, 127]


@pytest.mark.parametrize("ticks", TICKS[1:])
def test_values_are_the_spike_times_of_the_golden_model(ticks):
    pixels = np.arange(256, dtype=np.uint8)
    assert list(coding(ticks).values(pixels.tobytes())) == encode(pixels, ticks).tolist()


@pytest.mark.parametrize("ticks", TICKS)
def test_pixels_of_values_have_these_values(ticks):
    code = coding(ticks)
    values = sorted(set(code.values(bytes(range(256)))))
    assert list(code.values(code.pixels(bytes(values)))) == values


@given(ticks=st.sampled_from(TICKS), pixels=st.integers(1, 300), silent=st.sampled_from([0, 0.5, 0.9, 1]),
       seed=st.integers(0, 99))
def test_images_come_back_one_behind_the_other(ticks, pixels, silent, seed):
    rng, code = random.Random(seed), coding(ticks)
    images = [bytes(0 if rng.random() < silent else rng.randrange(256) for _ in range(pixels)) for _ in range(3)]
    packed = [code.pack(image) for image in images]
    assert all(1 <= len(data) <= -(-pixels // code.in_a_byte) for data in packed)
    got = code.unpack(b"".join(packed), pixels)
    assert [code.values(image) for image in got] == [code.values(image) for image in images]
    assert code.unpack(b"".join(packed)[:-1], pixels) is None or len(packed[-1]) == 1


def test_bytes_by_hand():
    """255 spikes at 0, 1 at 6, 128 at 3 of 7 ticks; a run takes in what is beyond the last pixel."""
    code = coding(7)
    assert code.pack(bytes([255, 1, 128, 0, 0, 0])) == bytes([0o60, 0o73, 0x82])
    assert code.pack(bytes(784)) == bytes([0xFF] * 6 + [0x90])
    assert code.pack(bytes([255])) == bytes([0o70])
    assert coding(1).pack(bytes([255, 0, 0, 255, 255, 0, 255])) == bytes([0b0100110])
    assert coding(0).pack(b"\0\1\2") == b"\0\1\2"


def test_what_is_beyond_the_last_pixel_is_dropped():
    assert coding(7).unpack(bytes([0xFF, 0o00]), 2) == [bytes(2), bytes([255, 255])]
    assert coding(7).unpack(bytes([0xFF, 0x80]), 2) is None


@pytest.mark.parametrize(("name", "ticks"), [("mnist-up5k", 7), ("mnist-ecp5", 7), ("fashion-rate", 0),
                                             ("mnist-phase", 0)])
def test_spike_times_are_packed_and_numbers_are_not(name, ticks):
    network = artefact.load(zoo.path(name)).network
    assert of(chain(network, folded(network))).ticks == ticks


def test_an_image_of_mnist_takes_as_many_bytes_as_the_page_says():
    extent = 784
    content = samples.load(zoo.samples_path("MNIST"))
    images = [bytes(content.pixels[at:at + extent]) for at in range(0, len(content.pixels), extent)]
    lengths = [len(coding(7).pack(image)) for image in images]
    with open("docs/protocol.md", encoding="utf-8") as page:
        said = re.search(r"takes (\d+) bytes on average \((\d+) test images; (\d+) at most\)", page.read())
    assert [round(sum(lengths) / len(lengths)), len(lengths), max(lengths)] == [int(text) for text in said.groups()]
