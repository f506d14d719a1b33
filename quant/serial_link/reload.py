"""What a host writes into a board that takes another network of the same shape: the layout, and the bytes of a load."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..dataflow import folding as folds
from ..dataflow.chain import chain
from ..dataflow.folding import Folding
from ..dataflow.memories import Memory, memories
from ..description.network import Network
from ..files import container
from ..files.artefact import network_digest
from ..files.document import describe
from ..files.vectors import Vector
from .contents import contents, resize_of
from .protocol import CRC_BYTES, LOAD_BLOCK, Identity

LOADED = ("weights", "threshold", "amount")  # tensors of a network that a load replaces
DIGEST_BYTES = 32


def shape_digest(network: Network) -> str:
    """SHA-256, in hexadecimal, of all of a network but its weights and thresholds; their numbers are in it."""
    document, tensors = describe(network)
    return container.digest(document, {path: tensor for path, tensor in tensors.items()
                                       if path.rpartition(".")[2] not in LOADED})


def layout(network: Network, folding: Folding) -> bytes:
    """What a board that can be loaded says behind its identity: digest of the shape, then the folding as text."""
    return bytes.fromhex(shape_digest(network)) + folds.text(folding).encode("ascii")


def folding_of(layout: bytes, network: Network, holder: str = "board") -> Folding:
    """Folding in the layout of a board or core, ``holder``, which takes ``network``.

    Raises
    ------
    ValueError
        It takes no other network, or none of this shape.
    """
    if not layout:
        raise ValueError("the board's bitstream takes no other network; build it with --reload")
    if layout[:DIGEST_BYTES].hex() != shape_digest(network):
        raise ValueError(f"network must be that of the {holder} in all but weights and thresholds (input, layers, "
                         "ticks, kernels, biases, readout, class names); make a design of this one with --reload")
    return folds.check(network, folds.parse(layout[DIGEST_BYTES:].decode("ascii")))


def stream(memories: Iterable[Memory]) -> bytes:
    """All bytes of a load: the content of each memory in turn, then their CRC-32."""
    content = b"".join(memory.content for memory in memories)
    return content + zlib.crc32(content).to_bytes(CRC_BYTES, "little")


def load(identity: Identity, network: Network, vectors: Sequence[Vector]) -> bytes:
    """All bytes of a load of ``network``, with its digest and test vectors, into the board of this identity.

    Raises
    ------
    ValueError
        The board takes no other network, or none of this shape; or there are fewer test vectors than it stores.
    """
    folding = folding_of(identity.layout, network)
    held = contents(network, folding, digest=network_digest(network), vectors=vectors[:identity.vectors],
                    clock_hz=identity.clock_hz, baud=identity.baud, made_by=identity.made_by,
                    cycles_per_image=identity.initiation_interval, layout=identity.layout,
                    resize=resize_of(identity, network))
    if held.identity.vectors != identity.vectors:
        raise ValueError(f"network must have {identity.vectors} test vectors, as many as the board stores, not "
                         f"{held.identity.vectors}; binspike vectors writes them")
    if replace(held.identity, digest=identity.digest) != identity:
        raise ValueError("the board's bitstream is of another version of binspike; build and flash it again")
    return stream([*held.memories, *memories(chain(network, folding)).values()])


def blocks(data: bytes, capacity: int) -> list[bytes]:
    """Payloads of the LOAD requests that carry all bytes of a load, ``capacity`` each, zeros behind the last."""
    return [LOAD_BLOCK.pack(place & 0xFFFF) + data[start:start + capacity].ljust(capacity, b"\0")
            for place, start in enumerate(range(0, len(data), capacity))]
