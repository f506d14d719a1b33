"""A training with a validation split: what it learns from, what it tells, and that it stays as it was without one."""

import json
import tomllib

import pytest

from quant.files import artefact
from tests.helpers.training.recipes import RECIPE as TINY
from tests.helpers.training.recipes import main, noise, write_data_set
from train_binary.methods.learning_rule import LearningRule
from train_binary.model.integer import integer_forward
from train_binary.recipe import parse
from train_binary.run import pipeline
from train_binary.run.trainer import Trainer

RECIPE = TINY.replace("batch = 16", "batch = 16, rate = 0.2")  # so that 16 images more give another network


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE + "validation = 16\n")
    folder = write_data_set(tmp_path / "data")
    return ["--recipe", str(tmp_path / "tiny.toml"), "--data", str(folder), "--out"]


def log(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_both_accuracies_are_told(tmp_path, arguments):
    assert main([*arguments, str(tmp_path / "out")]) == 0
    *epochs, last = log(tmp_path / "out")
    for line in epochs:
        assert "quick_accuracy" not in line
        assert line["validation"] * 16 == round(line["validation"] * 16)
    network = artefact.load(tmp_path / "out" / "tiny.safetensors").network
    images, labels = noise(48)
    right = (integer_forward(network, images)[0] == labels)[32:]
    assert (last["validation_images"], last["validation_correct"]) == (16, int(right.sum()))
    assert (last["images"], last["correct"]) == (20, int((integer_forward(network, noise(20)[0])[0]
                                                          == noise(20)[1]).sum()))


def test_images_of_the_split_are_not_learned(tmp_path, arguments):
    main([*arguments, str(tmp_path / "out")])
    images, labels = noise(48)
    found = artefact.load(tmp_path / "out" / "tiny.safetensors").network
    assert [network_of(images[:count], labels[:count]) == found for count in (32, 48)] == [True, False]


def network_of(images, labels):
    trainer = Trainer(parse(tomllib.loads(RECIPE)))
    for _ in range(2):
        trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    return trainer.model.export()


def test_test_images_are_looked_at_once_and_at_the_end(tmp_path, arguments, monkeypatch):
    seen = []

    def watch(owner, name, place):
        function = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given: (seen.append((name, len(given[place]))), function(*given))[1])
    watch(pipeline, "potentials", 1)
    watch(pipeline, "measure", 1)
    watch(LearningRule, "classify", 2)
    assert main([*arguments, str(tmp_path / "out")]) == 0
    assert seen == [*[("classify", 16)] * 3, ("potentials", 20), ("measure", 20), ("classify", 20)]


@pytest.mark.parametrize("split", ["16", "{ images = 16, seed = 3 }"])
def test_stopped_training_goes_on_to_the_same_files(tmp_path, arguments, monkeypatch, split):
    (tmp_path / "tiny.toml").write_text(f"{RECIPE}validation = {split}\n")
    main([*arguments, str(tmp_path / "whole")])

    def save_once(path, recipe, epoch, *state, save=pipeline.checkpoint.save):
        if epoch == 2:
            raise KeyboardInterrupt
        save(path, recipe, epoch, *state)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.checkpoint, "save", save_once)
        assert main([*arguments, str(tmp_path / "out")]) == 130
    assert main([*arguments, str(tmp_path / "out"), "--resume"]) == 0
    for name in ("tiny.safetensors", "checkpoint.safetensors"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    accuracies = [[line.get("validation", line.get("validation_correct")) for line in log(tmp_path / each)]
                  for each in ("out", "whole")]
    assert accuracies[0] == accuracies[1]


def test_nothing_left_to_learn_is_refused_before_training(tmp_path, arguments, capsys):
    assert main([*arguments, str(tmp_path / "out"), "--validation", "48"]) == 2
    assert capsys.readouterr().err == "binspike: validation images must be in 1..47, not 48\n"
    assert not (tmp_path / "out").exists()
