"""Sign and spike, each with the derivative that training uses instead of its own."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor

from . import grid, native, parallel


class _Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights: Tensor) -> Tensor:
        return torch.where(weights >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient


def sign(weights: Tensor) -> Tensor:
    """Each weight's -1 or +1, for 0 it is +1; the derivative is taken as 1 (straight through)."""
    return _Sign.apply(weights)


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, excess: Tensor) -> Tensor:
        if native.fits(excess):
            peak, fired = torch.empty_like(excess), torch.empty_like(excess)
            native.call("fire_forward", excess, peak, fired, len(excess), excess[0].numel())
            ctx.save_for_backward(peak)
            return fired
        peak = excess.clone()
        for tick in range(1, len(excess)):
            torch.maximum(peak[tick - 1], excess[tick], out=peak[tick])
        ctx.save_for_backward(peak)
        return (peak >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (peak,) = ctx.saved_tensors
        if native.fits(gradient, peak):
            result = torch.empty_like(peak)
            native.call("fire_backward", native.like(gradient, peak), peak, result, len(peak), peak[0].numel())
            return result
        result = gradient / (1 + 3 * peak.abs()).square()
        for tick in range(len(peak) - 1, 0, -1):  # what a tick did not raise is handed to the tick before it
            handed = result[tick] * (peak[tick] == peak[tick - 1])
            result[tick] -= handed
            result[tick - 1] += handed
        return result


def fire(excess: Tensor) -> Tensor:
    """Fired-by-tick planes of single-spike neurons: 1 from the first tick with ``excess >= 0`` on.

    The derivative is 1 / (1 + 3 |m|)**2 at the running maximum m of ``excess``, and goes to the tick that set it.

    Parameters
    ----------
    excess : float, shape (steps, ...)
        Potential minus threshold, on any positive scale.
    """
    return _Fire.apply(excess)


class _Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, top: int) -> Tensor:
        ctx.save_for_backward(values)
        ctx.beyond = torch.nextafter(torch.tensor([0.0, top]), torch.tensor([-1.0, 2.0 * top])).tolist()
        return values.clamp(0, top)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        (values,) = ctx.saved_tensors  # one pass, where the derivative of `clamp` takes a mask and four
        return torch.ops.aten.hardtanh_backward.grad_input(gradient, values, *ctx.beyond,
                                                           grad_input=torch.empty_like(values)), None


def clipped(values: Tensor, top: int) -> Tensor:
    """``values``, float32, clipped to 0..top; gradients are those of ``values.clamp(0, top)``, bit for bit."""
    return _Clipped.apply(values, top)


class _Digits(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, top: int) -> Tensor:
        ctx.save_for_backward((values >= 0) & (values < top + 1))
        return values.floor().clamp(0, top)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        return gradient * ctx.saved_tensors[0], None


def digits(values: Tensor, top: int) -> Tensor:
    """``values``, rounded down and clipped to 0..top; the derivative is taken as 1 where nothing is clipped."""
    return _Digits.apply(values, top)


class _Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, factor: Tensor) -> Tensor:
        ctx.save_for_backward(values, factor)
        return values * factor

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        values, factor = ctx.saved_tensors
        spacing = grid.spacing(gradient, int(parallel.total(values.double().abs().sum())) + 1)
        change = parallel.total((grid.rounded(gradient, spacing) * values).sum()) / spacing / parallel.world()
        return gradient * factor, change.to(factor.dtype)


def scaled(values: Tensor, factor: Tensor) -> Tensor:
    """Integers times one learned number, whose gradient is summed exactly: see `grid`."""
    return _Scaled.apply(values, factor) if values.device.type == "cpu" else values * parallel.shared(factor)
