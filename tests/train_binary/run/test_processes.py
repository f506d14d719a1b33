import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.training.recipes import main, write_data_set

RECIPE = """
name = "tiny"
dataset = "mnist"
steps = 5
input_shape = [1, 8, 8]
seed = 4
schedule = { epochs = 6, batch = 16 }
layers = [{ kind = "conv2d", channels = 4, size = 3, pool = 2 },
          { kind = "conv2d", channels = 9, size = 2, padding = 1 },
          { kind = "dense", channels = 7 }, { kind = "dense", channels = 3 }]
"""
pytestmark = pytest.mark.slow
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a recipe and data."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "tiny.toml").write_text(RECIPE)
    write_data_set(folder / "data")
    return folder


def arguments(place, out):
    return ["--recipe", str(place / "tiny.toml"), "--out", str(place / out), "--data", str(place / "data"), "--json"]


def processes(how, number, given):
    """Exit statuses of `tests.helpers.training.processes`, and what it printed."""
    done = subprocess.run([sys.executable, "-m", "tests.helpers.training.processes", how, str(number), *given],
                          text=True, capture_output=True, env=ENVIRONMENT, cwd=Path(__file__).parents[3], timeout=3000)
    return [int(each) for each in done.stderr.splitlines()[-1].split()], done.stdout


def left(folder):
    """Bytes of what a training leaves, without its times; no other file may be there."""
    assert sorted(each.name for each in folder.iterdir()) == [
        "checkpoint.safetensors", "log.jsonl", "tiny.safetensors", "tiny.vectors.safetensors"]
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    for line in log:
        line.pop("seconds", None)
        line.pop("images_per_second", None)
    return log, *((folder / name).read_bytes() for name in ("checkpoint.safetensors", "tiny.safetensors"))


def test_killed_at_any_moment_it_ends_with_the_same_weights(place):
    statuses, _ = processes("killed", 8, arguments(place, "killed"))
    assert (statuses[0], statuses[-1]) == (0, 0)
    assert set(statuses[1:-1]) <= {-9, 0}  # a training that goes on may end before it is killed
    assert statuses[1:-1].count(-9) > 4
    assert left(place / "killed") == left(place / "killed-unhurt")


@pytest.fixture(scope="module")
def alone(place):
    assert main(arguments(place, "alone")) == 0
    return left(place / "alone")


@pytest.mark.parametrize("number", [2, pytest.param(4, marks=pytest.mark.long)])
def test_processes_that_share_a_training_end_with_the_weights_of_one(place, alone, number):
    statuses, out = processes("together", number, arguments(place, f"together{number}"))
    assert statuses == [0] * number
    assert left(place / f"together{number}") == alone
    assert [json.loads(line).get("epoch") for line in out.splitlines()] == [1, 2, 3, 4, 5, 6, None]


@pytest.mark.long
def test_torchrun(place, alone):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m",
               "binspike", "train", "--no-report"]
    subprocess.run([*command, *arguments(place, "torchrun")], check=True, env=ENVIRONMENT,
                   cwd=Path(__file__).parents[3])
    assert left(place / "torchrun") == alone


@pytest.mark.parametrize(("change", "message"), [
    (("batch = 16", "batch = 15"), "batch must be a multiple of the number of processes, 2, not 15"),
    (("batch = 16", "batch = 16, frozen = true"), "a training in several processes must have no frozen schedule"),
    (('seed = 4', 'seed = 4\nmethod = "exact"'),
     "method of a training in several processes must be one of surrogate, not 'exact'")])
def test_what_processes_cannot_share(place, change, message, monkeypatch, capsys):
    (place / "other.toml").write_text(RECIPE.replace(*change))
    monkeypatch.setattr("train_binary.ops.parallel.world", lambda: 2)
    monkeypatch.setattr("train_binary.ops.parallel.wait", lambda: None)
    given = arguments(place, "refused")
    assert main([given[0], str(place / "other.toml"), *given[2:]]) == 2
    assert capsys.readouterr().err == f"binspike: {message}\n"
