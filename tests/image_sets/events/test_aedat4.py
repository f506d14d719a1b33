"""AEDAT 4; dv.aedat4 was written by dv-processing 2.0.4: a sensor of 40 x 30, two packets, compressed by ZSTD."""

import importlib.util
import random
import struct
from pathlib import Path

import pytest

from image_sets.events import aedat4
from image_sets.events.formats import recording
from tests.helpers.refusals import refused
from tests.image_sets.events.test_formats import told

CONTENT = Path(__file__).with_name("dv.aedat4").read_bytes()
HEADER = struct.calcsize("<14si") + struct.unpack("<i", CONTENT[14:18])[0]  # packets come behind it
decoding = pytest.mark.skipif(importlib.util.find_spec("aedat") is None, reason="aedat is not installed")


@decoding
@pytest.mark.parametrize("name", ["eye.aedat4", "eye.aedat"])
def test_a_file_of_dv(name):
    found = recording(name, CONTENT)
    assert told(found) == [(1, 2, 1, 0), (39, 29, 0, 10), (0, 5, 1, 10), (7, 0, 0, 70_000)]
    assert found.sensor == (30, 40)


def test_the_package_is_asked_for(monkeypatch):
    monkeypatch.setattr(aedat4, "find_spec", lambda name: None)
    with refused(r"AEDAT 4 file needs the package aedat: pip install 'binspike\[aedat\]'$"):
        recording("eye.aedat4", CONTENT)


@decoding
@pytest.mark.parametrize(("content", "message"), [
    (CONTENT[:HEADER], "must be whole, and of one event camera, but: failed to fill whole buffer$"),
    (CONTENT[:14], "must be whole, and of one event camera, but: failed to fill whole buffer$"),
    (CONTENT.replace(b"type", b"tipe"), "must be whole, and of one event camera, but: ")])
def test_bad_files_are_refused_in_one_line(content, message):
    with refused(message):
        recording("eye.aedat4", content)


@decoding
def test_a_decoder_that_aborts_is_a_damaged_file(monkeypatch, tmp_path):
    (tmp_path / "aborts.py").write_text("import os\nos.abort()\n")
    monkeypatch.setattr(aedat4, "__file__", str(tmp_path / "aborts.py"))
    with refused("AEDAT 4 file must be whole, and of one event camera, but: it is damaged$"):
        recording("eye.aedat4", CONTENT)


def damaged(seed):
    chance, content = random.Random(seed), bytearray(CONTENT)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(content))
        content[at:at + chance.choice((1, 4))] = chance.choice((b"", b"\0", b"\xff\xff\xff\x7f", chance.randbytes(5)))
    return bytes(content)


@decoding
@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 100), marks=pytest.mark.long)])
def test_damaged_files_are_read_or_refused(seeds):
    for seed in seeds:
        try:
            said, found = "", recording("eye.aedat4", damaged(seed))
        except ValueError as error:
            said, found = str(error), None
        assert "\n" not in said
        assert found is None or len(found.time)
