"""Layers of neurons that fire once, at the first tick at which V reaches an integer threshold."""

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

import quant
from quant.description.layers import Layer, Shape
from quant.description.psp import Psp

from ..ops.channels import EPSILON
from ..ops.coding import kernel_length
from ..ops.functions import fire
from ..ops.spikes import spikes
from ..ops.synapses import Convolution, connect, convolve
from .neurons import Normalised
from .shadow_weights import FullyConnected, Synaptic


class SingleSpike(Normalised):
    """Neurons that fire once, at the first tick with V >= threshold.

    While training, V is normalised by mean and variance of its channel (over ticks, images and positions) and compared
    with the learned ``-offset``; the scale stays positive, so the comparison is V >= mean - offset * deviation. In
    evaluation mode exactly the integer ``threshold()`` of the running statistics is compared, as in hardware; and in
    training too if the neurons are ``frozen``, with the derivative of the threshold before it was rounded.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.offset = nn.Parameter(torch.full((channels,), -0.5))

    def share(self) -> None:
        """Let all channels share one threshold, and so mean, variance and offset; they start anew."""
        self.offset = nn.Parameter(torch.full((1,), -0.5))
        self.observe_anew(1)

    def forward(self, potentials: Tensor, steps: int) -> Tensor:
        """Fired-by-tick planes for V of shape (steps * batch, channels, height, width), and of the same shape."""
        if not self.training or self.frozen:
            learned = self.real_threshold()
            threshold = self.threshold() + (learned - learned.detach())
            excess = (potentials - threshold.view(1, -1, 1, 1)) / self.deviation().view(1, -1, 1, 1)
            return fire(excess.unflatten(0, (steps, -1))).flatten(0, 1)
        rows = potentials.permute(0, 2, 3, 1)  # channels last, as they lie in memory; or all values as one channel
        values = rows.reshape(len(rows), -1, 1, len(self.offset)).permute(0, 3, 1, 2)
        fired, mean, variance = spikes(values, self.offset, steps, EPSILON)
        self.mean.lerp_(mean, self.momentum)
        self.variance.lerp_(variance, self.momentum)
        return fired.permute(0, 2, 3, 1).reshape(rows.shape).permute(0, 3, 1, 2)

    def deviation(self) -> Tensor:
        """Standard deviation of V, in which thresholds are measured."""
        return torch.sqrt(self.variance + EPSILON)

    def real_threshold(self) -> Tensor:
        """The threshold before it is rounded, with its derivative; one, or shape (channels,)."""
        return self.mean - self.offset * self.deviation()

    def threshold(self) -> Tensor:
        """Smallest V that fires, float32 of shape (channels,)."""
        learned = self.real_threshold().detach()
        return (torch.ceil(learned) if self.rounded else learned).expand(self.channels)


NeuronsOf = Callable[[int], SingleSpike]


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

    description: ClassVar[type[quant.Conv2d] | type[quant.DepthwiseConv2d]] = quant.Conv2d

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 psp: Psp, neurons: NeuronsOf = SingleSpike, real: bool = False) -> None:
        super().__init__((channels, inputs[0], size, size), psp, steps, real=real)
        self.stride, self.padding, self.pool = stride, padding, pool
        self.neurons = neurons(channels)

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (steps * batch, in_channels, height, width) to planes (steps * batch, channels, height', width')."""
        how = Convolution(steps=self.steps, length=kernel_length(self.psp, self.steps), stride=self.stride,
                          padding=self.padding, pool=self.pool, real=self.real,
                          depthwise=self.description is quant.DepthwiseConv2d)
        return self.neurons(convolve(planes, self.acting(), how), self.steps)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        conv = self.description(weights=self.signs(), neurons=self.single_spike(self.neurons.threshold()),
                                stride=self.stride, padding=self.padding)
        return (conv, quant.FirstSpikePool(size=self.pool)) if self.pool > 1 else (conv,)


class DepthwiseConv2d(Conv2d):
    """Convolution of each channel by itself, neurons and pooling.

    Parameters as of `Conv2d` but ``channels``, which are those of the inputs; weights have shape
    (channels, 1, size, size).
    """

    description = quant.DepthwiseConv2d

    def __init__(self, inputs: Shape, steps: int, **options: Any) -> None:
        super().__init__((1, *inputs[1:]), steps, channels=inputs[0], **options)


class Linear(FullyConnected):
    """Potentials of a dense layer without neurons: what the readout sees; parameters as of `FullyConnected`."""

    def forward(self, planes: Tensor) -> Tensor:
        """Planes (steps * batch, channels, height, width) to V of shape (steps * batch, channels')."""
        how = Convolution(steps=self.steps, length=kernel_length(self.psp, self.steps), real=self.real)
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
