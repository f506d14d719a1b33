"""Frames for a core behind a bus, right ones and wrong ones, and what must come out by the golden model."""

import math
import random
from dataclasses import dataclass

import numpy as np

from sim.functional import network as functional
from sim.functional.resize import resize as resized

SHORT, LONG = 1, 2
DIGEST = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Frame:
    """Pixels of whole words in the order row, column, channel, and what is wrong with the frame."""

    pixels: bytes
    errors: int = 0


def frames(pixels, *, lanes=1, seed=0):
    """Frames of every kind, wrong ones between right ones: bordering images and lengths, and random ones."""
    rng = random.Random(seed)
    padded = math.ceil(pixels / lanes) * lanes

    def right(pixel=None):
        return Frame((rng.randbytes(pixels) if pixel is None else bytes([pixel]) * pixels).ljust(padded, b"\xaa"))

    def wrong(words, errors):
        return Frame(rng.randbytes(words * lanes), errors)

    words = padded // lanes
    return [right(0), right(255), wrong(1, SHORT), right(1), wrong(words - 1, SHORT), wrong(words + 1, LONG),
            wrong(3 * words, LONG), right(), wrong(words // 2, SHORT), wrong(words // 2, SHORT), right(), right()]


def results(network, sent, resize=None):
    """Words of the result of each frame: what lacks of an image is 0, what is too much is not looked at."""
    channels, height, width = shape(network, resize)
    pixels = channels * height * width
    images = np.array([list(frame.pixels[:pixels].ljust(pixels, b"\0")) for frame in sent], np.uint8)
    images = images.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    due = functional.run(network, images if resize is None else resized(resize, images))
    return [[int(index) | int(tick) << 16, *(int(value) & 0xFFFFFFFF for value in potentials)]
            for index, tick, potentials in zip(due.class_index, due.tick, due.potentials, strict=True)]


def shape(network, resize=None):
    """Channels, height and width of what a core takes."""
    return network.input_shape if resize is None else (resize.channels, resize.height, resize.width)


def case(network, rows, lanes, resize=None):
    """What the testbenches read: frames, their errors, their results, registers at the end, and their addresses."""
    channels, height, width = shape(network, resize)
    sent = frames(channels * height * width, lanes=lanes)
    return {
        "frames": [frame.pixels.hex() for frame in sent], "errors": [frame.errors for frame in sent],
        "results": results(network, sent, resize), "addresses": {row.name: row.address for row in rows},
        "registers": {
            "MAGIC": 0x6273706B, "VERSION": 1, "CHANNELS": channels, "HEIGHT": height, "WIDTH": width,
            "CLASSES": network.classes, "STEPS": network.steps, "LANES": lanes, "STATUS": 0, "FRAMES": len(sent),
            "RESULTS": len(sent), "SHORT": sum(frame.errors == SHORT for frame in sent),
            "LONG": sum(frame.errors == LONG for frame in sent),
            **{f"DIGEST{place}": int(DIGEST[8 * place:8 * place + 8], 16) for place in range(8)}}}
