"""Distillation: a network learns from the labels and from a teacher's opinion of each image."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.check import integer, integers, number
from quant.description.network import MAX_LAYERS

from ..model.architecture import Architecture
from ..model.network import Model


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """Teacher, and its share of the cost: the recipe's ``distillation`` table.

    The cost is ``(1 - weight) * cost(z, y) + weight * temperature**2 * cost(z / temperature, p)``, where z is what the
    student says, y the label, and p the softmax of the teacher's logits divided by ``temperature``, after Hinton,
    Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015), section 2. With ``features`` that is joined
    by ``feature_weight`` times the mean square of ``r(S) - T``, added over the pairs of layers: S is the mean over all
    ticks of what the student's layer gives, T the teacher's activations, averaged to the height and width of S, and r a
    learned mixing of channels that is dropped in the end: after re-implementations of Xu et al., "Constructing deep
    spiking neural networks from artificial neural networks with knowledge distillation" (KDSNN, 2023), of which no code
    of the authors' was found. The pairs and the averaging are this project's own choice.

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
        if not isinstance(self.features, list | tuple):
            raise TypeError(f"distillation features must be a list of pairs of layers, not {self.features!r:.60}")
        pairs = tuple(integers("distillation features", pair, 0, MAX_LAYERS) for pair in self.features)
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError(f"distillation features must be pairs of layers, not {self.features!r:.60}")
        object.__setattr__(self, "features", pairs)

    def check(self, student: Architecture, teacher: Architecture) -> None:
        """Refuse a teacher that the student cannot learn from, by a ValueError."""
        for name in ("input_shape", "outputs"):
            ours, theirs = getattr(student, name), getattr(teacher, name)
            if ours != theirs:
                raise ValueError(f"{name} of the distillation teacher must be {ours}, not {theirs}")
        for pair in self.features:
            for whose, place, network in zip(("student", "teacher"), pair, (student, teacher), strict=True):
                integer(f"distillation features: layer of the {whose}", place, 0, len(network.layers) - 2)


class Teacher:
    """A trained model that is asked, and does not change.

    Parameters
    ----------
    model : Model
        With the feature "teaching".
    distillation : Distillation
    """

    def __init__(self, model: Model, distillation: Distillation) -> None:
        self.model, self.distillation = model.eval().requires_grad_(False), distillation

    def mixers(self, student: Model) -> nn.ModuleList:
        """Mixings of the student's channels to the teacher's, one a pair; errors as of `Distillation.check`."""
        self.distillation.check(student.architecture, self.model.architecture)
        ours, theirs = student.architecture.channels, self.model.architecture.channels
        return nn.ModuleList(nn.Conv2d(ours[place], theirs[there], 1)
                             for place, there in self.distillation.features)

    def distance(self, mixers: nn.ModuleList, signals: Sequence[Tensor], images: Tensor) -> Tensor:
        """Mean square distance of features, added over the pairs, for the student's signals of `Model.trace`."""
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
        logits = self.model.head(self.model(images))[-1]
        return torch.softmax(logits / self.distillation.temperature, 1)
