"""Rate neurons for training: a normalisation that folds into an integer threshold and a constant current a channel."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

import quant
from quant.description.layers import Layer, Shape
from quant.description.neurons import LIMIT
from quant.description.psp import Psp

from ..ops.channels import EPSILON
from ..ops.spike_sums import connect, convolve
from ..ops.spike_trains import Dynamics, live, moments, trains
from .neurons import Normalised
from .shadow_weights import FullyConnected, Synaptic


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

    def forward(self, sums: Tensor, steps: int, pool: int = 1) -> Tensor:
        """Spikes, shape (steps, batch, channels, height / pool, width / pool).

        Parameters
        ----------
        sums : Tensor
            n, shape (steps, batch, channels, height, width); or of one tick that repeats.
        pool : int
            Extent of the windows of which a spike in each tick is kept.
        """
        return trains(*self._tick(sums.float()), self._dynamics(steps, pool))

    def live(self, sums: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Spikes as of `forward`, and V after each tick, of the same shape; without derivatives."""
        return live(*self._tick(sums.float()), self._dynamics(steps))

    def _dynamics(self, steps: int, pool: int = 1) -> Dynamics:
        exact = not self.training or self.frozen
        return Dynamics(steps=steps, zero=self.reset == "zero", leak=self.leak, whole=exact, pool=pool)

    def _tick(self, sums: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Arguments of a tick: sums, their scale, the current that is added, and the threshold, by channel.

        What neurons do depends on their currents divided by the threshold alone, so that it is learned by those.
        """
        if self.training and not self.frozen:
            mean, variance = moments(sums)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
            scale = self.gain.exp() / torch.sqrt(variance + EPSILON)
            return sums, scale, self.offset - mean * scale, torch.full_like(scale, self.level)
        threshold = self.threshold()
        one = threshold.detach() / threshold
        return sums, one * 2**self.fraction, one * self.bias(), threshold.detach()

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


def _rounded(values: Tensor, rounded: bool) -> Tensor:
    """Rounded, with the derivative of what is rounded; or as they are."""
    return values + (values.round() - values).detach() if rounded else values


def _integers(values: Tensor) -> tuple[int, ...]:
    return tuple(int(value) for value in values.detach().round())


RateNeuronsOf = Callable[[int], RateNeurons]


class RateConv2d(Synaptic):
    """Convolution, rate neurons, and pooling if ``pool`` > 1; parameters as of `single_spike.Conv2d`."""

    neurons: RateNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 psp: Psp, neurons: RateNeuronsOf, real: bool = False) -> None:
        super().__init__((channels, inputs[0], size, size), psp, steps, real=real)
        self.stride, self.padding, self.pool = stride, padding, pool
        self.neurons = neurons(channels)

    def forward(self, signals: Tensor) -> Tensor:
        """Spikes, or numbers of one tick, shape (ticks, batch, channels, height, width), to spikes of all ticks."""
        sums = convolve(signals.flatten(0, 1), self.acting(), stride=self.stride, padding=self.padding, real=self.real)
        return self.neurons(sums.unflatten(0, signals.shape[:2]), self.steps, self.pool)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        conv = quant.Conv2d(weights=self.signs(), neurons=self.neurons.export(), stride=self.stride,
                            padding=self.padding)
        return (conv, quant.FirstSpikePool(size=self.pool)) if self.pool > 1 else (conv,)


class RateDense(FullyConnected):
    """Dense layer with rate neurons; parameters as of `single_spike.Dense`."""

    neurons: RateNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp, neurons: RateNeuronsOf,
                 real: bool = False) -> None:
        super().__init__(inputs, steps, channels=channels, psp=psp, real=real)
        self.neurons = neurons(channels)

    def forward(self, signals: Tensor) -> Tensor:
        """As `RateConv2d.forward`, to a height and width of 1."""
        sums = connect(signals.flatten(2), self.acting(), real=self.real)
        return self.neurons(sums[..., None, None], self.steps)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode."""
        return self.layers(self.neurons.export())


class Integrator(FullyConnected):
    """Outputs that add up what they get, and never fire; parameters as of `shadow_weights.FullyConnected`."""

    def forward(self, signals: Tensor) -> Tensor:
        """V of shape (steps, batch, channels)."""
        return connect(signals.flatten(2), self.acting(), real=self.real).expand(self.steps, -1, -1).cumsum(0)

    def export(self, threshold: Tensor) -> tuple[Layer, ...]:
        """The integer layers."""
        return self.layers(quant.Rate(threshold=(LIMIT,) * len(self.weight)))
