"""Neurons and outputs that learn from displacements of their spikes, without their derivatives."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor

from .times import Timed, slope


class _Displaced(torch.autograd.Function):
    @staticmethod
    def forward(ctx, potentials, bound, reach):
        peak = potentials.clone()
        for tick in range(1, len(peak)):
            torch.maximum(peak[tick - 1], peak[tick], out=peak[tick])
        margin = reach * slope(potentials).abs().mean((0, 1, 3, 4)).view_as(bound)
        ctx.save_for_backward(peak, (peak - bound).abs() <= margin)
        return (peak >= bound).to(potentials.dtype)

    @staticmethod
    def backward(ctx, gradient):
        peak, near = ctx.saved_tensors
        result = gradient * near
        for tick in range(len(peak) - 1, 0, -1):  # what a tick did not raise belongs to the tick before it
            handed = result[tick] * (peak[tick] == peak[tick - 1])
            result[tick] -= handed
            result[tick - 1] += handed
        return result, -result.sum((0, 1, 3, 4))[:, None, None], None


def displaced(potentials: Tensor, bound: Tensor, reach: float) -> Tensor:
    """Fired-by-tick planes; what comes back as gradient of a plane goes to V as it is, or not at all.

    It goes where a spike can be moved across that tick: where the largest V up to the tick, P, lies within ``reach``
    mean slopes of the bound; and to the tick that set P. The bound gets minus the sum.

    Parameters
    ----------
    potentials : float, shape (steps, batch, channels, height, width)
    bound : float, shape (channels, 1, 1)
    reach : float
        In ticks: V is taken as a line that rises by its channel's mean slope a tick.
    """
    return _Displaced.apply(potentials, bound, reach)


class LocalNeurons(Timed):
    """Neurons of a layer that learns from displacements.

    Parameters
    ----------
    channels : int
    reach : float
        As in `displaced`.
    """

    def __init__(self, channels: int, reach: float) -> None:
        super().__init__(channels)
        self.reach = reach

    def fire(self, potentials: Tensor, bound: Tensor) -> Tensor:
        """As `displaced`."""
        return displaced(potentials, bound, self.reach)
