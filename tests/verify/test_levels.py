"""The table of levels: what each row counts, and that a difference is seen in it."""

import json
import re
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from binspike import cli
from binspike import levels as command
from hw.accelerator import Accelerator
from quant import Flatten
from quant.dataflow.folding import parse
from quant.files import artefact
from quant.files.provenance import Provenance
from sim.compiled.compiler import SimulationError
from sim.functional import network as functional
from tests.helpers import builds as tiny
from train_binary.model.integer import classify
from verify import builds, levels
from verify.images import Images
from verify.shard import check

COUNT = 6
OTHER = replace(tiny.NETWORK, layers=(Flatten(), replace(tiny.NETWORK.layers[1], weights=-np.ones((3, 6), np.int8))))
NETWORK, FOLDING = tiny.NETWORK, tiny.FOLD


@pytest.fixture(scope="module")
def target():
    return builds.Target("small", artefact.Artefact(NETWORK, Provenance(), ""), parse(FOLDING))


@pytest.fixture(scope="module")
def golden(chosen):
    return functional.run(NETWORK, chosen.pixels)


@pytest.fixture(scope="module")
def chosen():
    rng = np.random.default_rng(1)
    return Images("random", rng.integers(0, 256, (COUNT, *NETWORK.input_shape), np.uint8),
                  rng.integers(0, 3, COUNT, np.uint8), False)


@pytest.fixture(scope="module")
def netlist(target):
    return levels.synthesise(Accelerator(NETWORK, target.folding), "generic")


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(Path(__file__).parents[2] / ".cache"))


@pytest.fixture
def synthesised(netlist, monkeypatch):
    """The netlist is there already."""
    def synthesise(core, family):
        assert (core, family) == ((NETWORK, parse(FOLDING)), "generic")
        return netlist

    monkeypatch.setattr(levels, "Accelerator", lambda *core: core)
    monkeypatch.setattr(levels, "synthesise", synthesise)


def submit(shard):
    future = Future()
    future.set_result(check(shard))
    return future


def changed(outcome, field):
    """One number of the outcome of image 2 is another."""
    values = getattr(outcome, field).copy()
    values[2] += 1
    return replace(outcome, **{field: values})


def right(chosen, golden):
    return int((golden.class_index == chosen.labels).sum())


def test_float_figure_is_that_of_the_training():
    level = levels.trained(Provenance(images=100, correct=97, float_correct=98))
    assert (level.images, level.right, level.equal) == (100, 98, None)


def test_float_figure_of_an_older_file_is_not_recorded():
    level = levels.trained(Provenance(images=100, correct=97))
    assert (level.images, level.right, level.note) == (None, None, "not recorded by this network's training")


def test_pytorch_equals_the_golden_model(chosen, golden):
    level = levels.quantised(NETWORK, chosen, golden, command._classify())
    assert (level.images, level.right, level.equal) == (COUNT, right(chosen, golden), COUNT)


def test_pytorch_in_batches(chosen):
    many = np.concatenate([chosen.pixels] * 20)
    assert [len(part) for part in classify(NETWORK, many)] == [20 * COUNT] * 3


def test_without_torch_the_row_says_so(chosen, golden):
    level = levels.quantised(NETWORK, chosen, golden, None)
    assert (level.images, level.note) == (None, "torch is not installed")


@pytest.mark.parametrize("field", ["class_index", "tick", "potentials"])
def test_one_different_number_is_one_different_image(chosen, golden, field):
    level = levels.quantised(NETWORK, chosen, golden, lambda *_: changed(golden, field))
    assert level.equal == COUNT - 1
    assert level.differs


def test_cycle_model_equals_the_golden_model(target, chosen, golden):
    level = levels.cycle_model(target, chosen, golden)
    assert (level.images, level.right, level.equal) == (COUNT, right(chosen, golden), COUNT)


@pytest.mark.parametrize("field", ["class_index", "potentials"])
def test_cycle_model_that_differs_is_seen(target, chosen, golden, field):
    assert levels.cycle_model(target, chosen, changed(golden, field)).equal == COUNT - 1


