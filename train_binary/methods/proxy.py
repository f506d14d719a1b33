"""Proxy learning: a network of clipped sums carries the error of a spiking one that has the same weights."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.check import integer, member, number
from quant.description.neurons import RESETS

from ..layers.proxy import Counting, ProxyConv2d, ProxyDense, ProxyNeurons
from ..model.family import ModelFamily
from ..model.network import Model
from ..model.signals import Trains
from .distillation import Teacher
from .learning_rule import LearningRule
from .method import Method

BATCH = 100  # images that are classified at once


class ProxyLearning(LearningRule):
    """Mean square error of the spikes a tick of outputs, whose gradient goes through their proxies."""

    shares: ClassVar[dict[str, float]] = {"gain": 0.3, "offset": 0.3}

    def step(self, model: Model, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor,
             precision: str, teacher: Teacher | None = None) -> tuple[float, int]:
        """Learn from one batch; return its cost and how many images were right before."""
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            with torch.no_grad():
                rates = self._live(model, images)[0].mean(0)
            values = images.float()
            for layer in model.hidden:
                values = layer.proxy(values)  # type: ignore[operator]
            sums = model.output.proxy(values).flatten(1)  # type: ignore[operator]
        cost = F.mse_loss(sums + (rates - sums).detach(), F.one_hot(labels, rates.shape[1]).float())
        cost.backward()
        optimiser.step()
        model.clip()
        return cost.item(), int((rates.argmax(1) == labels).sum())

    @staticmethod
    def _live(model: Model, images: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and V of the outputs, shape (steps, batch, classes)."""
        signals = model.family.signals.encode(images, model.architecture.steps)
        for layer in model.hidden:
            signals = layer(signals)
        return model.output.live(signals)  # type: ignore[operator]

    @torch.no_grad()
    def classify(self, model: Model, images: Tensor, readout: str) -> Tensor:
        """Class of each image, by counts, then by V at the last tick, then the lower index, whatever the readout."""
        model.eval()
        found = []
        for batch in images.split(BATCH):
            spikes, potentials = self._live(model, batch.to(model.threshold.device))
            counts = spikes.sum(0)
            ahead = counts == counts.amax(1, keepdim=True)
            found.append(potentials[-1].masked_fill(~ahead, -torch.inf).argmax(1))
        return torch.cat(found).cpu()


@dataclass(frozen=True, kw_only=True)
class Proxy(Method):
    """Proxy learning of Kheradpisheh, Mirsadeghi and Masquelier, "Spiking neural networks trained via proxy" (2022).

    As in the authors' code: two networks with the same weights, gains and offsets, one of integrate-and-fire neurons
    that are reset to zero and get the pixels as a constant current, one of rectified sums. Of the second, the values of
    its last layer, which is not rectified, are replaced by what the spikes of the first tell; the cost is the mean
    square of what these differ from 1 for the class and 0 for the others; and its gradient goes through the second
    alone. Each has its own statistics of the sums; those of the spiking one are exported. Most spikes decide.

    This project's own: both see the signs of the shadow weights; every layer is normalised, also dense ones; statistics
    are those of each batch throughout, where the authors freeze them after the first epoch; outputs tell by their
    spikes a tick, so that the class is to fire in all, where the authors count, so that one spike is to tell it; hidden
    proxies are clipped also at the threshold, at which the spiking neurons fire in every tick; gains of outputs stay
    below e, since they would grow with each epoch, and with them all gradients, until the hidden neurons fall silent;
    and gains and offsets learn at 0.3 of the rate.

    Parameters
    ----------
    level : float
        Threshold of normalised neurons, 0.01..100; 2 in the authors' code for Fashion-MNIST, where they are not
        normalised alike.
    reset, leak, fraction
        As of `RateSurrogate`.
    """

    kind: ClassVar[str] = "proxy"
    title: ClassVar[str] = "proxy learning"
    reset: str = "zero"
    leak: int = 0
    fraction: int = 4
    level: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        integer("leak", self.leak, 0, 16)
        integer("fraction", self.fraction, 0, 8)
        number("level", self.level, 0.01, 100)

    @property
    def family(self) -> ModelFamily:
        """Rate neurons with proxies, and outputs that fire."""
        neurons = partial(ProxyNeurons, reset=self.reset, leak=self.leak or None, fraction=self.fraction,
                          level=self.level)
        return ModelFamily(
            neurons=neurons, layers={"conv2d": ProxyConv2d, "dense": ProxyDense},
            output=partial(Counting, neurons=neurons), head=lambda steps, fan_in: nn.Identity(), signals=Trains(),
            readouts=("count",))

    @property
    def rule(self) -> ProxyLearning:
        """Proxy learning."""
        return ProxyLearning()
