"""Damaged and forged batches, pickles, archives and pictures: each is refused in one clear line, or read."""

import gzip
import io
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from image_sets import of_text, parse, text
from image_sets.archive import members
from image_sets.cifar import Cifar
from image_sets.cifar_100 import Cifar100
from image_sets.cifar_python import CifarPython
from image_sets.pickled import load
from image_sets.pictures import FORMATS, picture
from tests.helpers.damage import REFUSED, altered, cases, damaged, judged
from tests.helpers.image_sets import noise, python2_pickle, records, tree_members, write_archive

LABELS, ROWS = records(2)
BATCHES = {"as published": python2_pickle(LABELS, ROWS),
           "of today": pickle.dumps({"labels": LABELS.tolist(), "data": ROWS}, 4)}
TREE = {"kind": "tree", "path": "x", "size": [8, 9], "colour": "rgb", "invert": True, "test": 0.3, "seed": 3}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged") / "file"


@pytest.mark.parametrize("form", BATCHES)
def test_damaged_pickles(form):
    """The pixels make up most of a file; damage is drawn for what is around them."""
    pixels = BATCHES[form].rindex(ROWS.tobytes()[:64]) if form == "of today" else BATCHES[form].index(ROWS.tobytes())
    data_set = CifarPython(path="x")

    @cases(0.05)
    @given(damaged(BATCHES[form][:pixels] + BATCHES[form][pixels + ROWS.size:]))
    def attempt(data):
        found = judged("pickle", lambda: data_set.batch(data[:pixels] + ROWS.tobytes() + data[pixels:]))
        if found is not REFUSED:
            assert found.pixels.shape[1:] == (3, 32, 32)
            assert found.labels.max() < 10
    attempt()


SPIKE_CODINGS = b"(.012JKMNRsuaebcghijlopqrtTUX)]}\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x93\x94"
PIECES = [b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"c_codecs\nencode\n", b"cos\nsystem\n",
          b"U\2u1", b"q\1", b"h\1", b"r\xff\xff\xff\xff", b"(K\1K\2t", b"]q\0", b"h\0h\0"]


def test_pickles_of_random_operations():
    @cases(0.1)
    @given(st.lists(st.one_of(st.sampled_from(SPIKE_CODINGS).map(lambda code: bytes([code])), st.binary(max_size=3),
                              st.sampled_from(PIECES)), max_size=40).map(b"".join))
    def attempt(data):
        judged("pickle", lambda: load(b"\x80\2" + data + b"."))
    attempt()


def test_damaged_archives(place):
    write_archive(place, tree_members(2, 1))

    @cases(0.05)
    @given(damaged(place.read_bytes()))
    def attempt(data):
        place.write_bytes(data)
        judged("archive", lambda: list(members(place, 2**20)))
    attempt()


def test_damaged_members(place):
    """The damage is in the tar, below a compression that is whole."""
    write_archive(place, tree_members(2, 1), "w")
    plain = place.read_bytes()

    @cases(0.05)
    @given(damaged(plain))
    def attempt(data):
        place.write_bytes(gzip.compress(data, 1))
        judged("archive", lambda: list(members(place, 2**20)))
    attempt()


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_pictures(place, kind):
    whole, entries = io.BytesIO(), Image.Exif()
    entries[ExifTags.Base.Orientation] = 6
    Image.fromarray(noise(9, 9, 3)).save(whole, kind.upper(), exif=entries)

    @cases(0.02)
    @given(damaged(whole.getvalue()))
    def attempt(data):
        place.write_bytes(data)
        found = judged("picture", lambda: picture(place, 3, (5, 4)))
        assert found is REFUSED or found.pixels.shape == (3, 5, 4)
    attempt()


@pytest.mark.parametrize("data_set", [Cifar(path="x"), Cifar100(path="x"), Cifar100(path="x", labels="coarse")])
def test_damaged_binary_batches(data_set):
    labels = np.stack([LABELS] * (1 if isinstance(data_set, Cifar) else 2), 1)
    valid = np.concatenate([labels, ROWS], 1).tobytes()

    @cases(0.05)
    @given(damaged(valid))
    def attempt(data):
        judged("batch", lambda: data_set.batch(data))
    attempt()


def test_forged_tables():
    @cases(0.1)
    @given(altered(TREE))
    def attempt(table):
        found = judged("data set", lambda: parse(table), refusals=(TypeError, ValueError))
        assert found is REFUSED or parse(table) == of_text(text(found))
    attempt()


def test_forged_lines():
    @cases(0.05)
    @given(damaged(json.dumps(TREE).encode()).map(lambda data: data.decode("latin1")))
    def attempt(line):
        judged("data set", lambda: of_text(line), refusals=(TypeError, ValueError))
    attempt()
