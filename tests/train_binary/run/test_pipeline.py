import json
import runpy
import sys
from pathlib import Path

import pytest
import torch

from binspike import cli
from quant.files import artefact
from reports.source import networks
from tests.helpers.image_sets import write_tree
from tests.helpers.refusals import refusal
from tests.helpers.training.recipes import CONV, DENSE, RECIPE, built, main, noise, tiny, write_data_set
from train_binary import recipe as recipes
from train_binary.model.evaluation import potentials, refresh, unrounded
from train_binary.model.integer import integer_forward
from train_binary.model.network import Model
from train_binary.run import pipeline

NAMES = sorted(path.stem for path in (Path(recipes.__file__).parent / "recipes").glob("*.toml"))


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    data = write_data_set(tmp_path / "data")
    return ["--recipe", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "out"), "--data", str(data)]


def log(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]


def test_images_of_another_shape_are_refused_before_training(tmp_path, arguments, capsys):
    (tmp_path / "tiny.toml").write_text(RECIPE.replace("[1, 8, 8]", "[1, 9, 8]"))
    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "binspike: images must have the recipe's shape (1, 9, 8), not (1, 8, 8)\n")
    assert not (tmp_path / "out").exists()


def test_labels_that_the_network_has_not_are_refused_before_training(tmp_path, arguments, capsys):
    (tmp_path / "tiny.toml").write_text(RECIPE.replace("channels = 3", "channels = 2"))
    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "binspike: channels of the last layer must be 3, the number of classes of MNIST, not 2; change the recipe\n")
    assert not (tmp_path / "out").exists()


def test_leaves_checkpoint_log_and_network(tmp_path, arguments):
    assert main(arguments) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["checkpoint.safetensors", "log.jsonl", "tiny.safetensors", "tiny.vectors.safetensors"]
    assert [line.get("epoch") for line in log(tmp_path)] == [1, 2, None]


def test_artefact_tells_what_was_measured(tmp_path, arguments):
    main(arguments)
    loaded = artefact.load(tmp_path / "out" / "tiny.safetensors")
    images, labels = noise(20)
    correct = int((integer_forward(loaded.network, images)[0] == labels).sum())
    assert (loaded.provenance.images, loaded.provenance.correct, loaded.provenance.seed) == (20, correct, 4)
    assert log(tmp_path)[-1]["correct"] == correct


def test_quantisation_costs_nothing(tmp_path, arguments):
    main(arguments)
    provenance = artefact.load(tmp_path / "out" / "tiny.safetensors").provenance
    assert provenance.float_correct == provenance.correct


def test_the_network_of_any_name_is_found_beside_the_checkpoint(tmp_path, arguments):
    recipe = Path(arguments[1])
    recipe.write_text(recipe.read_text().replace('"tiny"', '"checkpoint-2"'))
    assert main(arguments) == 0
    assert [path.name for path in networks(tmp_path / "out")] == ["checkpoint-2.safetensors"]


def test_what_rounding_costs_is_told():
    layers = [CONV, DENSE | {"channels": 40}, DENSE]
    model = built(tiny(layers, method={"kind": "rate", "fraction": 0}, readout="potential", seed=5))
    images, _ = noise(60)
    refresh(model, images)
    whole = potentials(model, images)
    with unrounded(model):
        assert not torch.equal(potentials(model, images), whole)
    assert torch.equal(potentials(model, images), whole)


def test_tensorboard_that_is_missing_leaves_nothing(tmp_path, arguments, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    refused(capsys, [*arguments, "--tensorboard", str(tmp_path / "board")], "TensorBoard must be installed")
    assert not (tmp_path / "out").exists()


def test_stopped_training_goes_on_to_the_same_network(tmp_path, arguments, monkeypatch):
    main([*arguments[:3], str(tmp_path / "whole"), *arguments[4:]])

    def save_once(path, recipe, epoch, *state, save=pipeline.checkpoint.save):
        if epoch == 2:
            raise KeyboardInterrupt
        save(path, recipe, epoch, *state)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.checkpoint, "save", save_once)
        assert main(arguments) == 130
    assert main([*arguments, "--resume"]) == 0
    networks = [(tmp_path / name / "tiny.safetensors").read_bytes() for name in ("out", "whole")]
    assert networks[0] == networks[1]
    assert [line.get("epoch") for line in log(tmp_path)] == [1, 2, None]


def test_spikes_are_counted_for_each_synaptic_layer(tmp_path, arguments):
    main(arguments)
    spikes = log(tmp_path)[-1]["spikes"]
    images, _ = noise(20)
    assert len(spikes) == 3
    assert spikes[0] == round(int((images > 0).sum()) / 20, 1)


def refused(capsys, arguments, message):
    assert message in refusal(capsys, "train", *arguments, "--no-report")


def test_finished_training_is_not_overwritten(arguments, capsys):
    main(arguments)
    capsys.readouterr()
    refused(capsys, arguments, "must not hold a checkpoint already; give --resume or another --out folder")


def test_resume_without_checkpoint(arguments, capsys):
    refused(capsys, [*arguments, "--resume"], "checkpoint.safetensors")


