"""Potentials of synapses over all ticks, from spikes and signs; forward and backward without a rounded sum."""

# mypy: disable-error-code="no-untyped-def"

from dataclasses import astuple, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from . import grid, native, parallel
from .coding import accumulate, planes, response

EXACT = 2**24  # integers below are exact in float32
NARROW = 2**15  # and below this in an int16
INTEGER = 32  # bits of the sums of one image
MANTISSA, FEW = 24, 16  # bits of a float32; no more neurons than that leave a gradient most of them
LANES, AHEAD = 8, 32  # to which synapses.h pads channels, and how many weights it may read behind the last
GROUP = 24  # 32-bit words of the structure Group of conv_backward.c, of four outputs


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """Geometry of a convolution over spikes, of which the maximum of each pool x pool window is kept.

    ``real``: the weights are no signs, and sums with them are rounded. ``depthwise``: each output looks at the channel
    of its number alone, and the weights have shape (channels, 1, size, size).
    """

    steps: int
    length: int
    stride: int = 1
    padding: int = 0
    pool: int = 1
    real: bool = False
    depthwise: bool = False

    def sums(self, inputs: Tensor, signs: Tensor) -> Tensor:
        """Weighted sums of ``inputs``, not pooled, as torch makes them."""
        return F.conv2d(inputs, signs, stride=self.stride, padding=self.padding, groups=self.groups(signs))

    def groups(self, signs: Tensor) -> int:
        """Parts of the channels, of which each looks at its own part of the inputs."""
        return len(signs) if self.depthwise else 1

    def weight_of_sum(self) -> int:
        """Largest sum over ticks, of running sums too, for summands of size 1."""
        return self.steps * (self.steps + 1) // 2


def convolve(fired: Tensor, signs: Tensor, how: Convolution) -> Tensor:
    """V at each tick, pooled, float32 of shape (steps * batch, outputs, height', width').

    On the CPU gradients are summed on a grid (see `grid`), and spikes are added one by one where a C compiler is at
    hand; both ways give the same numbers. Other devices convolve and differentiate as torch does.

    Parameters
    ----------
    fired : Tensor
        Fired-by-tick planes, shape (steps * batch, channels, height, width).
    signs : Tensor
        Shape (outputs, channels, size, size); depthwise (channels, 1, size, size).
    how : Convolution
    """
    if fired.device.type != "cpu" or how.real and not _compiled(fired, signs, how):
        potentials = how.sums(_response(fired, how), parallel.shared(signs))
        return F.max_pool2d(potentials, how.pool) if how.pool > 1 else potentials
    return _Convolve.apply(fired, signs, how)


def connect(fired: Tensor, signs: Tensor, how: Convolution) -> Tensor:
    """V of a dense layer at each tick, float32 of shape (steps * batch, outputs).

    Parameters
    ----------
    fired : Tensor
        Fired-by-tick planes, shape (steps * batch, inputs).
    signs : Tensor
        Shape (outputs, inputs).
    how : Convolution
        Of which ``steps``, ``length`` and ``real`` count.
    """
    if how.real or fired.device.type != "cpu":
        return F.linear(_response(fired, how), parallel.shared(signs))
    return _Connect.apply(fired, signs, how)


def _response(fired: Tensor, how: Convolution) -> Tensor:
    return response(fired.unflatten(0, (how.steps, -1)), how.length).flatten(0, 1)


def _times(fired: Tensor, steps: int) -> Tensor:
    """Spike times, int16 of shape (batch, ...): `steps` is never."""
    rows = fired.movedim(1, -1).unflatten(0, (steps, -1))  # as they lie in memory, if channels are the innermost
    counts = rows.reshape(steps, -1).sum(0).view(rows.shape[1:])
    return (steps - counts).to(torch.int16).movedim(-1, 1)


def _responses(times: Tensor, how: Convolution) -> Tensor:
    return response(planes(times, how.steps), how.length).flatten(0, 1)


def _lower(gradient: Tensor, how: Convolution) -> Tensor:
    """Gradient of the planes, for that of the responses."""
    return accumulate(gradient.unflatten(0, (how.steps, -1)), how.length, backward=True).flatten(0, 1)


class _Connect(torch.autograd.Function):
    @staticmethod
    @torch.autocast("cpu", enabled=False)
    def forward(ctx, fired, signs, how):
        ctx.how = how
        ctx.save_for_backward(_times(fired, how.steps), signs)
        return F.linear(_response(fired.float(), how), signs)

    @staticmethod
    def backward(ctx, gradient):
        times, signs = ctx.saved_tensors
        spacing = grid.spacing(gradient, len(gradient) * parallel.world() * ctx.how.steps)
        integers = grid.rounded(gradient, spacing)
        change = parallel.total(integers.T @ _responses(times, ctx.how).double()) / spacing / parallel.world()
        below = None
        if ctx.needs_input_grad[0]:
            few = len(signs) <= FEW
            spacing = grid.spacing(gradient, len(signs), MANTISSA if few else grid.MANTISSA)
            kind = torch.float32 if few else torch.float64
            integers = grid.rounded(gradient, spacing).to(kind)
            below = _lower((integers @ signs.to(kind)).mul_(1 / spacing).float(), ctx.how)
        return below, change.float(), None


