"""Test vectors `NAME.vectors.safetensors`: a few images with the spike times and results of the network.

They are made at quantisation and replayed at every later stage. Clock cycles are not here: they depend on the folding.
"""

import hashlib
import math
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..check import integer, integers
from ..description.network import Network
from . import container, scratch
from .artefact import network_digest
from .container import ArtefactError, Tensor

FORMAT = "binspike vectors"
MAX_VECTORS = 1024


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One image and its expected result.

    Parameters
    ----------
    pixels : bytes
        The image in the order (channel, y, x).
    class_index : int
        The decision.
    tick : int
        Tick of the first output spike, ``steps`` if there is none; ``steps - 1`` for readout ``potential``.
    potentials : tuple of int
        V of every output at the decision tick, or at the last tick if no output spiked.
    times : tuple of str
        `times_digest` of the encoded input and of the output of every layer.
    """

    pixels: bytes
    class_index: int
    tick: int
    potentials: tuple[int, ...]
    times: tuple[str, ...]


def times_digest(times: Iterable[int]) -> str:
    """SHA-256, in hexadecimal, of spike times in the order (channel, y, x), two bytes each, the low one first."""
    times = tuple(times)
    return hashlib.sha256(struct.pack(f"<{len(times)}H", *times)).hexdigest()


def save(vectors: Iterable[Vector], path: str | os.PathLike[str], *, network: Network) -> None:
    """Write the vectors of ``network`` to ``path``, whole or not at all.

    Raises
    ------
    TypeError, ValueError
        A vector is not one of ``network``.
    """
    vectors = tuple(vectors)
    for vector in vectors:
        _check(vector, network)
    document = {"network": network_digest(network), "times": [list(vector.times) for vector in vectors]}
    tensors: dict[str, Tensor] = {
        "pixels": b"".join(vector.pixels for vector in vectors),
        "class_index": tuple(vector.class_index for vector in vectors),
        "tick": tuple(vector.tick for vector in vectors),
        "potentials": tuple(v for vector in vectors for v in vector.potentials)}
    scratch.write(path, container.pack(FORMAT, document, tensors))


def load(path: str | os.PathLike[str], *, network: Network) -> tuple[Vector, ...]:
    """Read the vectors of ``network`` at ``path``.

    Raises
    ------
    ArtefactError
        The file is damaged or mistyped, or belongs to another network.
    OSError
        The file cannot be opened.
    """
    with container.refusal(path):
        document, tensors = container.unpack(FORMAT, container.read(path))
        match document, tensors:
            case ({"network": str(digest), "times": list(times), **rest},
                  {"pixels": bytes(), "class_index": tuple(), "tick": tuple(), "potentials": tuple(), **others}
                  ) if not rest and not others:
                if digest != network_digest(network):
                    raise ArtefactError(f"vectors must be of network {network_digest(network)}, not {digest!r:.66}")
                return _vectors(times, tensors, network)
        raise ArtefactError("vectors must have network, times, pixels, class_index, tick and potentials")


def _vectors(times: list[Any], tensors: dict[str, Any], network: Network) -> tuple[Vector, ...]:
    count = integer("number of vectors", len(times), 1, MAX_VECTORS)
    size = math.prod(network.input_shape)
    extents = {"pixels": size, "class_index": 1, "tick": 1, "potentials": network.classes}
    for name, extent in extents.items():
        integer(f"length of {name}", len(tensors[name]), count * extent, count * extent)
    if not all(isinstance(each, list) for each in times):
        raise TypeError(f"times must be one list of digests a vector, not {times!r:.60}")
    vectors = tuple(
        Vector(pixels=tensors["pixels"][i * size:][:size], class_index=tensors["class_index"][i],
               tick=tensors["tick"][i], potentials=tensors["potentials"][i * network.classes:][:network.classes],
               times=tuple(times[i]))
        for i in range(count))
    for vector in vectors:
        _check(vector, network)
    return vectors


def _check(vector: Vector, network: Network) -> None:
    last = network.synaptic[-1]
    integer("class_index", vector.class_index, 0, network.classes - 1)
    integer("tick", vector.tick, 0, network.steps)
    integers("potentials", vector.potentials, *last.neurons.potential_range(network.input_bounds[-1], network.steps))
    if len(vector.pixels) != math.prod(network.input_shape) or len(vector.potentials) != network.classes:
        raise ValueError(f"vector must have {math.prod(network.input_shape)} pixels and {network.classes} potentials, "
                         f"not {len(vector.pixels)} and {len(vector.potentials)}")
    if len(vector.times) != len(network.layers) + 1 or not all(_is_digest(text) for text in vector.times):
        raise ValueError(f"vector must have {len(network.layers) + 1} digests of spike times, not {vector.times!r:.60}")


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 64 and not set(text) - set("0123456789abcdef")
