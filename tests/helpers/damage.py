"""Damaged and forged files and texts: Hypothesis strategies that make them, and a judge of how they are read."""

import copy
import hashlib
import json
import os
import struct
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("DAMAGED_CASES", "500"))  # in all; `make damaged` makes 10,000
SECONDS = 5  # of the processor that a case may take; nearly all take some milliseconds
WAITING = 600  # seconds that may pass on a machine that is busy with other things
MEMORY = 2**26  # that it may take at once
LINE = 2000
REFUSED = object()
tally: Counter[tuple[str, str]] = Counter()

LENGTHS = st.one_of(st.integers(0, 2**12), st.sampled_from([
    2**20, 2**20 + 1, 2**26, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1]))
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from([
    "", "\n", "\0", "\x1b[31m", "../../x", "é\u202e", "\ud800", "x" * 5000, "NaN", "@deep"]))
NUMBERS = st.one_of(st.integers(-3, 300), st.sampled_from([
    2**31 - 1, 2**31, -2**31 - 1, 2**63, 2**64, -1, 10**4000, 0.5, -0.0, 1e308, float("inf"), float("nan")]))
ANYTHING = st.recursive(st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
                        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
                        max_leaves=6)


def cases(share: float) -> settings:
    """Settings that make this share of all cases; the same ones in every run."""
    return settings(max_examples=max(1, round(share * CASES)), deadline=None, derandomize=True, database=None,
                    suppress_health_check=list(HealthCheck))


@contextmanager
def bounded():
    """Hold what is done to the bounds of time and memory."""
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    before, begin, worked = tracemalloc.get_traced_memory()[0], time.monotonic(), time.process_time()
    tracemalloc.reset_peak()
    try:
        yield
    finally:
        passed, worked = time.monotonic() - begin, time.process_time() - worked
        peak = tracemalloc.get_traced_memory()[1] - before
        if not tracing:
            tracemalloc.stop()
        assert worked < SECONDS
        assert passed < WAITING
        assert peak < MEMORY


def clear(line: str, *, names: str = "") -> None:
    """Hold a refusal to one line that can be read and names the file."""
    assert line.strip()
    assert "\n" not in line
    assert len(line) < LINE + 100
    assert names in line
    assert not line.endswith(("not iterable", "not subscriptable", "has no attribute"))


def judged(kind: str, read: Callable[[], object], *, names: str = "", refusals=(OSError, ValueError)):
    """Result of ``read``, or `REFUSED` if it raises one of ``refusals`` with a clear line; all else is a failure."""
    tally[kind, "made"] += 1
    try:
        with bounded():
            value = read()
    except refusals as error:
        clear(str(error), names=names)
        tally[kind, "refused"] += 1
        return REFUSED
    tally[kind, "accepted"] += 1
    return value


@st.composite
def damaged(draw, valid: bytes) -> bytes:
    """A file of bytes that was cut, prolonged, overwritten, or had bits flipped; or noise. Never ``valid`` itself."""
    data = bytearray(valid)
    header = 8 + int.from_bytes(valid[:8], "little")
    place = st.one_of(st.integers(0, 16), st.integers(0, header), st.integers(0, len(data))).map(
        lambda at: min(at, len(data) - 1))
    match draw(st.sampled_from(["noise", *["cut"] * 2, "longer", *["bits"] * 3, "over", "length", "take", "twice"])):
        case "noise":
            return draw(st.binary(max_size=300))
        case "cut":
            return bytes(data[:draw(place)])
        case "longer":
            return bytes(data) + draw(st.one_of(st.binary(min_size=1, max_size=40), st.just(bytes(data))))
        case "bits":
            for _ in range(draw(st.integers(1, 3))):
                data[draw(place)] ^= 1 << draw(st.integers(0, 7))
        case "over":
            at, new = draw(place), draw(st.one_of(st.binary(min_size=1, max_size=30), LENGTHS.map(
                lambda n: struct.pack("<Q", n)), st.sampled_from([b"\0" * 8, b"\xff" * 8, b'"', b"[[[[", b"NaN"])))
            data[at:at + len(new)] = new
        case "length":
            data[:8] = struct.pack("<Q", draw(LENGTHS))
        case "take":
            at = draw(place)
            del data[at:at + draw(st.integers(1, 40))]
        case "twice":
            at = draw(place)
            data[at:at] = data[at:at + draw(st.integers(1, 40))]
    return bytes(data)


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from _paths(part, (*path, key))


