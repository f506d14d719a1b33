"""A kind of layers that only tests know: all that a kind has, in every package."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F

from quant import Conv2d
from quant.dataflow.lowering import lower
from quant.description.layers import LAYERS, Convolution
from quant.description.signs import SignTensor
from sim.layers import SYNAPTIC, SynapticModel, convolution
from train_binary.model import integer_layers


@dataclass(frozen=True, kw_only=True)
class OnOffConv2d(Convolution):
    """Two output channels of each kernel: one of its sums, and behind all of these one of their negatives."""

    kind: ClassVar[str] = "on_off_conv2d"

    @property
    def channels(self):
        return 2 * self.weights.shape[0]

    @property
    def both(self):
        """The convolution that computes the same."""
        bits = self.weights.bits()
        signs = np.array([2 * bit - 1 for bit in bits] + [1 - 2 * bit for bit in bits])
        return Conv2d(weights=SignTensor.of(signs.reshape(-1, *self.weights.shape[1:])), neurons=self.neurons,
                      stride=self.stride, padding=self.padding, shortcut=self.shortcut, feedback=self.feedback)


@lower.register
def _(layer: OnOffConv2d, place):
    return lower(layer.both, place)


def sums(layer, dtype):
    on = convolution.sums(layer.weights, dtype, layer.stride, layer.padding)

    def both(plane):
        given = on(plane)
        return np.concatenate([given, -given])
    return both


def synapses(layer, place, inputs, steps):
    off, channel = divmod(place[0], layer.weights.shape[0])
    for weight, spikes in convolution.window(convolution.own(layer.weights, channel), place, inputs, steps,
                                             range(layer.inputs), layer.size, layer.stride, layer.padding):
        yield -weight if off else weight, spikes


def integer(layer, inputs, weights):
    on = F.conv2d(inputs, weights, stride=layer.stride, padding=layer.padding)
    return torch.cat([on, -on], 1)


ENTRIES = ((LAYERS, OnOffConv2d), (SYNAPTIC, SynapticModel(sums, synapses)), (integer_layers.SYNAPTIC, integer))
