"""The page on training: its example runs, and its tables are complete."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import torch

from binspike import train
from quant.files import artefact
from train_binary.methods import METHODS
from train_binary.methods.distillation import Distillation
from train_binary.model.architecture import ConvRecipe, DenseRecipe, DepthwiseRecipe
from train_binary.model.integer import integer_forward
from train_binary.recipe import Recipe
from train_binary.recipe.augmentation import Augmentation
from train_binary.recipe.schedule import Schedule

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_twenty_lines_train_a_network(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len([line for line in example.splitlines() if line and not line.startswith(("import", "from"))]) <= 20
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    names: dict = {}
    exec(compile(example, "training.md", "exec"), names)
    network = artefact.load(tmp_path / "quarters.safetensors").network
    right = integer_forward(network, names["images"])[0] == names["labels"]
    assert right.double().mean() > 0.9


@pytest.mark.parametrize("kind", [Recipe, Schedule, Augmentation, ConvRecipe, DepthwiseRecipe, DenseRecipe,
                                  Distillation])
def test_every_field_of_a_recipe_is_named(kind):
    assert {field.name for field in fields(kind)} <= CODE


def test_every_method_has_its_row():
    section = PAGE.partition("## Methods")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == METHODS.keys()


def test_every_option_is_named():
    options = {option for action in train.parser()._actions for option in action.option_strings if len(option) > 2}
    assert options - {"--help"} <= set(re.findall(r"--[a-z-]+", PAGE)) | {"--data"}
