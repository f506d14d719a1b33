"""Contents of a bitstream besides the network: places for requests, an identity, and stored test vectors.

The board generator, the host and the models share them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..dataflow.chain import chain, pixels_taken
from ..dataflow.folding import Folding
from ..dataflow.memories import Memory
from ..description.network import Network
from ..files.vectors import Vector
from ..timing.simulation import initiation_interval
from ..timing.single_image import SingleImageTiming, single_image_timing
from .coding import Coding, coding, of
from .protocol import IDENTITY, IMAGES, Identity, Result

RING_BYTES = 4096
ROM_BYTES = 2048
MOST_PLACES = 8
START = 2  # of a request in its place: a verdict and the tag come before the payload, which begins at a multiple of 4
PAYLOAD = START + 2
FIRST_IMAGE = PAYLOAD + IMAGES.size


def place_bytes(pixels: int) -> int:
    """Size of the place of a request in bytes, a power of two: head, number of images, and one without a code."""
    return 1 << (FIRST_IMAGE + pixels - 1).bit_length()


def slots(pixels: int) -> int:
    """Number of requests that a board holds, 2 to 7: with one place more, as many as fit in 4 KiB.

    The further place is for the response that reports an overrun.

    Parameters
    ----------
    pixels : int
        Bytes of an image.
    """
    return max(2, min(MOST_PLACES, RING_BYTES // place_bytes(pixels)) - 1)


def interleaved(image: bytes, channels: int) -> bytes:
    """Pixels in the order of the serial link, (y, x, channel), of an image in the order (channel, y, x)."""
    extent = len(image) // channels
    return bytes(image[channel * extent + place] for place in range(extent) for channel in range(channels))


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stored test vector.

    Parameters
    ----------
    pixels : bytes
        In the order of the serial link: (y, x, channel).
    result : Result
        With the single-image latency.
    """

    pixels: bytes
    result: Result


def vector_bytes(network: Network) -> int:
    """Size of a stored vector in bytes: its pixels and its result."""
    return math.prod(network.input_shape) + len(Result(0, 0, 0, (0,) * network.classes).pack())


def most_stored(network: Network, layout: bytes = b"") -> int:
    """Largest number of vectors that a bitstream stores: as many as fit in 2 KiB beside the identity, at least 1."""
    return max(1, (ROM_BYTES - IDENTITY.size - len(layout)) // vector_bytes(network))


def stored(network: Network, times: SingleImageTiming, vectors: Sequence[Vector],
           layout: bytes = b"") -> tuple[Stored, ...]:
    """Stored form of the first of ``vectors``, `most_stored` at most."""
    return tuple(Stored(pixels=interleaved(vector.pixels, network.input_shape[0]),
                        result=Result(vector.class_index, vector.tick, times.cycles[vector.tick], vector.potentials))
                 for vector in vectors[:most_stored(network, layout)])


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Contents of a bitstream besides the network's core.

    Parameters
    ----------
    identity : Identity
    stored : tuple of Stored
        ``identity.vectors`` of them.
    rest : int
        Cycles from the first pixel of a single image until the core is at rest again.
    lanes : int
        Pixels in a word of the core. Images of requests come pixel by pixel, and are gathered; of a COUNT, whose
        images are stored, a word comes in each cycle.
    """

    identity: Identity
    stored: tuple[Stored, ...]
    rest: int
    lanes: int = 1

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.identity.channels * self.identity.height * self.identity.width

    @property
    def place(self) -> int:
        """Size of the place of a request in bytes."""
        return place_bytes(self.pixels)

    @property
    def rom(self) -> bytes:
        """Content of the board's ROM: values of the pixels and result of every test vector, then the identity."""
        vectors = (self.coding.values(vector.pixels) + vector.result.pack() for vector in self.stored)
        return b"".join(vectors) + self.identity.pack()

    @property
    def words(self) -> tuple[int, ...]:
        """The pixels of all stored images in words of ``lanes`` values, the first lowest."""
        width = self.coding.width
        values = [self.coding.values(vector.pixels) for vector in self.stored]
        return tuple(sum(value << place * width for place, value in enumerate(each[at:at + self.lanes]))
                     for each in values for at in range(0, len(each), self.lanes))

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What a load replaces besides the network: the ROM; class and tick of each test vector, if there are any."""
        tick_bits, class_bits = self.identity.steps.bit_length(), (self.identity.classes - 1).bit_length()
        due = tuple(vector.result.class_index | vector.result.tick << class_bits for vector in self.stored)
        return (Memory(8, tuple(self.rom)), *([Memory(class_bits + tick_bits, due)] if due else []))

    @property
    def coding(self) -> Coding:
        """Code of images on the serial link."""
        return coding(self.identity.coding)


def contents(network: Network, folding: Folding, *, digest: str, vectors: Sequence[Vector], clock_hz: float, baud: int,
             made_by: str, cycles_per_image: int | None = None, layout: bytes = b"") -> Contents:
    """Contents of the bitstream of ``network`` under ``folding``.

    Parameters
    ----------
    digest : str
        SHA-256 of the network, in hexadecimal.
    vectors : sequence of Vector
        None are stored if it is empty.
    cycles_per_image : int or None
        By `quant.timing.simulation.initiation_interval`, where it is known.
    layout : bytes
        As of `Identity`.
    """
    channels, height, width = network.input_shape
    pixels = channels * height * width
    nodes = chain(network, folding)
    times = single_image_timing(chain(network, folding, narrow=True), pixels)
    if cycles_per_image is None:
        cycles_per_image, _ = initiation_interval(nodes, pixels)
    kept = stored(network, times, vectors, layout)
    identity = Identity(channels=channels, height=height, width=width, classes=network.classes, steps=network.steps,
                        coding=of(nodes).ticks, capacity=place_bytes(pixels) - FIRST_IMAGE, slots=slots(pixels),
                        vectors=len(kept), clock_hz=round(clock_hz), baud=baud, initiation_interval=cycles_per_image,
                        digest=bytes.fromhex(digest), made_by=made_by, layout=layout)
    return Contents(identity=identity, stored=kept, rest=times.rest, lanes=pixels_taken(nodes))
