"""Layers of `torch.nn` in the intermediate form, for the importers of frameworks that are built on it."""

from typing import Any

import numpy as np

from ..form import Flatten, Layer, Pool, Synapses, refuse
from .tracing import Rules, bias_of, numbers


def pair(name: str, what: str, value: Any) -> int:
    """The number that stands for both axes of a map; a ValueError if they differ."""
    values = {int(each) for each in np.atleast_1d(np.asarray(value))}
    if len(values) != 1:
        refuse(name, f"{what} differs on the two axes, {value}", "use square kernels, strides and paddings")
    return values.pop()


def linear(name: str, part: Any) -> list[Layer]:
    """Of an ``nn.Linear``."""
    weight = numbers(name, "weights", part.weight)
    return [Synapses(name=name, kind="dense", weight=weight, bias=bias_of(name, part, len(weight)))]


def conv2d(name: str, part: Any) -> list[Layer]:
    """Of an ``nn.Conv2d``: of all channels, or of each by itself."""
    if part.padding_mode != "zeros":
        refuse(name, f"pads with {part.padding_mode}", "pad with zeros")
    return [convolution(name, numbers(name, "weights", part.weight), bias_of(name, part, part.out_channels),
                        part.stride, part.padding, part.dilation, part.groups)]


def convolution(name: str, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any) -> Synapses:
    """Synapses of a convolution of these properties; a ValueError names one that has no counterpart."""
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3]:
        refuse(name, f"kernel {weight.shape[2:]} is not square", "use a square kernel")
    if pair(name, "dilation", dilation) != 1:
        refuse(name, f"dilation is {dilation}", "use dilation 1")
    size, step = weight.shape[2], pair(name, "stride", stride)
    if isinstance(padding, str):
        padding = _named(name, padding, size, step)
    if groups != 1 and not groups == weight.shape[0] or groups != 1 and weight.shape[1] != 1:
        refuse(name, f"has {groups} groups for {weight.shape[0]} outputs", "use one group, or one an output and input")
    return Synapses(name=name, kind="conv2d" if groups == 1 else "depthwise_conv2d", weight=weight, bias=bias,
                    stride=step, padding=pair(name, "padding", padding))


def _named(name: str, padding: str, size: int, stride: int) -> int:
    if padding == "valid":
        return 0
    if padding != "same" or size % 2 == 0 or stride != 1:
        refuse(name, f"padding {padding} of a kernel of {size} at stride {stride} is not the same on both sides",
               "use an odd kernel at stride 1, or give the padding as a number")
    return size // 2


def pool(name: str, kind: str, size: Any, stride: Any, padding: Any) -> Pool:
    """A pool whose windows do not overlap; a ValueError says why another has no counterpart."""
    extent, step = pair(name, "kernel size", size), pair(name, "stride", size if stride is None else stride)
    if step != extent or pair(name, "padding", padding):
        refuse(name, f"has windows of {extent} at stride {step}, padding {padding}",
               "use a stride of the window's size and no padding")
    return Pool(name=name, kind=kind, size=extent)


def average(name: str, part: Any) -> list[Layer]:
    """Of an ``nn.AvgPool2d``."""
    if part.ceil_mode or part.divisor_override is not None:
        refuse(name, "has ceil_mode or divisor_override", "leave them out")
    return [pool(name, "average", part.kernel_size, part.stride, part.padding)]


def maximum(name: str, part: Any) -> list[Layer]:
    """Of an ``nn.MaxPool2d``."""
    if part.ceil_mode or part.return_indices or pair(name, "dilation", part.dilation) != 1:
        refuse(name, "has ceil_mode, return_indices or a dilation", "leave them out")
    return [pool(name, "max", part.kernel_size, part.stride, part.padding)]


def flatten(name: str, part: Any) -> list[Layer]:
    """Of an ``nn.Flatten``."""
    if part.end_dim != -1 or part.start_dim not in (1, 2):
        refuse(name, f"flattens from axis {part.start_dim} to {part.end_dim}", "flatten whole maps")
    return [Flatten(name=name)]


def nothing(name: str, part: Any) -> list[Layer]:
    """Of a layer that does nothing in evaluation."""
    return []


def rules() -> Rules:
    """Rules of the layers of `torch.nn`."""
    from torch import nn

    return {nn.Linear: linear, nn.Conv2d: conv2d, nn.AvgPool2d: average, nn.MaxPool2d: maximum, nn.Flatten: flatten,
            nn.Dropout: nothing, nn.Dropout2d: nothing, nn.Identity: nothing}


def normalisation(part: Any, name: str) -> tuple[Any, Any]:
    """Scale and shift of each channel of a batch normalisation in evaluation."""
    deviation = np.sqrt(numbers(name, "variances", part.running_var) + part.eps)
    scale = 1 / deviation if part.weight is None else numbers(name, "weights", part.weight) / deviation
    shift = -numbers(name, "means", part.running_mean) * scale
    return scale, shift if part.bias is None else shift + numbers(name, "bias", part.bias)
