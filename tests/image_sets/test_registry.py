import gzip
import re

import pytest

from image_sets import KINDS, KNOWN, of_text, parse, text
from image_sets.known import digest
from image_sets.tree import Tree
from quant.files.artefact import Artefact, Provenance
from sim.data import images
from tests.helpers.builds import NETWORK
from tests.helpers.image_sets import write_binary, write_python, write_tree
from tests.helpers.training.recipes import write_data_set
from verify.images import choose


def test_every_known_data_set_is_found_by_its_name():
    assert sorted(KNOWN) == ["cifar-10", "cifar-100", "cifar-100-coarse", "fashion-mnist", "mnist"]
    for name, known in KNOWN.items():
        assert parse(name) is parse(name.upper()) is of_text(text(known)) is parse(known) is known


def test_a_table_makes_a_data_set_of_its_kind():
    found = parse({"kind": "tree", "path": "a/b", "size": [8, 9], "colour": "rgb", "seed": 3, "test": 0.25})
    assert found == Tree(path="a/b", size=(8, 9), colour="rgb", seed=3, test=0.25)
    assert found.title == "b"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_down_is_the_same_again(kind):
    found = parse({"kind": kind, "path": "x"})
    assert type(found) is KINDS[kind]
    assert of_text(text(found)) == found
    assert text(found).isprintable()


@pytest.mark.parametrize(("value", "message"), [
    ("imagenet", f"dataset must be one of {', '.join(KNOWN)}, not 'imagenet'"),
    ({"kind": "zip"}, "dataset kind must be one of idx, cifar, .*, events, saccades, tree, archive, not 'zip'"),
    ({"path": "x"}, "dataset kind must be one of .*, not None"), ({"kind": "idx"}, "dataset must have the key 'path'"),
    ({"kind": "idx", "path": "x", "size": 3}, "dataset key of kind idx must be one of path, not 'size'"),
    (3, "dataset must be a name or a table, not such a int"),
    ({"kind": "cifar-100", "path": "x", "labels": "all"}, "labels must be one of coarse, fine, not 'all'"),
    ({"kind": "idx", "path": 3}, "path must be a text, not 3")])
def test_wrong_descriptions(value, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}$"):
        parse(value)


@pytest.mark.parametrize("line", ["{", "{}x", '{"kind": ' + "[" * 100_000, '{"kind":"tree","path":"' + "x" * 9000])
def test_wrong_lines(line):
    with pytest.raises(ValueError, match="^dataset must be a name or a table as JSON, not "):
        of_text(line)


def test_cifar_10_is_taken_in_either_version(tmp_path):
    write_python(tmp_path / "cifar-10-batches-py", 2)
    assert len(images(tmp_path, "CIFAR-10", "train")[0]) == 10
    write_binary(tmp_path / "cifar-10-batches-bin", 3)
    assert images(tmp_path, "cifar-10", "train")[0].shape == (15, 3, 32, 32)


def test_the_golden_models_take_a_tree(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 5, "b": 5})
    pixels, labels = images(tmp_path, text(Tree(path="zoo", size=(8, 8))), "train")
    assert (pixels.shape, sorted(labels)) == ((8, 1, 8, 8), [0] * 4 + [1] * 4)


def test_a_proof_takes_the_tree_that_a_network_was_measured_on(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 5, "b": 5}, size=NETWORK.input_shape[1:])
    provenance = Provenance(data_set="zoo", split="test", images=2, correct=1, source=text(Tree(path="zoo")))
    found = choose(Artefact(NETWORK, provenance, ""), None, tmp_path)
    assert (found.source, found.pixels.shape, found.whole) == ("zoo test", (2, 1, 2, 3), True)


def test_a_label_of_no_class_is_named(tmp_path):
    folder = write_data_set(tmp_path)
    header = bytes([0, 0, 8, 1, 0, 0, 0, 48])
    (folder / "mnist" / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(header + bytes(46) + b"\x0a\0"))
    message = f"{folder}/mnist: labels must be in 0..9, not 10 as of image 46"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        images(folder, "mnist", "train")


def test_a_digest_is_of_the_content(tmp_path):
    plain, packed, tar = tmp_path / "a", tmp_path / "b.gz", tmp_path / "c.tar.gz"
    plain.write_bytes(b"abc")
    packed.write_bytes(gzip.compress(b"abc"))
    tar.write_bytes(gzip.compress(b"abc"))
    assert digest(plain) == digest(packed) == (
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")  # FIPS 180
    assert digest(packed, "md5:") == "md5:900150983cd24fb0d6963f7d28e17f72"  # RFC 1321
    assert digest(tar) != digest(plain)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-8] + bytes(8), lambda data: data[:12]])
def test_a_damaged_file_has_no_digest(tmp_path, damage):
    (tmp_path / "a.gz").write_bytes(damage(gzip.compress(b"abc" * 99)))
    assert digest(tmp_path / "a.gz") == "damaged"
