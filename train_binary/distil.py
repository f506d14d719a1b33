"""Distillation: a network learns from the labels and from a teacher's opinion of each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .check import number

if TYPE_CHECKING:
    from .methods import Surrogate
    from .model import Model


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """Who teaches, and how much: the recipe's ``distillation`` table.

    The cost is ``(1 - weight) * cost(z, y) + weight * temperature**2 * cost(z / temperature, p)``, where z is what the
    student says, y the label, and p the softmax of the teacher's logits divided by ``temperature``, after Hinton,
    Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015), section 2.

    Parameters
    ----------
    teacher : str
        A recipe, as file or by the name of one that is shipped; it is trained first, into the folder ``teacher`` of the
        student's. It sees the same images and usually has real weights.
    weight : float
        0..1.
    temperature : float
        0.1..100.
    """

    teacher: str
    weight: float = 0.5
    temperature: float = 4.0

    def __post_init__(self) -> None:
        if not isinstance(self.teacher, str) or not self.teacher:
            raise TypeError(f"distillation teacher must be the name of a recipe, not {self.teacher!r:.60}")
        number("distillation weight", self.weight, 0, 1)
        number("distillation temperature", self.temperature, 0.1, 100)


class Teacher:
    """A trained model that is asked, and does not change.

    Parameters
    ----------
    model : Model
        Of method ``surrogate``.
    distillation : Distillation
    """

    def __init__(self, model: Model, distillation: Distillation) -> None:
        self.model, self.distillation = model.eval().requires_grad_(False), distillation
        self.method: Surrogate = model.recipe.method  # type: ignore[assignment]

    @torch.no_grad()
    def opinion(self, images: Tensor) -> Tensor:
        """Probabilities of the classes, softened, shape (batch, classes)."""
        logits = self.method.logits(self.model.head(self.model(images)))
        return torch.softmax(logits / self.distillation.temperature, 1)
