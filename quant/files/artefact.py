"""Network artefact `NAME.safetensors`: a network and its provenance in one canonical file."""

import os
from dataclasses import dataclass

from ..description.network import Network
from . import container, scratch
from .container import ArtefactError
from .document import describe, expect, restore
from .provenance import RECENT, Provenance

__all__ = ["Artefact", "ArtefactError", "Provenance", "load", "network_digest", "save"]
FORMAT = "binspike network"


@dataclass(frozen=True)
class Artefact:
    """Network with its provenance, as loaded from a file.

    Parameters
    ----------
    network : Network
    provenance : Provenance
    digest : str
        SHA-256 of the network alone, as by `network_digest`.
    """

    network: Network
    provenance: Provenance
    digest: str


def network_digest(network: Network) -> str:
    """SHA-256, in hexadecimal, of everything that decides what the network computes, and of its class names."""
    return container.digest(*describe(network))


def save(network: Network, path: str | os.PathLike[str], *, provenance: Provenance) -> str:
    """Write the artefact to ``path``, whole or not at all, and return the digest of the network.

    The same network and provenance give the same bytes.

    Raises
    ------
    ArtefactError
        The network is too large for a file.
    OSError
        The file cannot be written.
    """
    scratch.write(path, _pack(network, provenance))
    return network_digest(network)


def load(path: str | os.PathLike[str]) -> Artefact:
    """Read the artefact at ``path``.

    Raises
    ------
    ArtefactError
        The file is damaged, truncated, oversized, mistyped or not in canonical form; one line says what is wrong.
    OSError
        The file cannot be opened.
    """
    with container.refusal(path):
        data = container.read(path)
        document, tensors = container.unpack(FORMAT, data)
        match document:
            case {"network": described, "provenance": provenance, "digest": str()}:
                known = expect("provenance", provenance, Provenance, RECENT)
                artefact = Artefact(network := restore(described, tensors), Provenance(**known),
                                    network_digest(network))
            case _:
                raise ArtefactError("content must have digest, network and provenance")
        if _pack(artefact.network, artefact.provenance) != data:
            raise ArtefactError("fields must be in canonical form: write the file again with this program")
        return artefact


def _pack(network: Network, provenance: Provenance) -> bytes:
    described, tensors = describe(network)
    document = {"network": described, "provenance": provenance.describe(), "digest": network_digest(network)}
    return container.pack(FORMAT, document, tensors)
