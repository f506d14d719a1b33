"""Files that were damaged, forged or exchanged: each is refused in one clear line, or is as good as a valid one."""

import gzip
import json
import math
import os
import random
import socket
import struct
import threading
import zlib
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitstreams import demo
from hw.bitstream import folder
from quant.files import artefact, idx, samples, vectors
from quant.files.artefact import Provenance
from quant.files.container import ArtefactError, unpack
from sim.vectors import vectors as predicted
from tests.helpers import damage
from tests.helpers.damage import REFUSED, altered, cases, damaged, framed, judged, opened, tensors_altered, toml
from tests.helpers.networks import small
from tests.helpers.training.recipes import CONV, DENSE, SCHEDULE, tiny
from train_binary import recipe
from train_binary.run import checkpoint
from train_binary.run.trainer import Trainer

PIXELS = np.random.default_rng(1).integers(0, 256, (2, 2, 8, 8), np.uint8)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged") / "file"


def valid_of(save, path):
    save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Bytes of a valid file, its reader and its writer, by kind."""
    path, network, trainer = tmp_path_factory.mktemp("valid") / "file", small(), Trainer(tiny())
    provenance = Provenance(data_set="MNIST", split="test", images=100, correct=91, seed=1, recipe="r", method="m")
    few = samples.Samples(data_set="MNIST", split="test", shape=(1, 4, 5), pixels=bytes(range(60)), labels=b"\0\1\2")
    header = struct.pack(">BBBB3I", 0, 0, 8, 3, 3, 4, 5)

    def resumed(path):
        other = Trainer(tiny())
        return checkpoint.restore(path, other.recipe, other.model, other.optimiser, other.generator), other

    def kept(path, found):
        epoch, other = found
        checkpoint.save(path, other.recipe, epoch, other.model, other.optimiser, other.generator)

    def idx_again(path, found):
        shape, content = found
        path.write_bytes(struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + content)
    found = {
        "artefact": (partial(artefact.save, network, provenance=provenance), artefact.load,
                     lambda path, found: artefact.save(found.network, path, provenance=found.provenance)),
        "vectors": (partial(vectors.save, predicted(network, PIXELS), network=network),
                    partial(vectors.load, network=network),
                    lambda path, found: vectors.save(found, path, network=network)),
        "samples": (partial(samples.save, few), samples.load, lambda path, found: samples.save(found, path)),
        "idx": (lambda path: path.write_bytes(header + few.pixels), idx.read_idx, idx_again),
        "gzip": (lambda path: path.write_bytes(gzip.compress(header + few.pixels, mtime=0)), idx.read_idx,
                 idx_again),
        "checkpoint": (lambda path: kept(path, (1, trainer)), resumed, kept),
        "recipe": (lambda path: path.write_text(toml(RECIPE)), recipe.load, lambda path, found: None),
    }
    return {kind: (valid_of(lambda path, save=save: save(path), path), read, write)
            for kind, (save, read, write) in found.items()}


RECIPE = {"name": "tiny", "dataset": "mnist", "steps": 5, "input_shape": [1, 8, 8], "schedule": SCHEDULE,
          "class_names": ["a", "b", "c"], "layers": [CONV | {"psp": {"kind": "ramp", "length": 3}}, DENSE]}


REFUSALS = {**dict.fromkeys(("artefact", "vectors", "samples"), (OSError, ArtefactError)),
            "recipe": (OSError, TypeError, ValueError)}


def read_back(kind, files, path, data):
    """Judge a damaged file; if it is taken, what was read must be written as the same bytes, or read as the same."""
    valid, read, write = files[kind]
    path.write_bytes(data)
    found = judged(kind, lambda: read(path), names=str(path), refusals=REFUSALS.get(kind, (OSError, ValueError)))
    if found is REFUSED:
        return
    again = path.with_name("again")
    write(again, found)
    if kind in ("artefact", "vectors", "checkpoint", "idx"):
        assert again.read_bytes() == (valid if kind == "checkpoint" else data)
    elif kind == "samples":
        assert read(again) == found
    elif kind == "gzip":
        assert again.read_bytes() == gzip.decompress(data)
    else:
        assert hash(found) == hash(read(path))


@pytest.mark.parametrize(("kind", "share"), [
    ("artefact", 0.16), ("vectors", 0.07), ("samples", 0.05), ("idx", 0.05), ("gzip", 0.05), ("checkpoint", 0.04),
    ("recipe", 0.07)])
def test_damaged_bytes(kind, share, files, place):
    @cases(share)
    @given(damaged(files[kind][0]))
    def attempt(data):
        if data != files[kind][0]:
            read_back(kind, files, place, data)
    attempt()


FORMATS = {"artefact": artefact.FORMAT, "vectors": vectors.FORMAT, "samples": samples.FORMAT}


@pytest.mark.parametrize(("kind", "share"), [("artefact", 0.12), ("vectors", 0.05), ("samples", 0.03)])
def test_forged_content_under_its_right_digest(kind, share, files, place):
    document, tensors = unpack(FORMATS[kind], files[kind][0])
    assert damage.container(FORMATS[kind], document, tensors) == files[kind][0]

    @cases(share)
    @given(st.one_of(st.tuples(altered(document), st.just(tensors)),
                     st.tuples(st.just(document), tensors_altered(tensors)),
                     st.tuples(altered(document), tensors_altered(tensors))))
    def attempt(content):
        read_back(kind, files, place, damage.container(FORMATS[kind], *content))
    attempt()


@pytest.mark.parametrize(("kind", "share"), [("artefact", 0.06), ("vectors", 0.02), ("samples", 0.02),
                                             ("checkpoint", 0.03)])
def test_forged_headers(kind, share, files, place):
    header, body = opened(files[kind][0])
    text = header["__metadata__"].pop(next(iter(header["__metadata__"])))
    envelope = json.loads(text)
    key = "training" if kind == "checkpoint" else "binspike"

    @cases(share)
    @given(st.one_of(altered(header | {"__metadata__": {key: text}}),
                     altered(envelope).map(lambda changed: header | {"__metadata__": {key: damage._text(changed)}})),
           st.sampled_from([body, body, body[:-1], body * 2]))
    def attempt(header, body):
        data = framed(header, body)
        if data != files[kind][0]:
            read_back(kind, files, place, data)
    attempt()


@cases(0.06)
@given(altered(RECIPE))
def test_forged_recipes(files, place, document):
    read_back("recipe", files, place, (toml(document) if isinstance(document, dict) else str(document)).encode(
        "utf-8", "surrogatepass"))


@cases(0.04)
@given(extents=st.lists(st.one_of(st.integers(0, 5), st.sampled_from([2**28, 2**31, 2**32 - 1, 4096])), max_size=6),
       axes=st.one_of(st.none(), st.integers(0, 255)), content=st.one_of(st.none(), st.integers(0, 2**12)),
       packed=st.booleans(), copies=st.sampled_from([1, 1, 1, 2, 1000]))
def test_forged_idx(files, place, extents, axes, content, packed, copies):
    data = bytes([0, 0, 8, len(extents) if axes is None else axes]) + struct.pack(f">{len(extents)}I", *extents)
    data += bytes(min(math.prod(extents), 2**20) if content is None else content)
    read_back("gzip" if packed else "idx", files, place, gzip.compress(data) * copies if packed else data)


HUGE = CONV | {"channels": 65536, "size": 4096, "padding": 4095}
BOMBS = {  # files that would take gigabytes, if they were believed
    "artefact": lambda: damage.container(artefact.FORMAT, [[]] * 2**17, {}),
    "samples": lambda: damage.container(samples.FORMAT, {"data_set": "", "split": "", "shape": [1, 2**12, 2**12]}, {
        "labels": b"\0", "pixels": zlib.compress(bytes(2**28))}),
    "gzip": lambda: gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 1, 2, 3) + bytes(2**28)),
    "idx": lambda: struct.pack(">BBBB3I", 0, 0, 8, 3, 2**8, 2**10, 2**10),
    "recipe": lambda: toml(RECIPE | {"layers": [HUGE, DENSE]}).encode(),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs(kind, files, place):
    place.write_bytes(BOMBS[kind]())
    assert judged(kind, lambda: files[kind][1](place), names=str(place)) is REFUSED


def listening(path):
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**42)


STRANGE = {"empty": lambda path: path.touch(), "folder": lambda path: path.mkdir(), "fifo": os.mkfifo,
           "socket": listening, "absent": lambda path: None, "loop": lambda path: path.symlink_to(path.name),
           "endless": lambda path: path.symlink_to("/dev/zero"), "nothing": lambda path: path.symlink_to("/dev/null"),
           "memory": lambda path: path.symlink_to("/proc/self/mem"), "terabytes": sparse,
           "below a file": lambda path: path.parent.touch(), "long name": lambda path: None}
NAMES = {"below a file": "f/x", "long name": "x" * 300}


@pytest.mark.parametrize("kind", ["artefact", "vectors", "samples", "idx", "checkpoint", "recipe"])
@pytest.mark.parametrize("what", STRANGE)
def test_files_that_are_none(kind, what, files, tmp_path):
    path = tmp_path / NAMES.get(what, "file")
    STRANGE[what](path)
    assert judged(kind, lambda: files[kind][1](path), names=path.name,
                  refusals=(OSError, ValueError)) is REFUSED


@pytest.mark.parametrize("kind", ["artefact", "vectors", "samples", "idx", "gzip", "recipe"])
def test_files_that_nobody_may_read(kind, files, place, monkeypatch):
    def forbidden(path, *_):
        raise PermissionError(13, "Permission denied", os.fspath(path))
    monkeypatch.setattr(os, "open", forbidden)
    assert judged(kind, lambda: files[kind][1](place), names=str(place)) is REFUSED


@pytest.mark.parametrize("kind", ["artefact", "vectors", "samples", "idx", "gzip"])
def test_files_that_change_while_they_are_read(kind, files, tmp_path):
    """Only the whole old file is accepted, no part of it."""
    valid, read, _ = files[kind]
    path, stop = tmp_path / "file", threading.Event()
    path.write_bytes(valid)
    whole = read(path)

    def change():
        rng = random.Random(1)
        while not stop.is_set():
            match rng.randrange(3):
                case 0:
                    path.write_bytes(valid)
                case 1 if path.exists():
                    os.truncate(path, rng.randrange(len(valid)))
                case 2:
                    path.unlink(missing_ok=True)
    changing = threading.Thread(target=change)
    changing.start()
    try:
        found = [judged(kind, lambda: read(path), names=str(path)) for _ in range(max(5, damage.CASES // 200))]
    finally:
        stop.set()
        changing.join()
    assert all(each is REFUSED or each == whole for each in found)


@pytest.fixture(scope="module")
def finished_build(tmp_path_factory):
    job = demo.builder.Job.plan(demo.NETWORK, demo.BOARD)
    out = tmp_path_factory.mktemp("build")
    record = {"network_sha256": job.source.digest, "board": job.board, "folding": demo.text(job.folding),
              "seed": job.seed, "baud": job.baud, "clock_mhz": job.clock_hz / 1e6, "protocol": demo.VERSION,
              "bitstream": "top.bin"}
    (out / "top.bin").write_bytes(b"bit")
    folder.write_json(out / "report.json", record)
    folder.write_manifest(out, demo.toolchain.wheels(["yosys", "nextpnr-ice40"]))
    assert demo.finished(job, out) == record
    return job, out, record


@cases(0.06)
@given(st.data())
def test_a_damaged_build_is_built_again(finished_build, data):
    """Manifest and report, damaged or forged; a forged report comes with its right digest."""
    job, out, record = finished_build
    manifest = {"format": "binspike build", "version": 1, "tools": demo.toolchain.wheels(["yosys", "nextpnr-ice40"]),
                "files": {name: folder.sha256(out / name) for name in ("report.json", "top.bin")}}
    kept = {name: (out / name).read_bytes() for name in ("manifest.json", "report.json")}
    name = data.draw(st.sampled_from(sorted(kept)))
    forged = data.draw(st.one_of(damaged(kept[name]), altered(manifest if name == "manifest.json" else record).map(
        lambda content: damage._text(content).encode())))
    try:
        (out / name).write_bytes(forged)
        if name == "report.json":
            manifest["files"][name] = folder.sha256(out / name)
            folder.write_json(out / "manifest.json", manifest)
        damage.tally["build", "made"] += 1
        with damage.bounded():
            found = demo.finished(job, out)
        damage.tally["build", "refused" if found is None else "accepted"] += 1
        if found is not None:
            asked = {key: record[key] for key in record if key != "bitstream"}
            assert asked.items() <= found.items()
        judged("manifest", lambda: folder.manifest(out), names=str(out))
    finally:
        for name, content in kept.items():
            (out / name).write_bytes(content)
