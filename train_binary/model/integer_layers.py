"""Layers in torch, in exact integers: a function for each kind."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.description.layers import Conv2d, Dense, DepthwiseConv2d, FirstSpikePool, Flatten, SumPool, Synaptic
from quant.description.network import input_bound
from quant.description.signal import Signal
from quant.kinds import Kinds

from ..ops.synapses import EXACT
from .integer_neurons import integers
from .spike_coding import CODES, plane

LAYERS: Kinds[Callable[[Any, Signal, Tensor], Tensor]] = Kinds("layers with an integer version")
"""Layer without weights, signal and values of its input to values of its output."""

SYNAPTIC: Kinds[Callable[[Any, Tensor, Tensor], Tensor]] = Kinds("layers of neurons with an integer version")
"""Layer, floats of some ticks, shape (n, channels, height, width), and weights to their sums, of that shape."""


def conv2d(layer: Conv2d, inputs: Tensor, weights: Tensor) -> Tensor:
    """As of `SYNAPTIC`."""
    return F.conv2d(inputs.to(memory_format=torch.channels_last), weights, stride=layer.stride, padding=layer.padding)


def depthwise_conv2d(layer: DepthwiseConv2d, inputs: Tensor, weights: Tensor) -> Tensor:
    """As of `SYNAPTIC`."""
    return F.conv2d(inputs, weights, stride=layer.stride, padding=layer.padding, groups=layer.channels)


def dense(layer: Dense, inputs: Tensor, weights: Tensor) -> Tensor:
    """As of `SYNAPTIC`."""
    return F.linear(inputs.flatten(1), weights)[..., None, None]


def first_spike_pool(layer: FirstSpikePool, signal: Signal, values: Tensor) -> Tensor:
    """As of `LAYERS`."""
    return CODES[signal.spike_coding.kind].pooled(values, layer.size, signal.bit_planes)


def sum_pool(layer: SumPool, signal: Signal, values: Tensor) -> Tensor:
    """As of `LAYERS`: the same, which the next layer adds up."""
    return values


def flatten(layer: Flatten, signal: Signal, values: Tensor) -> Tensor:
    """As of `LAYERS`: all values on the channel axis, those of a sum behind each other."""
    summed = signal.summed
    windows = values.unflatten(3, (-1, summed)).unflatten(2, (-1, summed)).transpose(3, 4)
    return windows.flatten(1, 3)


LAYERS[FirstSpikePool.kind] = first_spike_pool
LAYERS[SumPool.kind] = sum_pool
LAYERS[Flatten.kind] = flatten
SYNAPTIC[Conv2d.kind] = conv2d
SYNAPTIC[DepthwiseConv2d.kind] = depthwise_conv2d
SYNAPTIC[Dense.kind] = dense


def arrived(layer: Synaptic, signal: Signal, values: Tensor, steps: int, shortcut: Signal | None) -> Tensor:
    """Sums of each tick over the weights, integers of shape (steps, batch, channels, height, width)."""
    if layer.feedback is not None and layer.feedback.weights.bound >= EXACT:
        raise ValueError("sums of feedback must be below 2**24 to be exact in float32, "
                         f"not {layer.feedback.weights.bound}")
    bounds = layer.neurons.potential_range(input_bound(layer, signal, shortcut), steps)
    exact = torch.float32 if layer.weights.bound * signal.peak < EXACT else torch.float64
    ticks = 1 if signal.spike_coding.numeric else steps  # a number is the same in all ticks
    inputs = torch.cat([plane(signal, values, tick) for tick in range(ticks)]).to(exact)
    sums = SYNAPTIC[layer.kind](layer, inputs, integers(layer.weights).to(exact))
    sums = sums.unflatten(0, (ticks, -1)).to(torch.int32 if max(map(abs, bounds)) < 2**31 else torch.int64)
    return sums.expand(steps, *sums.shape[1:])
