"""Neurons and outputs that learn from displacements of their spikes, without their derivatives."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor

from ..ops import channels, grid, native
from ..ops.times import slope
from .spike_times import Timed


class _Displaced(torch.autograd.Function):
    @staticmethod
    def forward(ctx, potentials, bound, reach):
        ctx.fits = channels.innermost(potentials.flatten(0, 1))
        count = potentials[:, :, 0].numel()
        margin = reach * (_rises if ctx.fits else _plain_rises)(potentials) / count
        level = bound.detach().flatten().float()
        constants = torch.stack([level, torch.ones_like(level), torch.zeros_like(level), margin.float()])
        ctx.save_for_backward(potentials, constants)
        return (_fired if ctx.fits else _plain_fired)(potentials, constants)

    @staticmethod
    def backward(ctx, gradient):
        potentials, constants = ctx.saved_tensors
        spacing = grid.spacing(gradient, potentials[:, :, 0].numel() * len(potentials))
        result, sums = (_moved if ctx.fits else _plain_moved)(gradient, potentials, constants, spacing)
        return result, -(sums / spacing).float()[:, None, None], None


def _plain_rises(potentials: Tensor) -> Tensor:
    return slope(potentials).abs().double().sum((0, 1, 3, 4))


def _excess(potentials: Tensor, constants: Tensor) -> Tensor:
    """Running maximum of V above the bound."""
    peak = potentials - constants[0][:, None, None]
    for tick in range(1, len(peak)):
        torch.maximum(peak[tick - 1], peak[tick], out=peak[tick])
    return peak


def _plain_fired(potentials: Tensor, constants: Tensor) -> Tensor:
    return (_excess(potentials, constants) >= 0).to(potentials.dtype)


def _plain_moved(gradient, potentials, constants, spacing):
    peak = _excess(potentials, constants)
    result = gradient * (peak.abs() <= constants[3][:, None, None])
    for tick in range(len(peak) - 1, 0, -1):  # what a tick did not raise belongs to the tick before it
        handed = result[tick] * (peak[tick] == peak[tick - 1])
        result[tick] -= handed
        result[tick - 1] += handed
    return result, grid.rounded(result, spacing).sum((0, 1, 3, 4))


def _rises(potentials: Tensor) -> Tensor:
    width = channels.rows(potentials.new_empty(1, potentials.shape[2]), 4).shape[1]
    sums = channels.sums(1, width)
    native.call("rises", potentials, sums, width, len(potentials), potentials[0].numel())
    return channels.folded(sums, potentials.shape[2])[0]


def _fired(potentials: Tensor, constants: Tensor) -> Tensor:
    fired, rows = torch.empty_like(potentials), channels.rows(constants[:3], len(potentials))
    native.call("spikes_forward", potentials, rows, fired, rows.shape[1], len(potentials), potentials[0].numel())
    return fired


def _moved(gradient, potentials, constants, spacing):
    result, rows = torch.empty_like(potentials), channels.rows(constants, len(potentials))
    sums = channels.sums(2, rows.shape[1])
    native.call("displaced_backward", native.like(gradient, potentials), potentials, rows, spacing, result, sums,
                rows.shape[1], len(potentials), potentials[0].numel())
    return result, channels.folded(sums[:, :1], potentials.shape[2])[0]


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
