"""What a training method is: the parts of a model and of its training that differ between methods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.check import integer, member
from quant.description.layers import Shape
from quant.description.network import MAX_TICKS
from quant.description.psp import MAX_STEPS, Ramp
from quant.description.spike_coding import SpikeCoding, Times

from ..layers.neurons import Normalised, SingleSpike
from ..layers.synaptic import Conv2d, Dense, Linear
from ..model.coding import planes, spike_times
from ..model.evaluation import potentials, refresh
from ..model.readout import calibrate, decide
from ..ops.adam import Adam
from ..ops.functions import scaled
from ..recipe.check import flag, number

if TYPE_CHECKING:
    from ..model.model import Model
    from ..recipe.recipe import Recipe
    from ..run.distillation import Teacher

CALIBRATED = 20_000  # images on which the output threshold is chosen


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to train; its fields are the options of the recipe's ``method`` table.

    In evaluation mode the model of every method computes exactly the integer network that it exports, so a method has
    no part in evaluation, checkpoint or export: it gives layers, a head, an optimiser, one step, and an end.

    Raises
    ------
    TypeError, ValueError
        A number is not in 0..1000, or a flag is neither True nor False.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ("sign",)
    thresholds: ClassVar[tuple[str, ...]] = ("channel",)
    teachable: ClassVar[bool] = True
    teaches: ClassVar[bool] = False
    freezable: ClassVar[bool] = False
    recurrent: ClassVar[bool] = False
    residual: ClassVar[bool] = False
    readouts: ClassVar[tuple[str, ...]] = ("first_spike", "potential")
    coding: ClassVar[str] = "latency"
    spike_coding: ClassVar[SpikeCoding] = Times
    layers: ClassVar[dict[str, Any]] = {"conv2d": Conv2d, "dense": Dense}
    kernels: ClassVar[bool] = True
    unread: ClassVar[tuple[str, ...]] = ()
    shares: ClassVar[dict[str, float]] = {}
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")

    def __post_init__(self) -> None:
        for field in fields(self):
            match field.default:
                case bool():
                    flag(field.name, getattr(self, field.name))
                case int():
                    integer(field.name, getattr(self, field.name), 0, 1000)
                case float():
                    number(field.name, getattr(self, field.name), 0, 1000)

    def check(self, recipe: Recipe) -> None:
        """Refuse what this method cannot train, by a ValueError."""
        integer(f"steps of method {self.kind}", recipe.steps, 1, MAX_TICKS.get(self.spike_coding, MAX_STEPS))
        member(f"weights of method {self.kind}", recipe.weights, self.weights)
        member(f"readout of method {self.kind}", recipe.readout, self.readouts)
        if recipe.distillation and not self.teachable:
            raise ValueError(f"method {self.kind} must have no distillation: it learns from labels alone")
        if any(schedule.frozen for schedule in recipe.schedule) and not self.freezable:
            raise ValueError(f"schedule of method {self.kind} must not be frozen")
        for name in self.unread:
            if getattr(self, name):
                raise ValueError(f"{name} must be left out: method {self.kind} does not read it")
        for layer in recipe.layers:
            member(f"layer kind of method {self.kind}", layer.kind, tuple(self.layers))
            member(f"threshold of method {self.kind}", layer.threshold, self.thresholds)
            if layer.psp != Ramp() and not self.kernels:
                raise ValueError(f"layers of method {self.kind} must have no psp: a spike adds its weight once")
            if layer.feedback and not self.recurrent:
                raise ValueError(f"layers of method {self.kind} must have no feedback")
            if getattr(layer, "shortcut", 0) and not self.residual:
                raise ValueError(f"layers of method {self.kind} must have no shortcut")

    def neurons(self, channels: int) -> Normalised:
        """Neurons of a hidden layer."""
        return SingleSpike(channels)

    def output(self, inputs: Shape, steps: int, **fields: Any) -> nn.Module:
        """The last layer; parameters as of `layers.Linear`."""
        return Linear(inputs, steps, **fields)

    def signals(self, images: Tensor, steps: int) -> Tensor:
        """What the first layer gets of uint8 images: fired-by-tick planes, shape (steps * batch, ...)."""
        return planes(spike_times(images, steps), steps).flatten(0, 1)

    def ticks(self, signals: Tensor, steps: int) -> Tensor:
        """What a hidden layer gives, its ticks apart: shape (steps, batch, channels, height, width)."""
        return signals.unflatten(0, (steps, -1))

    def count(self, signals: Tensor, steps: int) -> Tensor:
        """How many spikes are in what a hidden layer gives, a scalar."""
        return signals[-len(signals) // steps:].sum()

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """What training makes of the output potentials, shape (steps, batch, classes), for its cost: here logits."""
        return LogLikelihood(steps, fan_in)

    def cost(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The number to lower, for what the head returned: here the cross-entropy at the last tick.

        Parameters
        ----------
        target : Tensor
            Labels, int64 of shape (batch,); or the probabilities of the classes, shape (batch, classes).
        """
        return F.cross_entropy(outputs[-1], target)

    def penalty(self, signals: Sequence[Tensor]) -> Tensor | float:
        """What to add to the cost, for the planes of each hidden layer, shape (steps, batch, ...)."""
        return 0.0

    def guess(self, outputs: Tensor) -> Tensor:
        """Class of each image, int64 of shape (batch,), here the likeliest at the last tick."""
        return outputs[-1].argmax(1)

    def logits(self, outputs: Tensor) -> Tensor:
        """What a teacher says, shape (batch, classes), for what the head returned: here at the last tick."""
        return outputs[-1]

    def begin(self, model: Model, images: Tensor) -> None:
        """Prepare an untrained model, given all training images."""

    def optimiser(self, model: Model) -> torch.optim.Optimizer:
        """Adam, with its state made at once, so that it can be restored; ``share`` of a group multiplies its rate."""
        groups: dict[float, list[Tensor]] = {}
        for name, parameter in model.named_parameters():
            groups.setdefault(self.shares.get(name.rpartition(".")[2], 1.0), []).append(parameter)
        optimiser = Adam([{"params": group, "share": share} for share, group in groups.items()])
        for parameter in model.parameters():
            zeros = {key: torch.zeros_like(parameter) for key in ("exp_avg", "exp_avg_sq")}
            optimiser.state[parameter] = {"step": torch.tensor(0.0)} | zeros
        return optimiser

    def order(self, count: int, generator: torch.Generator) -> Tensor:
        """Indices of the images of one epoch: each once, in random order."""
        return torch.randperm(count, generator=generator)

    def step(self, model: Model, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor,
             precision: str, teacher: Teacher | None = None) -> tuple[float, int]:
        """Learn from one batch; return its cost and how many images were right before."""
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            signals, potentials = model.trace(images)
            outputs = model.head(potentials)
        cost = self.cost(outputs, labels)
        if teacher is not None:
            share, heat = teacher.distillation.weight, teacher.distillation.temperature
            cost = (1 - share) * cost + share * heat**2 * self.cost(outputs / heat, teacher.opinion(images))
            if model.mixers:
                cost = cost + teacher.distillation.feature_weight * teacher.distance(model.mixers, signals, images)
        cost = cost + self.penalty(signals)
        cost.backward()
        optimiser.step()
        model.clip()
        return cost.item(), int((self.guess(outputs.detach()) == labels).sum())

    def finish(self, model: Model, images: Tensor, labels: Tensor) -> None:
        """Recompute the statistics of the final weights and choose the output threshold, both on training images."""
        images, labels = images[:CALIBRATED], labels[:CALIBRATED]
        refresh(model, images)
        model.threshold.fill_(calibrate(potentials(model, images), labels, model.recipe.slack))

    @torch.no_grad()
    def classify(self, model: Model, images: Tensor, readout: str) -> Tensor:
        """Class of each image under a readout, int64 of shape (images,), by the model in evaluation mode."""
        return decide(potentials(model, images), model.threshold.cpu(), readout)[0]

    def figures(self, model: Model, images: Tensor, labels: Tensor) -> dict[str, int]:
        """What else to measure on the test images, for a trained model; by name."""
        return {}


class LogLikelihood(nn.Module):
    """V on the learned scale on which it is a log-likelihood."""

    def __init__(self, steps: int, fan_in: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(2 / (steps * math.sqrt(fan_in)))))

    def forward(self, potentials: Tensor) -> Tensor:
        """Logits of the shape of ``potentials``."""
        return scaled(potentials, self.log_scale.exp())
