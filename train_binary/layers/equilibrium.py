"""Layers with feedback for training: spikes of all ticks forward, the derivative of their equilibrium backward."""

# mypy: disable-error-code="no-untyped-def"

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

import quant
from quant.description.layers import Layer, Shape
from quant.description.psp import Psp

from ..ops.channels import EPSILON
from ..ops.solvers import Product, Solver
from ..ops.spike_trains import column, moments
from .feedback import Feedback
from .rate import Integrator, RateConv2d, RateDense, RateNeurons


def ticks(current: Tensor, returned: Callable[[Tensor], Tensor], threshold: Tensor, steps: int,
          leak: int | None = None, whole: bool = False) -> Iterator[Tensor]:
    """Spikes of each tick, float32: V += current + returned(spikes of the tick before); reset by subtraction; leak.

    ``whole``: what leaks is rounded down. Only one tick is held at a time.
    """
    potential, spikes = current, torch.zeros_like(current)
    for tick in range(steps):
        if tick:
            potential = leaked(potential - spikes * threshold, leak, whole) + current + returned(spikes)
        spikes = (potential >= threshold).float()
        yield spikes


def leaked(potential: Tensor, leak: int | None, whole: bool) -> Tensor:
    """V after ``V -= V >> leak``, or ``V / 2**leak`` if it is not rounded down to ``whole`` numbers."""
    if leak is None:
        return potential
    part = potential * 2.0**-leak
    return potential - (torch.floor(part) if whole else part)


def rate(spikes: Iterable[Tensor], leak: int | None) -> Tensor:
    """Mean of the spikes over all ticks; with a leak weighted by what is left of each at the last tick."""
    total, weight = torch.zeros(()), 0.0
    for now in spikes:
        total, weight = total * kept(leak) + now, weight * kept(leak) + 1
    return total / weight


def kept(leak: int | None) -> float:
    """Share of V that a tick leaves."""
    return 1.0 if leak is None else 1 - 2.0**-leak


class _Equilibrium(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grown, rates, transposed, solve):
        ctx.transposed, ctx.solve = transposed, solve
        ctx.save_for_backward((grown > 0) & (grown < 1))
        return rates.clone()

    @staticmethod
    def backward(ctx, gradient):
        (inside,) = ctx.saved_tensors
        return ctx.solve(lambda x: ctx.transposed(x * inside), gradient) * inside, None, None, None


def equilibrium(grown: Tensor, rates: Tensor, transposed: Product, solve: Solver) -> Tensor:
    """``rates``, with the derivative of the equilibrium ``a = f(a) = clip(grown(a), 0, 1)`` in their place.

    Of a gradient g of the cost by a, ``x = (1 - J^T)^-1 g`` is what goes on through one application of f, where J is
    the derivative of f by a, all at ``rates`` (Xiao et al. 2021). What is held for that does not depend on the ticks.

    Parameters
    ----------
    grown : Tensor, shape (batch, ...)
        What f clips, at ``rates``; it depends on all that is learned, but not on ``rates``, as autograd sees it.
    rates : Tensor
        Found by simulation, without derivative.
    transposed : callable
        The transposed derivative of ``grown`` by the rates, times its argument.
    solve : Solver
        Of x = J^T x + g.
    """
    return _Equilibrium.apply(grown, rates, transposed, solve)


class EquilibriumNeurons(RateNeurons):
    """Rate neurons with feedback, reset by subtraction, whose mean rates come to an equilibrium.

    As of `rate.RateNeurons` the current from the inputs is normalised, by its mean and variance over images and
    positions, which folds into threshold and bias. The feedback is not: a spike adds ``2**shift / threshold`` of a
    threshold, times the sign. `feedback.Feedback` chooses the shift, and ``lift``, by which all thresholds of the layer
    are raised, so that this is a contraction. Integer thresholds are rounded up, which makes it no weaker.

    Parameters
    ----------
    channels, leak, fraction, level
        As of `rate.RateNeurons`.
    contraction : float
        Largest spectral norm of the feedback over the thresholds.
    solve : Solver
    """

    lift: Tensor

    def __init__(self, channels: int, leak: int | None, fraction: int, level: float, contraction: float,
                 solve: Solver) -> None:
        super().__init__(channels, "subtract", leak, fraction, level)
        self.contraction, self.solve = contraction, solve
        self.register_buffer("lift", torch.tensor(1.0))

    def real_threshold(self) -> Tensor:
        """The raised threshold in weights, shape (channels,)."""
        return super().real_threshold() * self.lift

    def threshold(self) -> Tensor:
        """Threshold in units of ``2**-fraction`` weights, float32 of shape (channels,); an integer if it is rounded."""
        threshold = self.real_threshold() * 2**self.fraction
        return torch.ceil(threshold).clamp(min=1) if self.rounded else threshold

    def settle(self, feedback: Feedback) -> None:
        """Choose the shift and raise the thresholds for the statistics as they are now."""
        self.lift.fill_(1)
        self.lift.fill_(feedback.fit(self.real_threshold(), self.contraction, feedback.SETTLED))

    @torch.autocast("cpu", enabled=False)
    def forward(self, sums: Tensor, steps: int, feedback: Feedback) -> Tensor:
        """Rates while training, shape (1, batch, channels, height, width); else spikes, with as many ticks as steps.

        Parameters
        ----------
        sums : Tensor, shape (1, batch, channels, height, width)
            n_input, the same in all ticks.
        """
        return (self._rates if self.training else self._spikes)(sums.float(), steps, feedback)

    def currents(self, sums: Tensor, feedback: Feedback) -> tuple[Tensor, Tensor]:
        """Normalised currents of the inputs, shape (batch, channels, height, width), and what a feedback's sign counts.

        Both in thresholds, of sums as of `forward` while training; running statistics and the feedback's shift follow.
        """
        mean, variance = moments(sums)
        with torch.no_grad():
            self.mean.lerp_(mean, self.momentum)
            self.variance.lerp_(variance, self.momentum)
        plain = self.level * torch.sqrt(variance + EPSILON) / self.gain.exp()
        self.lift.fill_(feedback.fit(plain.detach(), self.contraction))
        threshold = column(plain * float(self.lift))
        current = (sums[0] - column(mean)) / threshold + column(self.offset / self.level)
        return current, 2.0**int(feedback.shift) / threshold

    def _rates(self, sums: Tensor, steps: int, feedback: Feedback) -> Tensor:
        current, scale = self.currents(sums, feedback)
        with torch.no_grad():
            found = rate(ticks(current, lambda spikes: scale * feedback(spikes), torch.ones(()), steps, self.leak),
                         self.leak)
        return equilibrium(current + scale * feedback(found), found,
                           lambda x: feedback.adjoint(scale.detach() * x), self.solve)[None]

    @torch.no_grad()
    def _spikes(self, sums: Tensor, steps: int, feedback: Feedback) -> Tensor:
        current = sums[0].double() * 2**self.fraction + column(self.bias())
        scale = 2.0**(int(feedback.shift) + self.fraction)
        return torch.stack(list(ticks(current, lambda spikes: feedback(spikes).double() * scale,
                                      column(self.threshold()), steps, self.leak, whole=self.rounded)))