@st.composite
def altered(draw, document):
    """A copy of a JSON document in which values, keys or whole parts were replaced, removed, added or exchanged."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        *path, last = draw(st.sampled_from([path for path in _paths(document) if path] or [(None,)]))
        if last is None:
            return draw(ANYTHING)
        owner = document
        for key in path:
            owner = owner[key]
        match draw(st.sampled_from(["replace", "replace", "replace", "remove", "add", "swap", "nudge"])):
            case "replace":
                owner[last] = draw(ANYTHING)
            case "remove":
                del owner[last]
            case "add" if isinstance(owner, dict):
                owner[draw(TEXTS)] = draw(ANYTHING)
            case "add":
                owner.insert(last, draw(ANYTHING))
            case "swap":
                other = draw(st.sampled_from(list(owner if isinstance(owner, dict) else range(len(owner)))))
                owner[last], owner[other] = owner[other], owner[last]
            case "nudge" if isinstance(owner[last], int) and not isinstance(owner[last], bool):
                owner[last] += draw(st.sampled_from([-1, 1, -owner[last], owner[last]]))
            case _:
                owner[last] = [owner[last]]
    return document


def _text(value) -> str:
    """JSON as the project writes it, but of any document: also of one with NaN, or nested as deeply as text can be."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return text.replace('"@deep"', "[" * 50_000 + "]" * 50_000)


def container(format: str, document, tensors, *, version=1, extra=None) -> bytes:
    """A container file whose digest is right, written without the code under test."""
    encoded = {name: ("U8", data) if isinstance(data, bytes) else ("I32", struct.pack(f"<{len(data)}i", *data))
               for name, data in tensors.items()}
    content = hashlib.sha256(_text(document).encode())
    for name, (dtype, data) in sorted(encoded.items()):
        content.update(_text([name, dtype, len(data)]).encode() + data)
    envelope = {"format": format, "version": version, "content": document, "sha256": content.hexdigest()}
    header, body = {"__metadata__": {"binspike": _text(envelope | (extra or {}))}}, b""
    for name, (dtype, data) in sorted(encoded.items(), key=lambda item: (item[1][0] == "U8", item[0])):
        count = len(data) // (1 if dtype == "U8" else 4)
        header[name] = {"dtype": dtype, "shape": [count], "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    return framed(header, body)


def framed(header, body: bytes) -> bytes:
    """A safetensors file of a header, which may be anything, and a body."""
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def opened(data: bytes):
    """Header and body of a valid safetensors file."""
    length = struct.unpack_from("<Q", data)[0]
    return json.loads(data[8:8 + length]), data[8 + length:]


@st.composite
def tensors_altered(draw, tensors):
    """Tensors of which some were removed, added, made longer or shorter, of another type, or have other values."""
    tensors = dict(tensors)
    name = draw(st.sampled_from(sorted(tensors)))
    values = st.lists(st.one_of(st.integers(-3, 3), st.sampled_from([-2**31, 2**31 - 1])), max_size=40).map(tuple)
    new = draw(st.one_of(st.none(), st.binary(max_size=60), values, st.just(tensors[name][:-1]),
                         st.just(tensors[name] * 2)))
    if isinstance(tensors[name], bytes) and tensors[name] and draw(st.booleans()):
        flipped = bytearray(tensors[name])
        flipped[draw(st.integers(0, len(flipped) - 1))] ^= 1 << draw(st.integers(0, 7))
        new = bytes(flipped)
    if new is None:
        del tensors[name]
    else:
        tensors[draw(st.sampled_from([name] * 4 + ["layers.9.weights", "x"]))] = new
    return tensors


def toml(value, top=True) -> str:
    """TOML of a document; of what TOML has not, a text that is near."""
    if isinstance(value, dict):
        pairs = [f"{json.dumps(str(key))} = {toml(part, False)}" for key, part in value.items()]
        return "\n".join(pairs) if top else "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(part, False) for part in value) + "]"
    if value == "@deep":
        return "[" * 20_000
    return repr(value) if isinstance(value, float) else json.dumps(value)
