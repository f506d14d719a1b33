"""Distillation: a network learns from the labels and from a teacher's opinion of each image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.check import integer, integers
from quant.network import MAX_LAYERS

from .check import number

if TYPE_CHECKING:
    from .methods import Surrogate
    from .model import Model


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """Who teaches, and how much: the recipe's ``distillation`` table.

    The cost is ``(1 - weight) * cost(z, y) + weight * temperature**2 * cost(z / temperature, p)``, where z is what the
    student says, y the label, and p the softmax of the teacher's logits divided by ``temperature``, after Hinton,
    Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015), section 2. With ``features`` that is joined
    by ``feature_weight`` times the mean square of ``r(S) - T``, added over the pairs of layers: S is the mean over all
    ticks of what the student's layer gives, T the teacher's activations, averaged to the height and width of S, and r a
    learned mixing of channels that is dropped in the end. What is compared, and how, is this project's own choice.

    Parameters
    ----------
    teacher : str
        A recipe, as file or by the name of one that is shipped; it is trained first, into the folder ``teacher`` of the
        student's. It sees the same images and usually has real weights.
    weight : float
        0..1.
    temperature : float
        0.1..100.
    features : list of [student's, teacher's] hidden layer
        Counted from 0.
    feature_weight : float
        0..1000.
    """

    teacher: str
    weight: float = 0.5
    temperature: float = 4.0
    features: tuple[tuple[int, int], ...] = ()
    feature_weight: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.teacher, str) or not self.teacher:
            raise TypeError(f"distillation teacher must be the name of a recipe, not {self.teacher!r:.60}")
        number("distillation weight", self.weight, 0, 1)
        number("distillation temperature", self.temperature, 0.1, 100)
        number("distillation feature_weight", self.feature_weight, 0, 1000)
        pairs = tuple(integers("distillation features", pair, 0, MAX_LAYERS) for pair in self.features)
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError(f"distillation features must be pairs of layers, not {self.features!r:.60}")
        object.__setattr__(self, "features", pairs)


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

    def mixers(self, student: Model) -> nn.ModuleList:
        """What turns the student's channels into the teacher's, one for each pair of layers.

        Raises
        ------
        ValueError
            There is no such layer.
        """
        found = nn.ModuleList()
        for pair in self.distillation.features:
            for whose, place, model in zip(("student", "teacher"), pair, (student, self.model), strict=True):
                integer(f"distillation features: layer of the {whose}", place, 0, len(model.hidden) - 1)
            ours, theirs = student.hidden[pair[0]], self.model.hidden[pair[1]]
            found.append(nn.Conv2d(len(ours.weight), len(theirs.weight), 1))  # type: ignore[arg-type]
        return found

    def distance(self, mixers: nn.ModuleList, signals: Sequence[Tensor], images: Tensor) -> Tensor:
        """What the features of all pairs differ by; ``signals`` are those of the student, as of `Model.trace`."""
        with torch.no_grad():
            known, _ = self.model.trace(images)
        total = torch.zeros(())
        for mixer, (place, there) in zip(mixers, self.distillation.features, strict=True):
            mixed = mixer(signals[place].float().mean(0))
            total = total + F.mse_loss(mixed, F.adaptive_avg_pool2d(known[there].mean(0), mixed.shape[2:]))
        return total

    @torch.no_grad()
    def opinion(self, images: Tensor) -> Tensor:
        """Probabilities of the classes, softened, shape (batch, classes)."""
        logits = self.method.logits(self.model.head(self.model(images)))
        return torch.softmax(logits / self.distillation.temperature, 1)
