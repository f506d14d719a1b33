"""Rate neurons for training: a normalisation that folds into an integer threshold and a constant current a channel."""

# mypy: disable-error-code="no-untyped-def"

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import quant
from quant.layers import Layer, Shape
from quant.neurons import LIMIT
from quant.psp import Psp

from .layers import Synaptic
from .neurons import EPSILON, Normalised


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, excess: Tensor) -> Tensor:
        ctx.save_for_backward(excess)
        return (excess >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (excess,) = ctx.saved_tensors
        return gradient * (1 - excess.abs()).clamp(min=0)


def spike(excess: Tensor) -> Tensor:
    """1 where ``excess >= 0``, else 0; the derivative is taken as ``max(0, 1 - |excess|)``."""
    return _Spike.apply(excess)


class RateNeurons(Normalised):
    """Neurons as of `quant.Rate`.

    While training, what a tick adds to V is n normalised by mean and variance of its channel (over ticks, images and
    positions), times ``exp(gain)``, plus ``offset``; the threshold is 1. In V's own units that is a threshold of
    ``deviation / exp(gain)`` and a current of ``offset * threshold - mean``. In evaluation mode exactly these, rounded
    to multiples of ``2**-fraction``, are used, as in hardware.

    Parameters
    ----------
    channels : int
    reset : "subtract" or "zero"
    leak : int or None
    fraction : int
        As of `quant.Rate`.
    level : float
        The threshold of normalised neurons; 1 above.
    """

    def __init__(self, channels: int, reset: str, leak: int | None, fraction: int, level: float = 1.0) -> None:
        super().__init__(channels)
        self.reset, self.leak, self.fraction, self.level = reset, leak, fraction, level
        self.gain = nn.Parameter(torch.zeros(channels))
        self.offset = nn.Parameter(torch.zeros(channels))

    def forward(self, sums: Tensor, steps: int) -> Tensor:
        """Spikes, shape (steps, batch, channels, height, width), for n of this shape, or of one tick that repeats."""
        return self.live(sums, steps)[0]

    def live(self, sums: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Spikes as of `forward`, and V after each tick, of the same shape."""
        sums = sums.float()
        if self.training and not self.frozen:
            variance, mean = torch.var_mean(sums, (0, 1, 3, 4))
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
            scale = self.gain.exp() / torch.sqrt(variance + EPSILON)
            added = sums * column(scale) + column(self.offset - mean * scale)
            return self._run(added, steps, torch.full((), self.level))
        return self._run(sums * 2**self.fraction + column(self.bias()), steps, column(self.threshold()))

    def _run(self, added: Tensor, steps: int, threshold: Tensor) -> tuple[Tensor, Tensor]:
        spikes, trace, potential = [], [], torch.zeros_like(added[0])
        for tick in range(steps):
            potential = potential + added[tick if len(added) > 1 else 0]
            spikes.append(spike((potential - threshold) / threshold))
            potential = potential - spikes[-1] * (threshold if self.reset == "subtract" else potential)
            if self.leak is not None:
                part = potential / 2**self.leak
                potential = potential - (part if self.training and not self.frozen else torch.floor(part))
            trace.append(potential)
        return torch.stack(spikes), torch.stack(trace)

    def real_threshold(self) -> Tensor:
        """The threshold in weights, shape (channels,)."""
        return self.level * torch.sqrt(self.variance + EPSILON) / self.gain.exp()

    def threshold(self) -> Tensor:
        """Integer threshold in units of ``2**-fraction`` weights, float32 of shape (channels,)."""
        return _rounded(self.real_threshold() * 2**self.fraction, self.rounded).clamp(min=1)

    def bias(self) -> Tensor:
        """Integer current in units of ``2**-fraction`` weights, float32 of shape (channels,)."""
        current = self.offset / self.level * self.real_threshold() - self.mean
        return _rounded(current * 2**self.fraction, self.rounded)

    def export(self) -> quant.Rate:
        """The integer neurons."""
        return quant.Rate(threshold=_integers(self.threshold()), bias=_integers(self.bias()), reset=self.reset,
                          leak=self.leak, fraction=self.fraction)


def column(values: Tensor) -> Tensor:
    """Numbers of channels, as they meet maps."""
    return values.view(-1, 1, 1)


def _rounded(values: Tensor, rounded: bool) -> Tensor:
    """Rounded, with the derivative of what is rounded; or as they are."""
    return values + (values.round() - values).detach() if rounded else values


def _integers(values: Tensor) -> tuple[int, ...]:
    return tuple(int(value) for value in values.detach().round())


RateNeuronsOf = Callable[[int], RateNeurons]


class RateConv2d(Synaptic):
    """Convolution, rate neurons, and pooling of their spikes if ``pool`` > 1; parameters as of `layers.Conv2d`."""

    neurons: RateNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 psp: Psp, neurons: RateNeuronsOf, real: bool = False) -> None:
        super().__init__((channels, inputs[0], size, size), psp, steps, real=real)
        self.stride, self.padding, self.pool = stride, padding, pool
        self.neurons = neurons(channels)

    def forward(self, signals: Tensor) -> Tensor:
        """Spikes, or numbers of one tick, shape (ticks, batch, channels, height, width), to spikes of all ticks."""
        sums = F.conv2d(signals.flatten(0, 1), self.acting(), stride=self.stride, padding=self.padding)
        spikes = self.neurons(sums.unflatten(0, signals.shape[:2]), self.steps)
        if self.pool == 1:
            return spikes
        return F.max_pool2d(spikes.flatten(0, 1), self.pool).unflatten(0, spikes.shape[:2])

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        conv = quant.Conv2d(weights=self.signs(), neurons=self.neurons.export(), stride=self.stride,
                            padding=self.padding)
        return (conv, quant.FirstSpikePool(size=self.pool)) if self.pool > 1 else (conv,)


class RateDense(Synaptic):
    """Dense layer with rate neurons; parameters as of `layers.Dense`."""

    neurons: RateNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp, neurons: RateNeuronsOf,
                 real: bool = False) -> None:
        super().__init__((channels, math.prod(inputs)), psp, steps, real=real)
        self.flat = inputs[1:] == (1, 1)
        self.neurons = neurons(channels)

    def forward(self, signals: Tensor) -> Tensor:
        """As `RateConv2d.forward`, to a height and width of 1."""
        return self.neurons(F.linear(signals.flatten(2), self.acting())[..., None, None], self.steps)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        dense = quant.Dense(weights=self.signs(), neurons=self.neurons.export())
        return (dense,) if self.flat else (quant.Flatten(), dense)


class Integrator(Synaptic):
    """Outputs that add up what they get, and never fire; parameters as of `layers.Linear`."""

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp, real: bool = False) -> None:
        super().__init__((channels, math.prod(inputs)), psp, steps, real=real)
        self.flat = inputs[1:] == (1, 1)

    def forward(self, signals: Tensor) -> Tensor:
        """V of shape (steps, batch, channels)."""
        return F.linear(signals.flatten(2), self.acting()).expand(self.steps, -1, -1).cumsum(0)

    def export(self, threshold: Tensor) -> tuple[Layer, ...]:
        """The integer layers."""
        dense = quant.Dense(weights=self.signs(), neurons=quant.Rate(threshold=(LIMIT,) * len(self.weight)))
        return (dense,) if self.flat else (quant.Flatten(), dense)
