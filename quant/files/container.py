"""File format of every artefact: one JSON document and named integer tensors, as a canonical safetensors file.

The layout is that of safetensors (a 64-bit header length, a JSON header, the tensors), so any safetensors reader opens
the file. It is written and read here, not by that library, because the same content must give the same bytes in every
version of the library, and because a damaged or forged file must be refused before memory is taken for it.
"""

import hashlib
import json
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from .content import START, kind_of

MAX_FILE = 2**26
MAX_HEADER = 2**20
MAX_INTEGERS = 2**20
VERSION = 1
Tensor = bytes | tuple[int, ...]
_KEY = "binspike"
_LENGTH = struct.Struct("<Q")


class ArtefactError(ValueError):
    """A file is not a whole, undamaged, canonical artefact of the kind asked for; or content does not fit in one."""


def canonical(document: Any) -> str:
    """JSON of ``document`` with sorted keys, no spaces and ASCII only: the same document gives the same text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(document: Any, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256, in hexadecimal, of a document and its tensors."""
    content = hashlib.sha256(canonical(document).encode())
    for name, tensor in sorted(tensors.items()):
        dtype, data = _encode(tensor)
        content.update(canonical([name, dtype, len(data)]).encode() + data)
    return content.hexdigest()


def pack(format: str, document: Any, tensors: Mapping[str, Tensor]) -> bytes:
    """Bytes of the one file that holds ``document`` and ``tensors``.

    Parameters
    ----------
    format : str
        Kind of the file; `unpack` refuses any other.
    document : JSON value
        Dictionaries, lists, strings, integers, booleans and None; no floats.
    tensors : name to bytes or tuple of int
        Bytes are stored as U8, integers in +-2**31 as I32; all have one axis.

    Raises
    ------
    ArtefactError
        The content exceeds a limit of the format.
    """
    envelope = {"format": format, "version": VERSION, "content": document, "sha256": digest(document, tensors)}
    header: dict[str, Any] = {"__metadata__": {_KEY: canonical(envelope)}}
    body = bytearray()
    # The order in which the safetensors library writes: widest type first, then by name.
    for name, tensor in sorted(tensors.items(), key=lambda item: (isinstance(item[1], bytes), item[0])):
        dtype, data = _encode(tensor)
        header[name] = {"dtype": dtype, "shape": [len(tensor)], "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    _limit("header", len(text), MAX_HEADER, "bytes")
    _limit("file", _LENGTH.size + len(text) + len(body), MAX_FILE, "bytes")
    _limit("file", sum(len(t) for t in tensors.values() if not isinstance(t, bytes)), MAX_INTEGERS, "integers")
    return _LENGTH.pack(len(text)) + text + body


def unpack(format: str, data: bytes) -> tuple[Any, dict[str, Tensor]]:
    """Document and tensors of the file ``data``, the inverse of `pack`.

    Raises
    ------
    ArtefactError
        ``data`` is not, byte for byte, what `pack` writes for ``format``.
    """
    _limit("file", len(data), MAX_FILE, "bytes")
    length = int.from_bytes(data[:_LENGTH.size], "little")
    if len(data) < _LENGTH.size or length > len(data) and data[_LENGTH.size:_LENGTH.size + 1] != b"{":
        raise ArtefactError(f"file must be a {format}, NAME.safetensors as binspike writes it, not "
                            f"{kind_of(data[:START])}; give such a file")
    _limit("header", length, min(MAX_HEADER, len(data) - _LENGTH.size), "bytes")
    header = _parse(data[_LENGTH.size:_LENGTH.size + length])
    document, expected = _open(format, header.pop("__metadata__", None))
    tensors = _tensors(header, memoryview(data)[_LENGTH.size + length:])
    if digest(document, tensors) != expected:
        raise ArtefactError("content does not match its SHA-256: the file is damaged")
    if pack(format, document, tensors) != data:
        raise ArtefactError("file is not in canonical form: write it again with this program")
    return document, tensors


def read(path: str | os.PathLike[str], limit: int = MAX_FILE) -> bytes:
    """Bytes of the regular file ``path``.

    Raises
    ------
    ArtefactError
        It is no regular file, or has more than ``limit`` bytes; nothing is read then.
    OSError
        It cannot be opened.
    """
    # Opening a FIFO would otherwise wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ArtefactError(f"must be a regular file{', not a folder' * stat.S_ISDIR(status.st_mode)}")
        _limit("file", status.st_size, limit, "bytes")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(status.st_size)
    finally:
        os.close(descriptor)


@contextmanager
def refusal(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the TypeError or ValueError of a field into one line of ArtefactError that names the file."""
    try:
        yield
    except (TypeError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{os.fspath(path)}: {error!s:.300}") from None


def _limit(what: str, value: int, limit: int, unit: str) -> None:
    if value > limit:
        raise ArtefactError(f"{what} must have at most {limit} {unit}, not {value}")


def _encode(tensor: Tensor) -> tuple[str, bytes]:
    if isinstance(tensor, bytes):
        return "U8", tensor
    try:
        return "I32", struct.pack(f"<{len(tensor)}i", *tensor)
    except struct.error:
        raise ArtefactError(f"integers must be in {-2**31}..{2**31 - 1}, not {min(tensor)}..{max(tensor)}") from None


def _parse(text: bytes | str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"header is no valid JSON: {str(error)[:120]}") from None
    if not isinstance(value, dict):
        raise ArtefactError(f"header must be a JSON object, not {value!r:.60}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(unique := dict(pairs)) != len(pairs):
        raise ValueError("a key occurs twice")
    return unique


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"numbers must be integers, not {number:.40}")


def _open(format: str, metadata: Any) -> tuple[Any, str]:
    if not isinstance(metadata, dict) or list(metadata) != [_KEY] or not isinstance(metadata[_KEY], str):
        raise ArtefactError(f"header must hold {_KEY!r} as its only metadata: this is no {format}, but a training's "
                            "checkpoint, or another program's file")
    envelope = _parse(metadata[_KEY])
    if envelope.keys() != {"format", "version", "content", "sha256"}:
        raise ArtefactError(f"metadata must have content, format, sha256 and version, not {sorted(envelope)!r:.80}")
    if envelope["format"] != format:
        raise ArtefactError(f"format must be {format!r}, not {envelope['format']!r:.60}")
    if envelope["version"] != VERSION:
        raise ArtefactError(f"format version must be {VERSION}, not {envelope['version']!r:.20}")
    return envelope["content"], envelope["sha256"]


def _tensors(header: dict[str, Any], body: memoryview) -> dict[str, Tensor]:
    """Tensors that follow each other without gap or overlap: no byte of the file is taken twice."""
    tensors: dict[str, Tensor] = {}
    position = integers = 0
    for name, entry in header.items():
        match entry:
            case {"dtype": "U8" | "I32" as dtype, "data_offsets": [int(start), int(end)], "shape": _}:
                pass
            case _:
                raise ArtefactError(f"tensor {name!r:.60} must have dtype U8 or I32, shape and offsets")
        if not position == start <= end <= len(body) or dtype == "I32" and (end - start) % 4:
            raise ArtefactError(f"tensor {name!r:.60} must lie at {position}..{len(body)}, not {start}..{end!r:.20}")
        data, position = body[start:end], end
        integers += len(data) // 4 if dtype == "I32" else 0
        _limit("file", integers, MAX_INTEGERS, "integers")
        tensors[name] = bytes(data) if dtype == "U8" else struct.unpack(f"<{len(data) // 4}i", data)
    if position != len(body):
        raise ArtefactError(f"tensors must fill the file, but {len(body) - position} bytes follow them")
    return tensors