class EquilibriumDense(RateDense):
    """As `rate.RateDense`, with feedback from all neurons to all."""

    neurons: EquilibriumNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp,
                 neurons: Callable[[int], EquilibriumNeurons], feedback: bool, real: bool = False) -> None:
        super().__init__(inputs, steps, channels=channels, psp=psp, neurons=neurons, real=real)
        self.feedback = Feedback((channels, 1, 1), 1, psp, steps, real=real)

    def forward(self, signals: Tensor) -> Tensor:
        """Numbers, shape (1, batch, channels, height, width), to what the neurons give."""
        return self.neurons(F.linear(signals.flatten(2), self.acting())[..., None, None], self.steps, self.feedback)

    def export(self) -> tuple[Layer, ...]:
        """The integer layers that compute the same in evaluation mode; ValueError as of `Feedback.joined`."""
        *before, layer = super().export()
        return (*before, self.feedback.joined(layer, self.neurons.contraction))


class EquilibriumConv2d(RateConv2d):
    """As `rate.RateConv2d` without pooling, with feedback by a kernel of ``feedback`` x ``feedback``, an odd number."""

    neurons: EquilibriumNeurons

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 psp: Psp, neurons: Callable[[int], EquilibriumNeurons], feedback: int, real: bool = False) -> None:
        super().__init__(inputs, steps, channels=channels, size=size, stride=stride, padding=padding, pool=pool,
                         psp=psp, neurons=neurons, real=real)
        height, width = ((extent + 2 * padding - size) // stride + 1 for extent in inputs[1:])
        self.feedback = Feedback((channels, height, width), feedback, psp, steps, real=real)

    def forward(self, signals: Tensor) -> Tensor:
        """As `EquilibriumDense.forward`."""
        sums = F.conv2d(signals[0], self.acting(), stride=self.stride, padding=self.padding)
        return self.neurons(sums[None], self.steps, self.feedback)

    def export(self) -> tuple[Layer, ...]:
        """As `EquilibriumDense.export`."""
        (layer,) = super().export()
        return (self.feedback.joined(layer, self.neurons.contraction),)


class Readout(Integrator):
    """Outputs that add up what they get, leak as the hidden neurons do, and never fire.

    V at the last tick is the rate of the hidden neurons, as `rate` weighs it, times the signs and a constant.

    Parameters
    ----------
    leak : int or None
    fraction : int
        Bits behind the point of V.
    """

    def __init__(self, inputs: Shape, steps: int, *, channels: int, psp: Psp, leak: int | None, fraction: int,
                 real: bool = False) -> None:
        super().__init__(inputs, steps, channels=channels, psp=psp, real=real)
        self.leak, self.fraction = leak, fraction

    def forward(self, signals: Tensor) -> Tensor:
        """V at the last tick for rates while training, shape (1, batch, channels); else after each tick for spikes."""
        sums = F.linear(signals.flatten(2), self.acting()) * 2**self.fraction
        if self.training:
            return sums * math.fsum(kept(self.leak)**age for age in range(1, self.steps + 1))
        history = [torch.zeros(())]
        for now in sums.double():
            history.append(leaked(history[-1] + now, self.leak, whole=not self.real))
        return torch.stack(history[1:])

    def export(self, threshold: Tensor) -> tuple[Layer, ...]:
        """The integer layers."""
        *before, layer = super().export(threshold)
        assert isinstance(layer, quant.Dense)
        neurons = quant.Rate(threshold=layer.neurons.threshold, leak=self.leak, fraction=self.fraction)
        return (*before, replace(layer, neurons=neurons))
