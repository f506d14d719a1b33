import numpy as np
import pytest
from PIL import Image

from quant.dataflow.cores.resize import Resize, parse
from sim.functional.resize import resize
from tests.helpers.refusals import refused


def one(picture, **fields):
    picture = np.array(picture, np.uint8)
    channels, height, width = picture.shape
    core = Resize(**{"width": width, "height": height, "channels": channels, "left": 0, "top": 0, "factor": 1,
                     "output_shape": picture.shape} | fields)
    return resize(core, picture[None])[0].tolist()


def test_mean_of_boxes_is_rounded_a_half_up():
    assert one([[[1, 2, 0, 0], [2, 1, 0, 1]]], factor=2, output_shape=(1, 1, 2)) == [[[2, 0]]]
    assert one([[[0, 1], [1, 0]]], factor=2, output_shape=(1, 1, 1), invert=True) == [[[254]]]


def test_a_part_counts():
    assert one([[[1, 2, 3], [4, 5, 6]]], left=1, top=1, output_shape=(1, 1, 2)) == [[[5, 6]]]


def test_grey_is_that_of_a_picture_to_within_one():
    rgb = np.random.default_rng(3).integers(0, 256, (3, 40, 50), np.uint8)
    grey = np.array(one(rgb, output_shape=(1, 40, 50)))[0]
    due = np.array(Image.fromarray(rgb.transpose(1, 2, 0)).convert("L")).astype(int)
    assert abs(grey - due).max() <= 1
    assert [one(np.full((3, 1, 1), value), output_shape=(1, 1, 1))[0][0][0] for value in (0, 128, 255)] == [0, 128, 255]


@pytest.mark.parametrize(("text", "fields"), [
    ("160x120x3/4+24+4", (160, 120, 3, 24, 4, 4, False)), ("64x64", (64, 64, 1, 4, 4, 2, False)),
    ("28x28,invert", (28, 28, 1, 0, 0, 1, True)), ("160x120x3", (160, 120, 3, 24, 4, 4, False))])
def test_text(text, fields):
    assert parse(text, (1, 28, 28)) == Resize(**dict(zip(
        ("width", "height", "channels", "left", "top", "factor", "invert"), fields, strict=True)),
        output_shape=(1, 28, 28))


@pytest.mark.parametrize(("text", "shape"), [
    ("9x7x3/2+1+2,invert", (1, 2, 3)), ("8x5x3/1+3+0", (3, 4, 5)), ("12x8x1/4+0+0", (1, 2, 3)),
    ("7x6x2/2+0+1,invert", (2, 2, 3))])
def test_an_enlarged_image_becomes_the_image_again(text, shape):
    core = parse(text, shape)
    assert core.text == text
    images = np.random.default_rng(5).integers(0, 256, (4, *shape), np.uint8)
    pictures = b"".join(core.enlarged(image.transpose(1, 2, 0).ravel().tolist()) for image in images)
    pictures = np.frombuffer(pictures, np.uint8).reshape(4, core.height, core.width, core.channels)
    assert (resize(core, pictures.transpose(0, 3, 1, 2)) == images).all()


@pytest.mark.parametrize(("text", "message"), [
    ("big", "^resize must be WIDTHxHEIGHT"),
    ("20x28", r"^width of the picture to resize must hold 0 \+ 28 x 1 pixels, not 20"),
    ("160x120/3", "^factor of resize must be a power of two, not 3"),
    ("160x120/4+49+0", r"^width of the picture .* 49 \+ 28 x 4"),
    ("160x120x2", "^channels of the picture to resize must be 1 or 3, not 2"),
    ("65536x65536/64", r"^values of the picture to resize must be in 1\.\.8388608, not 4294967296")])
def test_what_does_not_fit_is_refused(text, message):
    with refused(message):
        parse(text, (1, 28, 28))


def test_pictures_of_another_shape_are_refused():
    with refused(r"^pictures must be uint8 of shape \(count, 1, 28, 28\)"):
        resize(parse("28x28", (1, 28, 28)), np.zeros((1, 1, 27, 28), np.uint8))
