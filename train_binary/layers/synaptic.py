"""Layers with sign weights for training; each knows the integer layers it becomes."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

import quant
from quant.description.layers import Layer, Shape
from quant.description.neurons import Neurons
from quant.description.psp import Psp
from quant.description.signs import SignTensor

from ..ops.functions import sign
from ..ops.synapses import Convolution, connect, convolve
from .neurons import SingleSpike

NeuronsOf = Callable[[int], SingleSpike]


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


class Conv2d(Synaptic):
    """Convolution, neurons, and first-spike pooling if ``pool`` > 1.

    The potentials are pooled (maximum) before they are compared: with one threshold a channel the earliest spike of the
    window is the spike of the largest potential, and the neurons compute on a fraction of the positions.

    Parameters
    ----------
    inputs : (channels, height, width)
    channels, size, stride, padding, pool : int, as in quant.Conv2d and quant.FirstSpikePool
    psp : quant.Step or quant.Ramp
    steps : int
    neurons : callable
        Makes the neurons for a number of channels.
    real : bool
        Whether the weights act as they are, and not by their sign.
    """

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 psp: Psp, neurons: NeuronsOf = SingleSpike, real: bool = False) -> None:
        super().__init__((channels, inputs[0], size, size), psp, steps, real=real)
        self.stride, self.padding, self.pool = stride, padding, pool
        self.neurons = neurons(channels)

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (steps * batch, in_channels, height, width) to planes (steps * batch, channels, height', width')."""
        how = Convolution(steps=self.steps, length=self.psp.gain(self.steps), stride=self.stride, padding=self.padding,
                          pool=self.pool, real=self.real)
        return self.neurons(convolve(planes, self.acting(), how), self.steps)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        conv = quant.Conv2d(weights=self.signs(), neurons=self.single_spike(self.neurons.threshold()),
                            stride=self.stride, padding=self.padding)
        return (conv, quant.FirstSpikePool(size=self.pool)) if self.pool > 1 else (conv,)


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


class Linear(FullyConnected):
    """Potentials of a dense layer without neurons: what the readout sees; parameters as of `FullyConnected`."""

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (steps * batch, channels, height, width) to V of shape (steps * batch, channels')."""
        how = Convolution(steps=self.steps, length=self.psp.gain(self.steps), real=self.real)
        return connect(planes.flatten(1), self.acting(), how)

    def export(self, threshold: Tensor) -> tuple[Layer, ...]:
        """The integer layers, with these integer thresholds (one an output)."""
        return self.layers(self.single_spike(threshold))


class Dense(nn.Module):
    """Dense layer with neurons; parameters as for Linear, and ``neurons`` as for Conv2d."""

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp,
                 neurons: NeuronsOf = SingleSpike, real: bool = False) -> None:
        super().__init__()
        self.linear = Linear(inputs, steps, channels=channels, psp=psp, real=real)
        self.neurons = neurons(channels)

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (steps * batch, channels, height, width) to planes (steps * batch, channels', 1, 1)."""
        return self.neurons(self.linear(planes)[..., None, None], self.linear.steps)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        return self.linear.export(self.neurons.threshold())
