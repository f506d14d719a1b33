"""The STiDi-BP family: every layer learns by itself, from desired spike times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.check import member

from ..local import LocalConv2d, LocalDense, LocalNeurons, Rule
from ..times import OutputTimes
from .method import Method


@dataclass(frozen=True, kw_only=True)
class STiDi(Method):
    """Layer-local learning from displacements of spike times, without recursion through derivatives.

    After the idea of Mirsadeghi, Shalchian, Kheradpisheh and Masquelier, "Spike time displacement based error
    backpropagation in convolutional spiking neural networks" (2021): single spikes, piecewise-linear potentials, a
    linear approximation of the latency derivative, a desired spike time for each neuron, gradient descent in each layer
    on its own temporal error, signs forward and real weights behind them. Their equations were not at hand; **all
    equations here are this project's own** and no claim about theirs:

    - an output's displacement, T - t, is minus the derivative of the cost by its spike time;
    - that of an input spike i is ``sum of sign(w_ki) D_k [t_i <= t_k]`` over the spikes k that it had a part in,
      optionally scaled to length 1 over the layer and image; no derivative takes part;
    - then ``w_ji -= rate * D_j * f_j * eps(t_j - t_i)``: eps is the kernel, f_j = 1 / S_j, since V crosses the
      bound as a line of slope S_j; thresholds move by the same f_j.

    Parameters
    ----------
    target : "softmax" or "relative"
        What outputs desire: by the cross-entropy of classes, the earliest being the likeliest; or as in BS4NN the label
        to be first and all others at least ``margin`` ticks later.
    sharpness : float
        Log-likelihood of a class is minus this times its spike time in ticks.
    margin : float
        In ticks.
    slope : bool
        Divide by the slope S_j, not by the mean slope of the layer.
    response : bool
        Use eps, not the 0/1 mask [t_i <= t_j].
    normalise : bool
        Scale the displacements of a layer to length 1 for each image.
    floor : float
        A slope below this many mean slopes counts as that.
    revive : float
        If not 0, silent neurons learn as if they fired in the last tick, the less the further V ends below the bound,
        measured in ``revive`` mean slopes.
    """

    kind: ClassVar[str] = "stidi"
    title: ClassVar[str] = "layer-local displacement of spike times, inspired by STiDi-BP"
    layers: ClassVar[dict[str, Any]] = {"conv2d": LocalConv2d, "dense": LocalDense}
    target: str = "softmax"
    sharpness: float = 1.0
    margin: float = 1.0
    slope: bool = True
    response: bool = True
    normalise: bool = False
    floor: float = 1.0
    revive: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        member("target", self.target, ("softmax", "relative"))

    def neurons(self, channels: int) -> LocalNeurons:
        """Neurons of a layer that learns by itself."""
        return LocalNeurons(channels, Rule(slope=self.slope, response=self.response, normalise=self.normalise,
                                           floor=self.floor, revive=self.revive))

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """Spike times of the outputs, shape (batch, classes); their derivative by V is the same for all."""
        return OutputTimes(self.floor, constant=True)

    def cost(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The cost whose derivative by the spike times is minus their displacement."""
        if self.target == "softmax":
            return F.cross_entropy(-self.sharpness * outputs, labels)
        return (outputs - self.desired(outputs.detach(), labels)).square().sum(1).mean() / 2

    def desired(self, times: Tensor, labels: Tensor) -> Tensor:
        """The label's output at the earliest of all times, the others ``margin`` ticks later or where they are."""
        first = times.amin(1, keepdim=True)
        return torch.maximum(times, first + self.margin).scatter(1, labels[:, None], first)

    def guess(self, outputs: Tensor) -> Tensor:
        """Earliest output."""
        return outputs.argmin(1)
