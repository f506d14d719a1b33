"""Every command of the tutorial runs as it stands, on fewer images and for one epoch."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from binspike.cli import VERBS
from quant.files import artefact

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
FILES = {match[1]: block for language, block in BLOCKS if (match := re.match(r"# ([\w.]+)", block))}
SLOW = ("binspike build ", "binspike infer ")  # synthesis, and the compiled simulation of a board
SMALLER = {"COUNT = 6000": "COUNT = 300", "epochs = 20": "epochs = 1"}


def write_files(folder):
    changes = dict(SMALLER)
    for name, text in FILES.items():
        for old in [old for old in changes if old in text]:
            text = text.replace(old, changes.pop(old))
        (folder / name).write_text(text)
    assert not changes


def run(command, folder):
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, shell=True, cwd=folder, text=True, capture_output=True, check=False,
                          env={**os.environ, "PATH": tools, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@pytest.fixture
def folder(tmp_path, data_folder):
    """Folder of the reader, with MNIST fetched already."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist").symlink_to(data_folder / "mnist")
    write_files(tmp_path)
    return tmp_path


@pytest.mark.long
@pytest.mark.data
def test_every_quick_command_runs(folder):
    said = {command: run(command, folder) for command in COMMANDS if not command.startswith(SLOW)}
    (check,) = [text for command, text in said.items() if "data check" in command]
    assert "239 to train, 61 to test, 28 x 28, grey" in check
    loaded = artefact.load(folder / "runs" / "digits" / "digits.safetensors")
    assert loaded.network.class_names == tuple(sorted(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")))
    (simulated,) = [text for command, text in said.items() if "simulate --network" in command]
    assert f"({loaded.provenance.correct} right)" in simulated
    assert (folder / "runs" / "digits" / "digits.vectors.safetensors").exists()


@pytest.mark.long
@pytest.mark.data
def test_every_command_runs(folder):
    said = [run(command, folder) for command in COMMANDS]
    assert list(folder.glob("build/icebreaker/*/top.bin"))
    assert "agrees on all 2" in said[-1]


def test_commands_exist():
    verbs = {command.split()[1] for command in COMMANDS if command.startswith("binspike ")}
    assert {"data", "train", "simulate", "estimate", "build", "infer"} <= verbs <= set(VERBS)
    assert set(FILES) == {"pictures.py", "digits.toml"}


def test_commands_that_need_a_board_are_known():
    shown = re.findall(r"^    (binspike .*)$", PAGE, re.MULTILINE)
    assert [command.split()[1] for command in shown] == ["flash", "infer"]
    for command in shown:
        helped = run(f"binspike {command.split()[1]} --help", ROOT)
        assert all(option in helped for option in re.findall(r"--\w+", command))


def test_options_in_the_text_exist():
    """Keys of a recipe on the page are those that a recipe has."""
    from image_sets.tree import Tree
    from train_binary.recipe.schedule import Schedule

    known = set(Schedule.__dataclass_fields__) | set(Tree.__dataclass_fields__)
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(\w+)(?: = [^`]*)?`", prose))
    assert {"invert", "colour", "flip", "erase", "shift", "rotate"} <= named & known
    assert json.dumps(sorted(named - known - {"input_shape", "dataset", "train", "test"})) == "[]"
