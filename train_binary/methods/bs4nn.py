"""BS4NN: the published rule for fully connected networks, one image at a time."""

import ctypes
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from ..layers.factored import BASE, Factored
from ..layers.single_spike import Dense, Linear
from ..model.family import ModelFamily, single_spikes
from ..model.network import Model
from ..ops import native
from ..ops.coding import spike_times
from . import online
from .distillation import Teacher
from .learning_rule import LearningRule
from .method import Method


@dataclass(frozen=True, kw_only=True)
class OneByOne(LearningRule):
    """The rule of `BS4NN`, image by image and without an optimiser; parameters as there."""

    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    rate: float
    factor_rate: float
    gamma: int

    def optimiser(self, model: Model) -> torch.optim.Optimizer:
        """Optimiser without effect: weights change image by image."""
        return torch.optim.SGD(model.parameters(), lr=0.0)

    def order(self, count: int, generator: Generator) -> Tensor:
        """As many draws as there are images, with replacement."""
        return torch.randint(count, (count,), generator=generator)

    @torch.no_grad()
    def begin(self, model: Model, seed: int) -> None:
        """Start weights: uniform in 0..5, of the outputs in 0..48."""
        generator = Generator().manual_seed(seed)
        for linear in _linear(model):
            linear.weight.uniform_(0, 48 if linear is model.output else 5, generator=generator)

    @torch.no_grad()
    def step(self, model: Model, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor,
             precision: str, teacher: Teacher | None = None) -> tuple[float, int]:
        """Learn from the images one by one; the cost is the share of them that changed anything."""
        rule = online.Rule(steps=model.architecture.steps, base=BASE, rate=self.rate, factor_rate=self.factor_rate,
                           gamma=self.gamma)
        right, changed = learn(model, images, labels, rule)
        return changed / len(labels), right

    def finish(self, model: Model, seen: Tensor, images: Tensor, labels: Tensor, slack: float) -> None:
        """The output threshold is the learned one."""
        model.threshold.fill_(int(model.head.threshold()[0]))  # type: ignore[operator]

    @torch.no_grad()
    def figures(self, model: Model, images: Tensor, labels: Tensor) -> dict[str, int]:
        """Correct images as the publication counts: a tie that contains the label is right; V decides at steps - 3."""
        rule = online.Rule(steps=model.architecture.steps, base=BASE, rate=0, factor_rate=0, gamma=self.gamma)
        return {"correct_as_published": learn(model, images, labels, rule)[0]}


@dataclass(frozen=True, kw_only=True)
class BS4NN(Method):
    """Relative target times, errors of length 1 in each layer, 0/1 masks for derivatives; no optimiser, no batch.

    After Kheradpisheh, Mirsadeghi and Masquelier, "BS4NN: Binarized Spiking Neural Networks with Temporal Coding and
    Learning" (2020), as its authors' code does it (github.com/SRKH/BS4NN). Quirks of that code that are kept:

    - images are drawn with replacement;
    - a layer's spikes come one tick after the crossing, and a crossing in the last tick is no spike;
    - black pixels spike in the last tick, where they can no longer change anything;
    - an image on which no output fires teaches nothing, and neither does it change a hidden neuron that is silent;
    - shadow weights start positive, in 0..5 and in 0..48 for the outputs, and are never clipped;
    - the errors that are carried down use real weights, already changed;
    - a layer learns one factor, which divides the threshold 100.

    Not kept: that code reports the best of all epochs as measured on the test images; here the last one counts.

    The exported network decides as `quant.Network` says, which differs in three points: a spike acts in its own tick,
    so that all spikes come one tick earlier a layer, in the same order, and what the code cuts off at the end of the
    window still counts; a tie goes to the larger V and not to whichever is right; and if no output fires, V is read at
    the last tick and not three before it.

    Parameters
    ----------
    rate, factor_rate : float
        Learning rates of weights and factors; those of the schedule are not used.
    gamma : int
        Margin in ticks.
    """

    kind: ClassVar[str] = "bs4nn"
    title: ClassVar[str] = "BS4NN"
    rate: float = 0.1
    factor_rate: float = 0.01
    gamma: int = 1

    @property
    def family(self) -> ModelFamily:
        """Dense layers of kernel step, whose potentials are integers of 16 bits; silence is read at tick steps - 3."""
        return single_spikes(Factored, layers={"dense": Dense}, head=lambda steps, fan_in: Factored(1),
                             weights=("sign",), psps=("step",), fewest_steps=3, largest_sum=2**15 - 1)

    @property
    def rule(self) -> OneByOne:
        """Image by image."""
        return OneByOne(rate=self.rate, factor_rate=self.factor_rate, gamma=self.gamma)


def learn(model: Model, images: Tensor, labels: Tensor, rule: online.Rule) -> list[int]:
    """Learn from images one by one; how many were right before, as the authors count, and how many changed anything.

    Parameters
    ----------
    images : Tensor
        uint8, shape (images, channels, height, width).
    labels : Tensor
        int64, shape (images,).
    """
    times = spike_times(images, rule.steps).clamp(max=rule.steps - 1).flatten(1).to(torch.int16)
    layers = [linear.weight.T.contiguous() for linear in _linear(model)]
    factors = torch.stack([each.factor for each in factored(model)])
    right, changed = (_compiled if native.library() else _plain)(layers, factors, times, labels, rule)
    for linear, weights in zip(_linear(model), layers, strict=True):
        linear.weight.copy_(weights.T)
    for each, factor in zip(factored(model), factors, strict=True):
        each.factor.copy_(factor)
    return [right, changed]


def _linear(model: Model) -> list[Linear]:
    return [module for module in model.modules() if isinstance(module, Linear)]


def factored(model: Model) -> list[Factored]:
    """Neurons that have a factor: those of hidden layers, and the outputs."""
    return [module for module in model.modules() if isinstance(module, Factored)]


def _compiled(layers: list[Tensor], factors: Tensor, times: Tensor, labels: Tensor, rule: online.Rule) -> list[int]:
    library = native.library()
    assert library is not None
    sizes = torch.tensor([len(layers[0]), *(weights.shape[1] for weights in layers)], dtype=torch.int32)
    weights = (ctypes.c_void_p * len(layers))(*(each.data_ptr() for each in layers))
    result, labels = torch.zeros(2, dtype=torch.int64), labels.contiguous()
    library.bs4nn_learn(len(times), native.pointer(times), native.pointer(labels), rule.steps, len(layers),
                        native.pointer(sizes), weights, native.pointer(factors), ctypes.c_double(rule.base),
                        ctypes.c_double(rule.rate), ctypes.c_double(rule.factor_rate), rule.gamma,
                        native.pointer(result))
    return result.tolist()


def _plain(layers: list[Tensor], factors: Tensor, times: Tensor, labels: Tensor, rule: online.Rule) -> list[int]:
    parts = [online.Layer(weights.numpy(), factor) for weights, factor in zip(layers, factors.tolist(), strict=True)]
    counts = sum(np.array(online.step(parts, image, label, rule))
                 for image, label in zip(times.numpy(), labels.tolist(), strict=True))
    factors.copy_(torch.tensor([part.factor for part in parts], dtype=torch.float64))
    return np.asarray(counts).tolist()
