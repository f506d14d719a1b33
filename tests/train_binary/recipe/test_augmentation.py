import math

import numpy as np
import pytest
import torch
from PIL import Image

from tests.helpers.training.recipes import noise, tiny
from train_binary.recipe.augmentation import Augmentation, erased, flipped, shifted, shifted_each, turned
from train_binary.run.trainer import Trainer

ALL = {"rotate": 20.0, "scale": 0.2, "flip": True, "shift": 2, "shift_each": True, "erase": 3}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def dots(count, side=5, at=(2, 2)):
    images = torch.zeros(count, 1, side, side, dtype=torch.uint8)
    images[:, 0, at[0], at[1]] = 7
    return images


def test_a_batch_is_shifted_by_one_offset():
    seen = set()
    for seed in range(200):
        places = [tuple(image[0].nonzero()[0].tolist()) for image in shifted(dots(3), 1, generator(seed))]
        assert len(set(places)) == 1
        seen.add(places[0])
    assert seen == {(y, x) for y in (1, 2, 3) for x in (1, 2, 3)}


def test_each_image_is_shifted_by_an_offset_of_its_own():
    found = shifted_each(dots(900), 1, generator())
    assert found.sum((1, 2, 3)).tolist() == [7] * 900
    counts = torch.stack([found[:, 0, y, x].sum() // 7 for y in (1, 2, 3) for x in (1, 2, 3)])
    assert counts.sum() == 900
    assert counts.min() > 60


@pytest.mark.parametrize("shape", [(1, 6, 9), (3, 8, 8)])
def test_a_shift_of_each_is_a_shift_of_one(shape):
    images, _ = noise(40, shape)
    found = shifted_each(images, 2, generator())
    for image, moved in zip(images, found, strict=True):
        padded = torch.nn.functional.pad(image, (2,) * 4)
        assert any((padded[:, top:top + shape[1], left:left + shape[2]] == moved).all()
                   for top in range(5) for left in range(5))


def test_half_of_the_images_are_mirrored():
    images, _ = noise(400, (3, 4, 5))
    found = flipped(images, generator())
    kept, mirrored = [(found == other).flatten(1).all(1) for other in (images, images.flip(3))]
    assert (kept ^ mirrored).all()
    assert 150 < kept.sum() < 250


@pytest.mark.parametrize(("side", "low", "high"), [(1, 1, 1), (3, 4, 9), (4, 4, 16)])
def test_a_square_is_erased_anywhere(side, low, high):
    gone = erased(torch.full((2000, 2, 7, 8), 9, dtype=torch.uint8), side, generator()) == 0
    assert (gone[:, 0] == gone[:, 1]).all()
    areas = gone[:, 0].sum((1, 2))
    assert (areas.min(), areas.max()) == (low, high)
    for image in gone[:200, 0]:
        rows, columns = image.any(1).nonzero().ravel(), image.any(0).nonzero().ravel()
        assert image.sum() == len(rows) * len(columns)
        assert len(rows) == rows.max() - rows.min() + 1
        assert len(columns) == columns.max() - columns.min() + 1
    assert gone[:, 0].any(0).all()


def smooth(height, width):
    """A picture without sharp edges, dark at its border."""
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    return (255 * np.exp(-16 * ((x - 0.2) ** 2 + (y + 0.1) ** 2 + x * y))).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("shape", [(33, 33), (24, 40)])
def test_turning_is_what_pillow_does(shape):
    """The same angle, found by trying, to the interpolation of both."""
    picture = Image.fromarray(smooth(*shape))
    found = turned(torch.tensor(smooth(*shape))[None, None].expand(20, 1, -1, -1), 30.0, 0.0, generator())
    angle = ((torch.rand(2, 20, generator=generator()) * 2 - 1)[0] * 30).tolist()
    for degrees, image in zip(angle, found[:, 0], strict=True):
        due = np.asarray(picture.rotate(degrees, Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(image.numpy().astype(int) - due).max() <= 1
    assert max(angle) > 20
    assert min(angle) < -20


def test_scaling_is_by_up_to_its_factor_either_way():
    square = torch.zeros(300, 1, 41, 41, dtype=torch.uint8)
    square[..., 10:31, 10:31] = 255
    sides = (turned(square, 0.0, 0.5, generator()).double().sum((1, 2, 3)) / 255).sqrt()
    assert 21 / 1.5 - 0.5 <= sides.min() < 21 / 1.45
    assert 21 * 1.45 < sides.max() <= 21 * 1.5 + 0.5
    assert abs(math.log(sides.log().mean().exp() / 21)) < 0.05


def test_no_change_is_none():
    images, _ = noise(20)
    assert Augmentation(shift=0).augmented(images, generator()) is images
    assert (turned(images, 0.0, 0.0, generator()) == images).all()


@pytest.mark.parametrize("option", ALL)
def test_every_option_does_something(option):
    images, _ = noise(20)
    options = {"shift": 2 if option == "shift_each" else 0} | {option: ALL[option]}
    found = Augmentation(**options).augmented(images, generator())
    assert (found.dtype, found.shape) == (images.dtype, images.shape)
    assert (found != images).any()


@pytest.mark.parametrize(("each", "kinds"), [(False, 1), (True, 9)])
def test_a_shift_is_of_the_batch_or_of_each(each, kinds):
    found = Augmentation(shift=1, shift_each=each).augmented(dots(200), generator())
    assert len({image.numpy().tobytes() for image in found}) == kinds


def test_what_is_augmented_stays_as_it_was():
    images, _ = noise(20)
    before = images.clone()
    found = Augmentation(**ALL).augmented(images, generator())
    assert (images == before).all()
    found.zero_()
    assert (images == before).all()


def test_the_generator_decides():
    images, _ = noise(20)
    first, second, other = (Augmentation(**ALL).augmented(images, generator(seed)) for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first != other).any()


def test_the_trainer_augments_by_its_schedule():
    trainer = Trainer(tiny(schedule={"epochs": 1, "batch": 20, "shift": 0, "erase": 4}))
    images = torch.full((20, 1, 8, 8), 200, dtype=torch.uint8)
    ((batch, _),) = trainer.batches(images, torch.zeros(20, dtype=torch.int64))
    assert ((batch == 0).sum((1, 2, 3)) >= 4).all()


def test_a_schedule_without_options_draws_as_it_always_did():
    """The shipped recipes shift by batch: an order, then one offset a batch."""
    trainer, images = Trainer(tiny(schedule={"epochs": 1, "batch": 10})), noise(20)[0]
    draws = generator(trainer.recipe.seed)
    order = torch.randperm(20, generator=draws)
    for index, (batch, _) in enumerate(trainer.batches(images, torch.zeros(20, dtype=torch.int64))):
        top, left = torch.randint(0, 3, (2,), generator=draws).tolist()
        padded = torch.nn.functional.pad(images[order[10 * index:10 * index + 10]], (1,) * 4)
        assert (batch == padded[:, :, top:top + 8, left:left + 8]).all()


@pytest.mark.parametrize(("option", "message"), [
    ({"rotate": 181}, r"rotate must be in 0\.\.180, not 181"), ({"scale": -0.1}, r"scale must be in 0\.\.1, not -0.1"),
    ({"flip": 1}, "flip must be true or false, not 1"), ({"shift": 17}, r"shift must be in 0\.\.16, not 17"),
    ({"shift_each": "yes"}, "shift_each must be true or false, not 'yes'"),
    ({"erase": 1.5}, "erase must be an integer, not 1.5")])
def test_wrong_options(option, message):
    with pytest.raises((TypeError, ValueError), match=message):
        tiny(schedule={"epochs": 1} | option)