def test_cycle_of_a_result_is_compared(target, chosen, golden, monkeypatch):
    def late(*arguments, run_images=levels.run_images, **options):
        due = run_images(*arguments, **options)
        due.borders["readout"][4] += 1
        return due

    monkeypatch.setattr(levels, "run_images", late)
    assert levels.cycle_model(target, chosen, golden).equal == COUNT - 1


@pytest.mark.slow
def test_every_row_is_equal(target, chosen, golden, synthesised):
    rows = list(levels.levels(target, chosen, submit, classify=command._classify(), slow=4, families=["generic"]))
    assert [(row.name, row.images, row.equal) for row in rows] == [
        ("float training", None, None), ("quantised, PyTorch", 6, 6), ("functional golden model", 6, 6),
        ("cycle golden model", 4, 4), ("RTL", 6, 6), ("netlist, generic", 4, 4)]
    assert [row.right for row in rows if row.images == 6] == [right(chosen, golden)] * 3


@pytest.mark.slow
def test_design_of_another_network_differs(target, chosen):
    other = replace(target, source=replace(target.source, network=OTHER))
    level = levels.design("RTL", other, levels.emit(NETWORK, target.folding), chosen, submit)
    assert level.differs
    assert level.note.startswith("image 0: ")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.delenv("BINSPIKE_DATA", raising=False)
    artefact.save(NETWORK, tmp_path / "small.safetensors", provenance=Provenance())
    return ["levels", "--network", str(tmp_path / "small.safetensors"), "--fold", FOLDING]


@pytest.mark.slow
def test_command_prints_the_table(file, synthesised, capsys):
    assert cli.main([*file, "--images", "5", "--slow-images", "3", "--families", "generic"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("small (")
    assert [re.split("  +", line) for line in lines[2:]] == [
        ["level", "images", "right", "equal"],
        ["float training", "-", "-", "-", "-", "not recorded by this network's training"],
        ["quantised, PyTorch", "5", "-", "-", "5"], ["functional golden model", "5", "-", "-", "5"],
        ["cycle golden model", "3", "-", "-", "3"], ["RTL", "5", "-", "-", "5"],
        ["netlist, generic", "3", "-", "-", "3"], [""]]


@pytest.mark.slow
def test_command_tells_what_differs(file, synthesised, monkeypatch, capsys):
    monkeypatch.setattr(command, "_classify", lambda: lambda *a: changed(functional.run(*a), "tick"))
    assert cli.main([*file, "--images", "5", "--slow-images", "3", "--families", "generic", "--json"]) == 1
    captured = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(captured.out)[0]["levels"]}
    assert (rows["quantised, PyTorch"]["equal"], rows["RTL"]["equal"]) == (4, 5)
    assert captured.err.splitlines()[-1] == "binspike: small: 1 of 5 images differ at level quantised, PyTorch"


def test_command_tells_of_a_missing_tool_in_one_line(file, monkeypatch, capsys):
    def missing(*_):
        raise SimulationError("g++ is missing; install it to simulate Verilog")

    monkeypatch.setattr(levels, "design", missing)
    assert cli.main([*file, "--images", "1", "--slow-images", "1"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "binspike: g++ is missing; install it to simulate Verilog"


@pytest.mark.parametrize(("arguments", "message"), [
    (["--families", "ice40,xc7"],
     "family must be one of ice40, ecp5, gowin, arora, arora-v, nexus, gatemate, generic, not 'xc7'"),
    (["--slow-images", "0"], "slow images must be in 1..1000000, not 0")])
def test_wrong_arguments(file, capsys, arguments, message):
    assert cli.main([*file, *arguments]) == 2
    assert capsys.readouterr().err == f"binspike: {message}\n"


def test_folding_is_of_one_network(capsys):
    assert cli.main(["levels", "--fold", "1,1,1"]) == 2
    assert capsys.readouterr().err == "binspike: --fold is of one network; give it by --network\n"