def test_a_network_that_is_not_the_model_is_not_written(arguments, tmp_path, monkeypatch):
    """One weight turns on the way out."""
    def turned(self):
        with torch.no_grad():
            self.output.weight.view(-1)[5].neg_()
        return exported(self)
    exported = Model.export
    monkeypatch.setattr(Model, "export", turned)
    with pytest.raises(RuntimeError, match="the exported network must compute what the trained model computes"):
        main(arguments)
    assert not (tmp_path / "out" / "tiny.safetensors").exists()


def test_unknown_recipe(arguments, capsys):
    refused(capsys, ["--recipe", "none", *arguments[2:]],
            f"recipe must be a TOML file or one of {', '.join(NAMES)}, not 'none'")


def test_missing_data(arguments, capsys, tmp_path):
    refused(capsys, [*arguments[:5], str(tmp_path / "nowhere")], "nowhere: fetch it by binspike data download mnist")
    assert not (tmp_path / "out").exists()


def test_data_folder_from_the_environment(arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_DATA", str(tmp_path / "data"))
    assert main(arguments[:4]) == 0


def test_trained_on_a_folder_of_pictures(tmp_path, arguments, capsys):
    """Its network knows its classes and where its images are, and is simulated with them."""
    write_tree(tmp_path / "data" / "zoo", {"ant": 30, "bee": 25, "cat": 20}, size=(11, 8))
    table = '{ kind = "tree", path = "zoo", size = 8, seed = 2 }'
    (tmp_path / "tiny.toml").write_text(RECIPE.replace('"mnist"', table))
    assert main(arguments) == 0
    path = tmp_path / "out" / "tiny.safetensors"
    loaded = artefact.load(path)
    assert loaded.network.class_names == ("ant", "bee", "cat")
    assert (loaded.provenance.data_set, loaded.provenance.images) == ("zoo", 15)
    capsys.readouterr()
    assert cli.main(["simulate", "--network", str(path), "--data", str(tmp_path / "data"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["images"], found["correct"], found["data"]) == (15, loaded.provenance.correct, "zoo test")


def test_class_names_of_the_recipe_come_first(tmp_path, arguments):
    write_tree(tmp_path / "data" / "zoo", {"ant": 30, "bee": 25, "cat": 20}, size=(8, 8))
    table = '{ kind = "tree", path = "zoo" }\nclass_names = ["a", "b", "c"]'
    (tmp_path / "tiny.toml").write_text(RECIPE.replace('"mnist"', table))
    assert main(arguments) == 0
    assert artefact.load(tmp_path / "out" / "tiny.safetensors").network.class_names == ("a", "b", "c")


@pytest.mark.parametrize("classes", [2, 4])
def test_another_number_of_outputs_than_of_classes_is_refused_before_more_is_read(tmp_path, arguments, capsys, classes):
    """The test images, which are damaged, are not reached."""
    counts = dict.fromkeys(["ant", "bee", "cat", "dog"][:classes], 4)
    for split in ("train", "test"):
        write_tree(tmp_path / "data" / "zoo", counts, size=(8, 8), split=split)
    for path in (tmp_path / "data" / "zoo" / "test").glob("*/*"):
        path.write_bytes(b"")
    (tmp_path / "tiny.toml").write_text(RECIPE.replace('"mnist"', '{ kind = "tree", path = "zoo" }'))
    refused(capsys, arguments,
            f"channels of the last layer must be {classes}, the number of classes of zoo, not 3; change the recipe")
    assert not (tmp_path / "out").exists()


def test_one_class_is_none(tmp_path, arguments, capsys):
    labels = tmp_path / "data" / "mnist" / "train-labels-idx1-ubyte"
    labels.with_name(f"{labels.name}.gz").unlink()
    labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 48]) + bytes(48))
    refused(capsys, arguments, "number of classes of MNIST must be in 2..256, not 1")


def test_a_class_of_the_test_images_alone(tmp_path, arguments, capsys):
    labels = tmp_path / "data" / "mnist" / "t10k-labels-idx1-ubyte"
    labels.with_name(f"{labels.name}.gz").unlink()
    labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 20]) + bytes([3] * 20))
    refused(capsys, arguments, "largest label of the test images must be in 0..2, not 3")


def test_a_data_set_to_which_a_class_came_is_not_what_a_network_is_measured_on(tmp_path, arguments, capsys):
    write_tree(tmp_path / "data" / "zoo", {"ant": 8, "bee": 8, "cat": 8}, size=(8, 8))
    (tmp_path / "tiny.toml").write_text(RECIPE.replace('"mnist"', '{ kind = "tree", path = "zoo" }'))
    assert main(arguments) == 0
    write_tree(tmp_path / "data" / "zoo", {"bat": 8}, size=(8, 8))
    error = refusal(capsys, "simulate", "--network", tmp_path / "out" / "tiny.safetensors", "--data", tmp_path / "data")
    assert "network must have 4 outputs, one for each class of zoo, not 3; train it on this data set" in error


def test_a_known_data_set_is_recorded_by_its_name(tmp_path, arguments):
    assert main(arguments) == 0
    provenance = artefact.load(tmp_path / "out" / "tiny.safetensors").provenance
    assert (provenance.data_set, provenance.source, "source" in provenance.describe()) == ("MNIST", None, False)


def test_runs_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train_binary", "--help"])
    monkeypatch.delitem(sys.modules, "train_binary.__main__", raising=False)
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("train_binary", run_name="__main__")
    assert "--resume" in capsys.readouterr().out
