"""Images and labels of a training, as tensors."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from image_sets import Labelled, data_folder, parse
from image_sets.dataset import MAX_CLASSES
from quant.check import integer

from ..recipe.definition import Recipe

Split = tuple[Tensor, Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Splits:
    """Images, uint8 of shape (n, channels, height, width), and labels, int64 of shape (n,), of each split.

    Parameters
    ----------
    learned : Split
        Training images without those of the validation split.
    validation : Split or None
        None: the recipe has no such split.
    test : Split
    """

    learned: Split
    validation: Split | None
    test: Split


def read(recipe: Recipe, folder: Path | None) -> tuple[Recipe, Splits]:
    """The recipe with the names of its classes, and the images that it says.

    The data set's names are those of the recipe, if it has none.

    Raises
    ------
    OSError
        A file is missing or cannot be read.
    ValueError
        A file is damaged, images or classes are others than the recipe says, or the validation split leaves nothing
        to learn.
    """
    described = parse(recipe.dataset)
    source = data_folder(described, folder)
    found = described.read(source, "train")
    _check(recipe, found, described.title)  # before more is read
    tested = described.read(source, "test")
    _check_test(recipe, tested)
    return _named(recipe, found.class_names), divided(recipe, tensors(found), tensors(tested))


def divided(recipe: Recipe, train: Split, test: Split) -> Splits:
    """The splits of a recipe, of all training images and the test images."""
    if recipe.validation is None:
        return Splits(learned=train, validation=None, test=test)
    learned, held = ((train[0][chosen], train[1][chosen]) for chosen in recipe.validation.split(len(train[0])))
    return Splits(learned=learned, validation=held, test=test)


def tensors(found: Labelled) -> Split:
    """Images and labels of a data set's split."""
    return torch.from_numpy(found.pixels.copy()), torch.from_numpy(found.labels.astype("int64"))


def _named(recipe: Recipe, class_names: tuple[str, ...]) -> Recipe:
    return recipe if recipe.class_names else replace(recipe, class_names=class_names)


def _check(recipe: Recipe, found: Labelled, title: str) -> None:
    """Refuse training images of another shape, or of another number of classes than there are outputs."""
    _check_shape(recipe, found)
    integer(f"number of classes of {title}", found.classes, 2, MAX_CLASSES)
    if found.classes != recipe.architecture.outputs:
        raise ValueError(f"channels of the last layer must be {found.classes}, the number of classes of {title}, "
                         f"not {recipe.architecture.outputs}; change the recipe")


def _check_test(recipe: Recipe, tested: Labelled) -> None:
    """Refuse test images of another shape, or of a class that is not among the training images."""
    _check_shape(recipe, tested)
    integer("largest label of the test images", int(tested.labels.max()), 0, recipe.architecture.outputs - 1)


def _check_shape(recipe: Recipe, found: Labelled) -> None:
    if found.pixels.shape[1:] != recipe.input_shape:
        raise ValueError(f"images must have the recipe's shape {recipe.input_shape}, not {found.pixels.shape[1:]}")
