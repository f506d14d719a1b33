"""Layers that learn by themselves, from displacements of spike times that pass down without derivatives."""

# mypy: disable-error-code="no-untyped-def"

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .functions import sign
from .layers import Conv2d, Dense
from .times import Timed, first_tick, slope


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How a layer learns from displacements; see methods.stidi.STiDi, whose options these are."""

    slope: bool = True
    response: bool = True
    normalise: bool = False
    floor: float = 1.0
    revive: float = 2.0


def _connect(inputs: Tensor, weight: Tensor, layer: Conv2d) -> Tensor:
    return F.conv2d(inputs, weight, stride=layer.stride, padding=layer.padding)


def _transposed(displacement: Tensor, inputs: Tensor, weight: Tensor, layer: Conv2d, wanted: tuple[bool, bool]):
    """Of the inputs and of the weights, as ``wanted``."""
    two = [layer.stride] * 2, [layer.padding] * 2
    return torch.ops.aten.convolution_backward(displacement, inputs, weight, None, *two, [1, 1], False, [0, 0], 1,
                                               [*wanted, False])[:2]


class _Local(torch.autograd.Function):
    """Planes to planes; what comes back as gradient of a plane at its spike's tick is the spike's displacement."""

    @staticmethod
    def forward(ctx, planes, weight, offset, layer, neurons, rule):
        response = layer.response(planes).to(memory_format=torch.channels_last)
        signs = sign(weight)
        potentials, ctx.where = _connect(response, signs, layer).float(), None
        ctx.shape = potentials.shape
        if layer.pool > 1:
            potentials, ctx.where = F.max_pool2d(potentials, layer.pool, return_indices=True)
        bound = neurons.observe(potentials)
        potentials = potentials.unflatten(0, (layer.steps, -1))
        fired, first = first_tick(potentials, bound)
        ctx.layer, ctx.rule, ctx.deviation = layer, rule, neurons.variance.sqrt()
        ctx.save_for_backward(planes, response if rule.response else planes, signs, potentials, bound, fired, first)
        return fired.flatten(0, 1)

    @staticmethod
    def backward(ctx, gradient):
        planes, causes, signs, potentials, bound, fired, first = ctx.saved_tensors
        rule, rise = ctx.rule, slope(potentials)
        typical = rise.abs().mean()
        displacement = gradient.unflatten(0, (ctx.layer.steps, -1))
        last = displacement[-1]
        displacement = displacement * first
        if rule.revive:
            distance = (bound - potentials[-1]) / (rule.revive * typical)
            displacement[-1] += (1 - fired[-1]) * last / (1 + distance).square()
        if rule.normalise:
            displacement /= displacement.square().sum((0, 2, 3, 4), keepdim=True).sqrt().clamp(min=1e-12)
        lesson = displacement / rise.clamp(min=rule.floor * typical) if rule.slope else displacement / typical
        moved, taught = (_unpooled(each.flatten(0, 1), ctx) for each in (displacement, lesson))
        below = None
        if ctx.needs_input_grad[0]:
            below = _transposed(moved, planes, signs, ctx.layer, (True, False))[0].unflatten(0, (ctx.layer.steps, -1))
            for tick in range(len(below) - 2, -1, -1):  # an input spike has a part in every later spike
                below[tick] += below[tick + 1]
            below = below.flatten(0, 1)
        weight = _transposed(taught, causes, signs, ctx.layer, (False, True))[1]
        return below, weight, lesson.sum((0, 1, 3, 4)) * ctx.deviation, None, None, None


def _unpooled(values, ctx):
    return values if ctx.where is None else F.max_unpool2d(values, ctx.where, ctx.layer.pool, output_size=ctx.shape[2:])


class LocalConv2d(Conv2d):
    """Convolution that learns by itself; in evaluation mode a Conv2d."""

    def forward(self, planes: Tensor) -> Tensor:
        """As Conv2d."""
        if not self.training:
            return super().forward(planes)
        return _Local.apply(planes, self.weight, self.neurons.offset, self, self.neurons, self.neurons.rule)


class LocalDense(Dense):
    """Dense layer that learns by itself: a convolution whose kernel is as large as its input."""

    stride, padding, pool = 1, 0, 1

    def forward(self, planes: Tensor) -> Tensor:
        """As Dense."""
        if not self.training:
            return super().forward(planes)
        self.steps, self.response = self.linear.steps, self.linear.response
        weight = self.linear.weight.view(-1, *planes.shape[1:])
        return _Local.apply(planes, weight, self.neurons.offset, self, self.neurons, self.neurons.rule)


class LocalNeurons(Timed):
    """Neurons of a layer that learns by ``rule``."""

    def __init__(self, channels: int, rule: Rule) -> None:
        super().__init__(channels)
        self.rule = rule
