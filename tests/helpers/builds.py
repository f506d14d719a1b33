"""Tiny network and its build, for tests of bitstreams and of the commands that make them; families with tools here."""

import os
from pathlib import Path

import pytest

from hw import clock
from hw.bitstream import boards, toolchain
from hw.build import Job
from hw.families import FAMILIES
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded, text
from quant.files import artefact
from quant.files.artefact import Provenance

NETWORK = Network(input_shape=(1, 2, 3), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 6, [-1] * 6, [1, -1] * 3], neurons=SingleSpike(threshold=(3, 3, 2)))))
FOLD = text(folded(NETWORK))
# For a tool in other surroundings: where its compiled form is, which takes minutes to make
COMPILED = {"YOWASP_CACHE_DIR": os.environ.get("YOWASP_CACHE_DIR", str(Path.home() / ".cache" / "YoWASP"))}


def save(path):
    artefact.save(NETWORK, path, provenance=Provenance(data_set="MNIST", split="test", images=100, correct=91))
    return path


@pytest.fixture
def network(tmp_path):
    return save(tmp_path / "tiny.safetensors")


def job(network, board="icebreaker", **options):
    options.setdefault("clock", clock.oscillator(boards.board(board)))
    return Job(name="tiny", source=artefact.load(network), board=board, folding=folded(NETWORK), **options)


def needs(family):
    """Mark of a test that runs the tools of a family."""
    extra = next((tool.extra for tool in family.tools if tool.extra), "")
    return pytest.mark.skipif(not toolchain.installed(family), reason=f"{family.name}: pip install binspike[{extra}]")


def every(mark=lambda family: ()):
    """A parameter for each family, with the marks that ``mark`` gives it."""
    return [pytest.param(family, id=name, marks=(needs(family), *mark(family))) for name, family in FAMILIES.items()]
