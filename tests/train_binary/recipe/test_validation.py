import pytest
import torch

from tests.helpers.training.recipes import tiny
from train_binary.recipe.validation import Validation


def test_the_last_images_are_held_back():
    learned, held = Validation(images=3).split(8)
    assert (learned.tolist(), held.tolist()) == ([0, 1, 2, 3, 4], [5, 6, 7])


def test_a_seed_chooses_at_random_and_always_the_same():
    splits = [Validation(images=300, seed=seed).split(1000) for seed in (1, 1, 2)]
    for learned, held in splits:
        assert sorted([*learned.tolist(), *held.tolist()]) == list(range(1000))
        assert (len(held), held.tolist()) == (300, sorted(held.tolist()))
        assert learned.tolist() == sorted(learned.tolist())
        assert 350 < held.double().mean() < 650
    assert torch.equal(splits[0][1], splits[1][1])
    assert not torch.equal(splits[0][1], splits[2][1])


def test_a_number_in_a_recipe_is_that_of_the_last_images():
    assert tiny(validation=7).validation == Validation(images=7)
    assert tiny(validation={"images": 7, "seed": 3}).validation == Validation(images=7, seed=3)
    assert tiny().validation is None


@pytest.mark.parametrize(("value", "message"), [
    (0, "validation images must be in 1..1048576, not 0"), (True, "validation images must be an integer, not True"),
    ("some", "validation must be a table, not 'some'"), ({"seed": 1}, "validation must have the key 'images'"),
    ({"images": 3, "seed": -1}, "validation seed must be in 0..9223372036854775807, not -1"),
    ({"images": 3, "share": 1}, "validation key must be one of images, seed, not 'share'")])
def test_wrong_values(value, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}$"):
        tiny(validation=value)


def test_something_is_left_to_learn():
    with pytest.raises(ValueError, match=r"^validation images must be in 1\.\.7, not 8$"):
        Validation(images=8).split(8)
