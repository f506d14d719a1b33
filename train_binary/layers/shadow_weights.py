"""Synapses with shadow weights, whose signs act and are exported."""

import math

import torch
from torch import Tensor, nn

import quant
from quant.description.layers import Layer, Shape
from quant.description.neurons import Neurons
from quant.description.psp import Psp
from quant.description.signs import SignTensor

from ..ops.functions import sign


class Synaptic(nn.Module):
    """Shadow weights in [-1, 1], of which the sign acts unless they are ``real``, and the kernel of the synapses."""

    def __init__(self, shape: tuple[int, ...], psp: Psp, steps: int, *, real: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-0.5, 0.5))
        self.psp = psp
        self.steps = steps
        self.real = real

    def acting(self) -> Tensor:
        return self.weight if self.real else sign(self.weight)

    @torch.no_grad()
    def clip(self) -> None:
        """Bring shadow weights back to [-1, 1], so that a sign can still turn."""
        self.weight.clamp_(-1, 1)

    def signs(self) -> SignTensor:
        return SignTensor.of(sign(self.weight.detach()).int())

    def single_spike(self, threshold: Tensor) -> quant.SingleSpike:
        return quant.SingleSpike(threshold=tuple(int(t) for t in threshold), psp=self.psp)


class FullyConnected(Synaptic):
    """Synapses from all inputs to each of ``channels`` neurons, shape (channels, inputs).

    Parameters
    ----------
    inputs : (channels, height, width)
        Flattened in this order.
    channels : int
    psp : quant.Step or quant.Ramp
    steps : int
    """

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp, real: bool = False) -> None:
        super().__init__((channels, math.prod(inputs)), psp, steps, real=real)
        self.flat = inputs[1:] == (1, 1)

    def layers(self, neurons: Neurons) -> tuple[Layer, ...]:
        """The integer layer with these neurons, and what flattens its inputs where they are a map."""
        dense = quant.Dense(weights=self.signs(), neurons=neurons)
        return (dense,) if self.flat else (quant.Flatten(), dense)
