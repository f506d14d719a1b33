"""Contents of a bitstream besides the network: places for requests, an identity, and stored test vectors.

The board generator, the host and the models share them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..check import integer
from ..dataflow.chain import chain
from ..dataflow.cores.resize import Resize, parse
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
MOST_BYTES = 2**16  # of the place of a request; the identity has two bytes for what it holds of images
START = 2  # of a request in its place: a verdict and the tag come before the payload, which begins at a multiple of 4
PAYLOAD = START + 2
FIRST_IMAGE = PAYLOAD + IMAGES.size


def place_bytes(pixels: int) -> int:
    """Size of the place of a request in bytes, a power of two: head, number of images, and one without a code.

    Raises
    ------
    ValueError
        A request cannot hold an image of so many values.
    """
    integer("values of an image on the serial link", pixels, 1, MOST_BYTES - FIRST_IMAGE)
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
        Of an image, or of a picture that becomes it, in the order of the serial link: (y, x, channel).
    result : Result
        With the single-image latency.
    """

    pixels: bytes
    result: Result


def input_shape(network: Network, resize: Resize | None = None) -> tuple[int, int, int]:
    """Channels, height and width of what a board takes: images, or with ``resize`` pictures."""
    return network.input_shape if resize is None else resize.shape


def vector_bytes(network: Network, resize: Resize | None = None) -> int:
    """Size of a stored vector in bytes: its pixels and its result."""
    return math.prod(input_shape(network, resize)) + len(Result(0, 0, 0, (0,) * network.classes).pack())


def most_stored(network: Network, behind: bytes = b"", resize: Resize | None = None) -> int:
    """Largest number of vectors that a bitstream stores: as many as fit in 2 KiB beside the identity, at least 1.

    Parameters
    ----------
    behind : bytes
        As of `Identity`.
    """
    return max(1, (ROM_BYTES - IDENTITY.size - len(behind)) // vector_bytes(network, resize))


def stored(network: Network, times: SingleImageTiming, vectors: Sequence[Vector], behind: bytes = b"",
           resize: Resize | None = None) -> tuple[Stored, ...]:
    """Stored form of the first of ``vectors``, `most_stored` at most."""
    images = [interleaved(vector.pixels, network.input_shape[0])
              for vector in vectors[:most_stored(network, behind, resize)]]
    return tuple(Stored(pixels=resize.enlarged(image) if resize else image,
                        result=Result(vector.class_index, vector.tick, times.cycles[vector.tick], vector.potentials))
                 for image, vector in zip(images, vectors, strict=False))


def resize_of(identity: Identity, network: Network) -> Resize | None:
    """What a board makes images for its network with; None of one that takes images.

    Raises
    ------
    ValueError
        It cannot be of this network.
    """
    return parse(identity.picture, network.input_shape) if identity.picture else None


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
    """

    identity: Identity
    stored: tuple[Stored, ...]
    rest: int

    @property
    def pixels(self) -> int:
        """Values of an image, or of a picture of a camera."""
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
             made_by: str, cycles_per_image: int | None = None, layout: bytes = b"",
             resize: Resize | None = None) -> Contents:
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
    resize : Resize, optional
        That makes images of a camera's pictures, which the board then takes.

    Raises
    ------
    ValueError
        A request cannot hold an image, or a picture.
    """
    channels, height, width = input_shape(network, resize)
    pixels = channels * height * width
    nodes = chain(network, folding, resize)
    times = single_image_timing(nodes, pixels)
    if cycles_per_image is None:
        cycles_per_image, _ = initiation_interval(nodes, pixels)
    identity = Identity(channels=channels, height=height, width=width, classes=network.classes, steps=network.steps,
                        coding=of(nodes).ticks, capacity=place_bytes(pixels) - FIRST_IMAGE, slots=slots(pixels),
                        vectors=0, clock_hz=round(clock_hz), baud=baud, initiation_interval=cycles_per_image,
                        digest=bytes.fromhex(digest), made_by=made_by, layout=layout,
                        picture=resize.text if resize else "")
    kept = stored(network, times, vectors, identity.behind, resize)
    return Contents(identity=replace(identity, vectors=len(kept)), stored=kept, rest=times.rest)
