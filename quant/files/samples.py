"""Sample images `DATASET.samples.safetensors`: a few labelled images of a data set, compressed."""

import math
import os
import zlib
from dataclasses import dataclass

from ..check import integers
from ..description.layers import Shape
from . import container, scratch
from .container import ArtefactError

FORMAT = "binspike samples"
MAX_PIXELS = 2**24


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Labelled images.

    Parameters
    ----------
    data_set, split : str
        Name of the data set and its split: "MNIST", "test".
    shape : (channels, height, width)
    pixels : bytes
        Image by image, each in the order of ``shape``; at most 2**24 in all.
    labels : bytes
        One an image.

    Raises
    ------
    TypeError, ValueError
        A field has the wrong type, or the number of pixels is not that of the labels.
    """

    data_set: str
    split: str
    shape: Shape
    pixels: bytes
    labels: bytes

    def __post_init__(self) -> None:
        for text in (self.data_set, self.split):
            if not isinstance(text, str) or len(text) > 64 or not text.isprintable():
                raise ValueError(f"data set and split must be at most 64 printable characters, not {text!r:.80}")
        shape = integers("shape", self.shape, 1, MAX_PIXELS)
        object.__setattr__(self, "shape", shape)
        if len(shape) != 3 or not 1 <= len(self.pixels) <= MAX_PIXELS:
            raise ValueError(f"samples must have three axes and 1..{MAX_PIXELS} pixels, not {shape!r:.60} "
                             f"and {len(self.pixels)}")
        if len(self.pixels) != len(self.labels) * math.prod(shape):
            raise ValueError(f"samples must have one label an image of {shape}, not {len(self.labels)} labels for "
                             f"{len(self.pixels)} pixels")

    @property
    def images(self) -> tuple[bytes, ...]:
        """Pixels of each image, in the order of ``shape``."""
        size = math.prod(self.shape)
        return tuple(self.pixels[i:i + size] for i in range(0, len(self.pixels), size))


def save(samples: Samples, path: str | os.PathLike[str]) -> None:
    """Write ``samples`` to ``path``, whole or not at all."""
    document = {"data_set": samples.data_set, "split": samples.split, "shape": list(samples.shape)}
    tensors: dict[str, container.Tensor] = {"labels": samples.labels, "pixels": zlib.compress(samples.pixels, 9)}
    scratch.write(path, container.pack(FORMAT, document, tensors))


def load(path: str | os.PathLike[str]) -> Samples:
    """Read the samples at ``path``.

    Raises
    ------
    ArtefactError
        The file is damaged, oversized or mistyped; at most as much as shape and labels announce is decompressed.
    OSError
        The file cannot be opened.
    """
    with container.refusal(path):
        document, tensors = container.unpack(FORMAT, container.read(path))
        match document, tensors:
            case ({"data_set": data_set, "split": split, "shape": list(shape), **rest},
                  {"labels": bytes(labels), "pixels": bytes(packed), **others}) if not rest and not others:
                size = min(math.prod(integers("shape", shape[:3], 1, MAX_PIXELS)) * len(labels), MAX_PIXELS)
                return Samples(data_set=data_set, split=split, shape=tuple(shape), labels=labels,  # type: ignore
                               pixels=_decompress(packed, size))
        raise ArtefactError("samples must have data_set, split, shape, labels and pixels")


def _decompress(packed: bytes, size: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        pixels = stream.decompress(packed, size + 1)
    except zlib.error as error:
        raise ArtefactError(f"pixels must be compressed by zlib, but: {error}") from None
    if len(pixels) > size or not stream.eof or stream.unused_data:
        raise ArtefactError(f"pixels must decompress to {size} bytes, not more")
    return pixels
