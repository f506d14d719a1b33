"""Files and folders given as a network that are none: one line that says what it is, what is expected, and a remedy."""

import os
import re

import pytest
from PIL import Image

from quant.files import zoo
from tests.helpers.image_sets import write_tree
from tests.helpers.refusals import refusal

VERBS = {
    "simulate": ["--network", "FILE"], "noise": ["--network", "FILE"], "convert": ["--network", "FILE"],
    "explore": ["--board", "icebreaker", "--network", "FILE"],
    "estimate": ["--board", "icebreaker", "--network", "FILE"],
    "build": ["--board", "icebreaker", "--network", "FILE"],
    "emit": ["--fold", "1,1,1", "--out", "o", "--network", "FILE"],
    "vectors": ["--network", "FILE"], "verify": ["--fold", "1,1,1", "--network", "FILE"], "report": ["FILE"],
    "infer": ["--simulate", "--network", "FILE"], "levels": ["--network", "FILE"],
    "netlist": ["--family", "ice40", "--network", "FILE"], "flash": ["--board", "icebreaker", "--network", "FILE"]}


@pytest.fixture
def wrong(tmp_path, monkeypatch):
    """A folder of files that are no network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("# A network\n\nIts file is elsewhere.\n")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    Image.new("L", (28, 28)).save(tmp_path / "seven.png")
    (tmp_path / "model.pt").write_bytes(b"PK\3\4 and so on")
    (tmp_path / "cut.safetensors").write_bytes(zoo.path("mnist-up5k").read_bytes()[:500])
    write_tree(tmp_path / "runs", {"a": 1})
    os.symlink("runs", tmp_path / "link")
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_a_text_as_a_network(wrong, capsys, verb):
    error = refusal(capsys, verb, *(("README.md" if word == "FILE" else word) for word in VERBS[verb]))
    assert error == ("binspike: README.md: file must be a binspike network, NAME.safetensors as binspike writes it, "
                     "not a text; give such a file\n")


@pytest.mark.parametrize(("name", "message"), [
    ("empty.safetensors", "empty.safetensors: file must be a binspike network, .*, not an empty file; give such"),
    ("seven.png", "seven.png: file must be a binspike network, .*, not a PNG picture; give such"),
    ("model.pt", r"model.pt: file must be a binspike network, .*, not a ZIP archive \(or a file of PyTorch\); give"),
    ("cut.safetensors", r"cut.safetensors: header must have at most \d+ bytes, not \d+"),
    ("runs", "network must be a file, not the folder 'runs'; give the NAME.safetensors in it"),
    ("link", "network must be a file, not the folder 'link'; give the NAME.safetensors in it"),
    ("nothing", "network must be a file or one of .*, nmnist-rate, not 'nothing'")])
def test_what_is_no_network(wrong, capsys, name, message):

    assert re.match(f"binspike: {message}", refusal(capsys, "simulate", "--network", name))


def test_a_netlist_needs_test_vectors(wrong, capsys):
    (wrong / "mine.safetensors").write_bytes(zoo.path("mnist-up5k").read_bytes())
    error = refusal(capsys, "netlist", "--network", "mine.safetensors", "--fold", "3,25,1 2,12,7 1,2,1")
    assert error == ("binspike: network must have test vectors, mine.vectors.safetensors; binspike vectors --network "
                     "mine.safetensors writes them\n")


def test_test_vectors_as_a_network(capsys):
    error = refusal(capsys, "simulate", "--network", zoo.vectors_path("mnist-up5k"))
    assert error.endswith("format must be 'binspike network', not 'binspike vectors'\n")
