import pytest

from tests.helpers.training.recipes import tiny
from train_binary.methods import STiDi
from train_binary.methods.distillation import Distillation
from train_binary.recipe.overrides import changed
from train_binary.recipe.validation import Validation


def test_nothing_changes_nothing():
    assert changed(tiny()) == tiny()


def test_method_weights_and_seed():
    found = changed(tiny(seed=1), method="stidi", weights="real", seed=9)
    assert (found.method, found.weights, found.seed) == (STiDi(), "real", 9)


def test_changes_that_need_each_other():
    found = changed(tiny(readout="potential"), method="ann", weights="real")
    assert (found.method.kind, found.weights) == ("ann", "real")
    assert changed(found, method="surrogate", weights="sign").weights == "sign"


def test_teacher():
    taught = changed(tiny(), teacher="fashion-teacher")
    assert taught.distillation == Distillation(teacher="fashion-teacher")
    assert changed(taught, teacher="none") == tiny() == changed(tiny(), teacher="none")
    strict = tiny(distillation={"teacher": "fashion-teacher", "weight": 0.9, "temperature": 2.0})
    assert changed(strict, teacher="other").distillation == Distillation(teacher="other", weight=0.9, temperature=2.0)


def test_validation():
    assert changed(tiny(), validation=5).validation == Validation(images=5)
    chosen = tiny(validation={"images": 9, "seed": 3})
    assert changed(chosen, validation=5).validation == Validation(images=5, seed=3)
    assert changed(chosen).validation == chosen.validation
    assert changed(chosen, validation=0) == tiny() == changed(tiny(), validation=0)


@pytest.mark.parametrize(("planned", "epochs", "expected"), [
    ([3], 7, [7]), ([14, 9], 23, [14, 9]), ([14, 9], 46, [28, 18]), ([14, 9], 2, [1, 1]), ([1, 98, 1], 10, [1, 8, 1]),
    ([1, 1, 98], 3, [1, 1, 1]), ([98, 1, 1], 4, [2, 1, 1])])
def test_each_schedule_gets_its_share_of_the_epochs(planned, epochs, expected):
    recipe = tiny(schedule=[{"epochs": each, "batch": 16} for each in planned])
    assert [schedule.epochs for schedule in changed(recipe, epochs=epochs).schedule] == expected


@pytest.mark.parametrize(("changes", "message"), [
    ({"epochs": 0}, "epochs must be in 1..10000, not 0"), ({"seed": -1}, "seed must be in 0..[0-9]*, not -1"),
    ({"weights": "ternary"}, "weights of method surrogate must be one of sign, real, not 'ternary'"),
    ({"validation": -1}, "validation images must be in 1..1048576, not -1"),
    ({"teacher": 3}, "distillation teacher must be the name of a recipe, not 3"),
    ({"method": "none"}, "method kind must be one of .*, not 'none'")])
def test_wrong_values(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        changed(tiny(), **changes)
