"""What a host writes into a core behind a bus that takes another network of the same shape."""

import hashlib

from .dataflow.chain import chain
from .dataflow.memories import Memory, memories
from .description.network import Network
from .files.artefact import network_digest
from .serial_link.reload import folding_of, stream

WORD_BYTES = 4


def digest_memory(digest: str) -> Memory:
    """Memory of the registers that hold the digest of a network, 64 hexadecimal digits."""
    return Memory(8 * WORD_BYTES, tuple(int(digest[at:at + 8], 16) for at in range(0, 64, 8)))


def layout_word(layout: bytes) -> int:
    """Number that begins a load into a core of this layout: the first 4 bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(layout).digest()[:WORD_BYTES], "big")


def load(layout: bytes, network: Network) -> bytes:
    """Words of a load of ``network`` into a core of a layout, as of `quant.serial_link.reload.layout`; little endian.

    The first is that of the layout. Digest, memories of the core and CRC follow, zeros up to a whole word, and a word
    of zeros: once it is taken, the core has compared the CRC.

    Raises
    ------
    ValueError
        The core takes no network of this shape.
    """
    folding = folding_of(layout, network, "core")
    data = stream([digest_memory(network_digest(network)), *memories(chain(network, folding)).values()])
    return (layout_word(layout).to_bytes(WORD_BYTES, "little") + data
            + bytes(-len(data) % WORD_BYTES + WORD_BYTES))
