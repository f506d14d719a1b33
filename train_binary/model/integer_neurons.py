"""Neurons in torch, tick by tick as their definition says, in exact integers: a function for each kind."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.description.layers import Feedback, Synaptic
from quant.description.neurons import Collecting, Latency, Neurons, Phase, Rate, SingleSpike
from quant.description.signal import Signal
from quant.description.weights import Weights
from quant.kinds import Kinds

from ..ops.coding import kernel_length

NEURONS: Kinds[Callable[[Synaptic, Tensor], tuple[Tensor, Tensor]]] = Kinds("neurons with an integer version")
"""Layer, and n(t) without feedback of shape (steps, batch, channels, height, width), to values, and V after each tick;
of neurons that cannot be outputs any V."""


def single_spike(layer: Synaptic, sums: Tensor) -> tuple[Tensor, Tensor]:
    """As of `NEURONS`."""
    assert isinstance(layer.neurons, SingleSpike)
    steps, (bias, threshold) = len(sums), constants(layer.neurons, sums.dtype)
    length = kernel_length(layer.neurons.psp, steps)  # of a step: 1, its slope is what arrived in this tick alone
    slope, potential = torch.zeros_like(sums[0]), torch.zeros_like(sums[0])
    fired, history = torch.full_like(sums[0], steps), []
    for tick in range(steps):
        slope += sums[tick]
        if tick >= length:
            slope -= sums[tick - length]
        potential = potential + slope + bias
        fired[(fired == steps) & (potential >= threshold)] = tick
        history.append(potential)
    return fired, torch.stack(history)


def rate(layer: Synaptic, sums: Tensor) -> tuple[Tensor, Tensor]:
    """As of `NEURONS`."""
    neurons, (bias, threshold) = layer.neurons, constants(layer.neurons, sums.dtype)
    assert isinstance(neurons, Rate)
    amount = column(neurons.taken, sums.dtype)
    potential, fires = torch.zeros_like(sums[0]), torch.zeros_like(sums[0], dtype=torch.bool)
    trains, history = fires.long(), []
    for tick, n in enumerate(sums):
        if layer.feedback is not None:
            n = n + _returned(layer.feedback, fires).to(n.dtype)
        held = (potential >= threshold) * amount if neurons.variant == "held" else 0
        potential = potential + (n << neurons.fraction) + bias
        fires = potential - held >= threshold
        trains |= fires.long() << tick
        left = torch.where(fires, potential - amount if neurons.reset == "subtract" else 0, potential)
        if neurons.leak is not None:
            left = left - ((potential if neurons.variant == "leak_first" else left) >> neurons.leak)
        potential = left
        history.append(potential)
    return trains, torch.stack(history)


def collecting(layer: Synaptic, sums: Tensor) -> tuple[Tensor, Tensor]:
    """As of `NEURONS`."""
    assert isinstance(layer.neurons, Collecting)
    bias, threshold = constants(layer.neurons, sums.dtype)
    potential = (sums[0] << layer.neurons.fraction) + bias
    return (potential // threshold).clamp(0, Signal.of(layer.neurons.gives, len(sums)).largest), potential


def _returned(feedback: Feedback, fires: Tensor) -> Tensor:
    """Feedback of neurons that fire, shape (batch, channels, height, width), to their layer in the next tick."""
    weights = integers(feedback.weights)
    if weights.dim() == 2:
        sums = F.linear(fires.flatten(1).float(), weights).view(fires.shape)
    else:
        sums = F.conv2d(fires.float(), weights, padding=weights.shape[2] // 2)
    return sums.long() << feedback.shift


def constants(neurons: Neurons, integers: torch.dtype) -> list[Tensor]:
    """Bias and threshold, as they meet membranes."""
    return [column(values, integers) for values in (neurons.bias, neurons.threshold)]


def column(values: tuple[int, ...], integers: torch.dtype) -> Tensor:
    """Integers of channels, as they meet membranes."""
    return torch.tensor(values, dtype=integers).view(-1, 1, 1)


def integers(weights: Weights) -> Tensor:
    """Weights as a float32 tensor."""
    return torch.tensor(weights.values(), dtype=torch.float32).view(weights.shape)


NEURONS[SingleSpike.kind] = single_spike
NEURONS[Rate.kind] = rate
NEURONS[Phase.kind] = collecting
NEURONS[Latency.kind] = collecting
