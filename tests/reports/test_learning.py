import json

import numpy as np
import pytest

from reports import learning


@pytest.fixture
def log(tmp_path):
    def write(*lines):
        path = tmp_path / "log.jsonl"
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return path
    return write


def test_every_number_becomes_a_curve(log):
    found = learning.load(log({"epoch": 1, "loss": 2, "train": .5}, {"epoch": 2, "loss": 1.5, "train": .75}))
    assert found.epoch.tolist() == [1, 2]
    assert {name: curve.tolist() for name, curve in found.curves.items()} == {"loss": [2, 1.5], "train": [.5, .75]}


def test_missing_figures_are_gaps(log):
    found = learning.load(log({"epoch": 1}, {"epoch": 2, "quick_accuracy": .5}))
    assert np.isnan(found.curves["quick_accuracy"]).tolist() == [True, False]


def test_the_line_of_results_is_no_epoch(log):
    assert learning.load(log({"epoch": 1, "loss": 1}, {"network": "abc", "correct": 7})).epoch.tolist() == [1]


def test_spikes_of_layers_are_added(log):
    assert learning.load(log({"epoch": 1, "spikes": [151.5, 20, 2]})).curves["spikes"].tolist() == [173.5]


@pytest.mark.parametrize("value", ["words", None, True, {}, [], [1, "a"], float("nan"), float("inf"), 10**400])
def test_what_is_no_number_is_a_gap(log, value):
    assert learning.load(log({"epoch": 1, "loss": 1, "other": value})).curves.keys() == {"loss"}


@pytest.mark.parametrize("lines", [[], [{"network": "abc"}], [{"epoch": None}]])
def test_a_log_without_epochs_is_none(log, lines):
    assert learning.load(log(*lines)) is None


@pytest.mark.parametrize("line", ["{", "[1]", "7", "\0", "[" * 100_000, '{"epoch": ' + "9" * 5000 + "}"])
def test_a_damaged_line_is_named(log, line):
    path = log({"epoch": 1}, line)
    with pytest.raises(ValueError, match=r"log\.jsonl: line 2 must be a JSON object, not '.{1,60}$"):
        learning.load(path)


def test_an_endless_log_is_refused(tmp_path):
    with (tmp_path / "log.jsonl").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ValueError, match=r"log\.jsonl: file must have at most"):
        learning.load(tmp_path / "log.jsonl")