class _Convolve(torch.autograd.Function):
    @staticmethod
    @torch.autocast("cpu", enabled=False)
    def forward(ctx, fired, signs, how):
        fired, ctx.how, ctx.shape = fired.float(), how, fired.shape
        ctx.fits = _compiled(fired, signs, how)
        times = _times(fired, how.steps)
        potentials, where = _forward(times, signs, how) if ctx.fits else _plain_forward(fired, signs, how)
        ctx.save_for_backward(times, signs, where)
        return potentials

    @staticmethod
    def backward(ctx, gradient):
        times, signs, where = ctx.saved_tensors
        height, width = _extents(ctx.shape, signs, ctx.how)
        fan = max(height * width * ctx.how.weight_of_sum(), signs[:, 0].numel())
        spacing = grid.spacing(gradient, fan, INTEGER)
        backward = _backward if ctx.fits else _plain_backward
        below, change = backward(gradient, times, signs, where, spacing, ctx.how, ctx.shape, ctx.needs_input_grad[0])
        change = (parallel.total(change) / spacing / parallel.world()).float()
        return None if below is None else _lower(below, ctx.how), change, None


def _compiled(fired: Tensor, signs: Tensor, how: Convolution) -> bool:
    """True if compiled code takes it: there is some, a place in a window is a byte, and sums of signs are exact.

    Depthwise convolutions have none.
    """
    return (native.library() is not None and not how.depthwise and how.pool <= 16 and fired.numel() > 0
            and (how.real or signs[0].numel() < NARROW and signs[0].numel() * how.weight_of_sum() < EXACT))


def _extents(shape, signs: Tensor, how: Convolution) -> tuple[int, int]:
    """Height and width of the potentials before they are pooled."""
    height, width = ((extent + 2 * how.padding - signs.shape[-1]) // how.stride + 1 for extent in shape[2:])
    return height, width


def _plain_forward(fired: Tensor, signs: Tensor, how: Convolution) -> tuple[Tensor, Tensor | None]:
    inputs = _response(fired, how).contiguous(memory_format=torch.channels_last)
    potentials = how.sums(inputs, signs)
    if how.pool == 1:
        return potentials, None
    return F.max_pool2d(potentials, how.pool, return_indices=True)


def _plain_backward(gradient, times, signs, where, spacing, how, shape, wanted):
    integers = grid.rounded(gradient, spacing)
    if where is not None:
        integers = F.max_unpool2d(integers, where, how.pool, output_size=_extents(shape, signs, how))
    two = [how.stride] * 2, [how.padding] * 2
    below, change, _ = torch.ops.aten.convolution_backward(
        integers, _responses(times, how).double(), signs.double(), None, *two, [1, 1], False, [0, 0],
        how.groups(signs), [wanted, True, False])
    return (below / spacing).float() if wanted else None, change


def _geometry(times: Tensor, signs: Tensor, how: Convolution) -> Tensor:
    """The structure Geometry of synapses.h."""
    images, channels, height, width = times.shape
    steps, length, stride, padding, pool, real, _ = astuple(how)
    return torch.tensor([steps, images, height, width, channels, len(signs), signs.shape[-1], stride, padding, pool,
                         length, real])


def _last(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, dtype=dtype, memory_format=torch.channels_last)


def _forward(times: Tensor, signs: Tensor, how: Convolution) -> tuple[Tensor, Tensor]:
    height, width = _extents(times.shape, signs, how)
    shape = how.steps * len(times), len(signs), height // how.pool, width // how.pool
    potentials, where = _last(*shape), _last(*shape, dtype=torch.uint8)
    rows = F.pad(signs.flip(3).permute(1, 2, 3, 0), (0, -len(signs) % LANES)).contiguous()
    scratch = torch.zeros(torch.get_num_threads(), how.steps * height * width * rows.shape[3])
    narrow = torch.zeros(0 if how.real else scratch.shape, dtype=torch.int16)
    times = times.contiguous(memory_format=torch.channels_last)
    native.call("conv_forward", _geometry(times, signs, how), times, rows if how.real else rows.to(torch.int16),
                potentials, where, scratch, narrow)
    return potentials, where


def _backward(gradient, times, signs, where, spacing, how, shape, wanted):
    height, width = _extents(shape, signs, how)
    outputs, channels, size, _ = signs.shape
    below = _last(*shape) if wanted else torch.empty(0)
    rows = signs if how.real else (signs > 0).to(torch.int8).neg()
    rows = F.pad(rows.permute(0, 2, 3, 1), (0, -channels % LANES)).flatten()
    rows = F.pad(rows, (0, AHEAD))
    change = torch.zeros(torch.get_num_threads(), channels, size, size, outputs + -outputs % LANES, dtype=torch.int64)
    values, pixels = how.steps * height * width * change.shape[4], shape[2] * shape[3] * (channels + -channels % LANES)
    lists = 2 * outputs * how.pool**2 + GROUP * -(-outputs // 4)
    scratch = torch.empty(len(change), values + change[0].numel() + pixels + LANES + lists, dtype=torch.int32)
    scratch[:, values:][:, :change[0].numel()] = 0
    times, gradient = (each.contiguous(memory_format=torch.channels_last) for each in (times, gradient))
    native.call("conv_backward", _geometry(times, signs, how), times, rows, gradient, where, spacing, below, change,
                scratch, scratch.shape[1])
    return below if wanted else None, change.sum(0)[..., :outputs].permute(3, 0, 1, 2).flip(3).double()
