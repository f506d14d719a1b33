"""Changes of a recipe that a command line may ask for."""

from dataclasses import replace
from typing import Any

from quant.check import integer

from ..methods.distillation import Distillation
from . import toml
from .definition import Recipe
from .schedule import Schedule
from .validation import Validation


def changed(recipe: Recipe, *, method: str | None = None, weights: str | None = None, epochs: int | None = None,
            seed: int | None = None, teacher: str | None = None, validation: int | None = None) -> Recipe:
    """The recipe with what is not None in its place.

    Parameters
    ----------
    method : str
        Name of a method, taken with its default options.
    weights : "sign" or "real"
    epochs : int
        Of all schedules together: each gets its share, and at least one.
    seed : int
    teacher : str
        A recipe to learn from, in the manner of the recipe's ``distillation``, or the usual one; "none": nobody.
    validation : int
        Images of the validation split, chosen in the manner of the recipe's; 0: none, all images are learned.

    Raises
    ------
    TypeError, ValueError
        As `Recipe`.
    """
    changes: dict[str, Any] = {"method": method and toml.method(method), "weights": weights, "seed": seed,
                               "schedule": None if epochs is None else _shared(recipe.schedule, epochs)}
    if teacher is not None:
        recipe = replace(recipe, distillation=_taught(recipe.distillation, teacher))
    if validation is not None:
        recipe = replace(recipe, validation=_held(recipe.validation, validation))
    return replace(recipe, **{key: value for key, value in changes.items() if value is not None})


def _taught(distillation: Distillation | None, teacher: str) -> Distillation | None:
    if teacher == "none":
        return None
    return replace(distillation, teacher=teacher) if distillation else Distillation(teacher=teacher)


def _held(split: Validation | None, images: int) -> Validation | None:
    if images == 0:
        return None
    return replace(split, images=images) if split else Validation(images=images)


def _shared(schedules: tuple[Schedule, ...], epochs: int) -> tuple[Schedule, ...]:
    integer("epochs", epochs, len(schedules), 10_000)
    total, done, parts, planned = sum(each.epochs for each in schedules), 0, [], 0
    for left, schedule in zip(reversed(range(len(schedules))), schedules, strict=True):
        planned += schedule.epochs
        part = min(max(round(epochs * planned / total) - done, 1), epochs - done - left)
        parts.append(replace(schedule, epochs=part))
        done += part
    return tuple(parts)
