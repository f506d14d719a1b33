"""The quantised network in torch, tick by tick as its definition says, in exact integers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from quant import Conv2d, Feedback, FirstSpikePool, Flatten, Network, Phase, Rate, SingleSpike, SumPool
from quant.description.layers import Synaptic
from quant.description.network import Signal, input_bound
from quant.description.neurons import Neurons
from quant.description.signs import SignTensor
from quant.description.spike_coding import Binary, Times, Trains

from ..ops.coding import spike_times
from ..ops.synapses import EXACT
from .readout import decide

_BATCH = 100


def integer_forward(network: Network, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Classify ``images`` as the hardware does, bit for bit.

    Parameters
    ----------
    network : Network
        With fan-ins below 2**24, so that sums of signs are exact in float32.
    images : Tensor
        uint8, shape (batch, channels, height, width).

    Returns
    -------
    class_index : int64, shape (batch,)
    tick : int64, shape (batch,)
        Tick of the first output spike, ``steps`` if there was none; for readout ``potential`` always ``steps - 1``.
    potentials : int64, shape (batch, classes)
        V at the decision tick; at the last tick if no output fired.

    Raises
    ------
    TypeError, ValueError
        Images have another type or shape than the network takes, or a fan-in is too large.
    """
    values, potentials = layer_times(network, images)
    class_index, tick = decided(network, values[-1], potentials)
    return class_index, tick, potentials[tick.clamp(max=network.steps - 1), torch.arange(len(images))]


def decided(network: Network, outputs: Tensor, potentials: Tensor) -> tuple[Tensor, Tensor]:
    """Class and decision tick, both int64 of shape (batch,), of what `layer_times` gives for the outputs."""
    if network.readout != "count":
        return decide(potentials, torch.tensor(network.synaptic[-1].neurons.threshold), network.readout)
    spikes = sum(outputs.flatten(1) >> tick & 1 for tick in range(network.steps))
    assert isinstance(spikes, Tensor)
    last = potentials[-1].double().masked_fill(spikes < spikes.amax(1, keepdim=True), -torch.inf)
    return last.argmax(1), torch.full((len(outputs),), network.steps - 1)


def classify(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`integer_forward` of any number of images, from arrays to arrays."""
    parts = [integer_forward(network, torch.tensor(images[at:at + _BATCH])) for at in range(0, len(images), _BATCH)]
    class_index, tick, potentials = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    return class_index, tick, potentials


def layer_times(network: Network, images: Tensor) -> tuple[list[Tensor], Tensor]:
    """Values after the coding and after every layer, in their codes; V of the outputs, shape (steps, batch, classes).

    A sum pool passes on what it gets.
    """
    if images.dtype != torch.uint8:
        raise TypeError(f"images must be uint8, not {images.dtype}")
    if tuple(images.shape[1:]) != network.input_shape:
        raise ValueError(f"images must have shape (n, {str(network.input_shape)[1:]}, not {tuple(images.shape)}")
    values, potentials = [_CODINGS[network.coding](images, network.steps)], torch.empty(0)
    signals, steps = network.signals, network.steps
    for layer, signal in zip(network.layers, signals, strict=False):
        if isinstance(layer, FirstSpikePool):
            values.append(_pooled(signal, values[-1], layer.size))
        elif isinstance(layer, SumPool):
            values.append(values[-1])
        elif isinstance(layer, Flatten):
            values.append(_flat(values[-1], signal.summed))
        else:
            source = signals[layer.shortcut.source] if layer.shortcut else None
            sums = _arrived(layer, signal, values[-1], steps, source)
            if layer.shortcut and source:
                planes = [_plane(source, values[layer.shortcut.source], tick) for tick in range(steps)]
                joined = torch.stack(planes).to(sums.dtype) * _column(layer.shortcut.gain, sums.dtype)
                sums = (sums << layer.shortcut.shift) + joined
            output, potentials = _NEURONS[layer.neurons.kind](layer, sums)
            values.append(output)
    return values, potentials.flatten(2)


def spike_count(signal: Signal, values: Tensor) -> Tensor:
    """Number of spikes in values, or of binary digits that are 1; a scalar."""
    if signal.spike_coding is Times:
        return (values < signal.planes).sum()
    return torch.stack([(values >> place & 1).sum() for place in range(signal.planes)]).sum()


_CODINGS: dict[str, Callable[[Tensor, int], Tensor]] = {"latency": spike_times, "direct": lambda images, steps: images}


def _single_spike(layer: Any, sums: Tensor) -> tuple[Tensor, Tensor]:
    steps, (bias, threshold) = len(sums), _constants(layer.neurons, sums.dtype)
    length = layer.neurons.psp.gain(steps)  # of a step: 1, so that its slope is what arrived in this tick alone
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


def _rate(layer: Any, sums: Tensor) -> tuple[Tensor, Tensor]:
    neurons, (bias, threshold) = layer.neurons, _constants(layer.neurons, sums.dtype)
    potential, fires = torch.zeros_like(sums[0]), torch.zeros_like(sums[0], dtype=torch.bool)
    trains, history = fires.long(), []
    for tick, n in enumerate(sums):
        if layer.feedback is not None:
            n = n + _returned(layer.feedback, fires).to(n.dtype)
        potential = potential + (n << neurons.fraction) + bias
        fires = potential >= threshold
        trains |= fires.long() << tick
        potential = torch.where(fires, potential - threshold if neurons.reset == "subtract" else 0, potential)
        if neurons.leak is not None:
            potential = potential - (potential >> neurons.leak)
        history.append(potential)
    return trains, torch.stack(history)


def _phase(layer: Any, sums: Tensor) -> tuple[Tensor, Tensor]:
    bias, threshold = _constants(layer.neurons, sums.dtype)
    potential = (sums[0] << layer.neurons.fraction) + bias
    return (potential // threshold).clamp(0, 2 ** len(sums) - 1), potential


def _returned(feedback: Feedback, fires: Tensor) -> Tensor:
    """Feedback of neurons that fire, shape (batch, channels, height, width), to their layer in the next tick."""
    weights = _signs(feedback.weights)
    if weights.dim() == 2:
        sums = F.linear(fires.flatten(1).float(), weights).view(fires.shape)
    else:
        sums = F.conv2d(fires.float(), weights, padding=weights.shape[2] // 2)
    return sums.long() << feedback.shift


_NEURONS: dict[str, Callable[[Any, Tensor], tuple[Tensor, Tensor]]] = {
    SingleSpike.kind: _single_spike, Rate.kind: _rate, Phase.kind: _phase}


def _constants(neurons: Neurons, integers: torch.dtype) -> list[Tensor]:
    return [_column(values, integers) for values in (neurons.bias, neurons.threshold)]


def _column(values: tuple[int, ...], integers: torch.dtype) -> Tensor:
    return torch.tensor(values, dtype=integers).view(-1, 1, 1)


def _plane(signal: Signal, values: Tensor, tick: int) -> Tensor:
    """Inputs of the synapses in a tick, float32."""
    if signal.spike_coding is Times:
        plane = values == tick
    else:
        plane = values >> tick & 1 if signal.spike_coding is Trains else values
    if signal.summed == 1:
        return plane.float()
    return F.avg_pool2d(plane.float(), signal.summed, divisor_override=1)


def _pooled(signal: Signal, values: Tensor, size: int) -> Tensor:
    if signal.spike_coding is not Trains:
        way = -1 if signal.spike_coding is Times else 1
        return way * F.max_pool2d(way * values.float(), size).int()
    planes = [F.max_pool2d(_plane(signal, values, tick), size).long() << tick for tick in range(signal.planes)]
    return torch.stack(planes).sum(0)


def _flat(values: Tensor, summed: int) -> Tensor:
    """All values on the channel axis, those of a sum behind each other."""
    windows = values.unflatten(3, (-1, summed)).unflatten(2, (-1, summed)).transpose(3, 4)
    return windows.flatten(1, 3)


def _signs(weights: SignTensor) -> Tensor:
    return torch.tensor(weights.bits(), dtype=torch.float32).view(weights.shape) * 2 - 1


def _arrived(layer: Synaptic, signal: Signal, values: Tensor, steps: int, shortcut: Signal | None) -> Tensor:
    """Sums of each tick over the weights, integers of shape (steps, batch, channels, height, width)."""
    largest = max(layer.fan_in * signal.peak, layer.feedback.fan_in if layer.feedback is not None else 0)
    if largest >= EXACT:
        raise ValueError(f"fan-in must be below 2**24 for exact sums in float32, not {largest}")
    bounds, weights = layer.neurons.potential_range(input_bound(layer, signal, shortcut), steps), _signs(layer.weights)
    ticks = 1 if signal.spike_coding is Binary else steps  # a number is the same in all ticks
    inputs = torch.cat([_plane(signal, values, tick) for tick in range(ticks)])
    if isinstance(layer, Conv2d):
        inputs = inputs.to(memory_format=torch.channels_last)
        sums = F.conv2d(inputs, weights, stride=layer.stride, padding=layer.padding)
    else:
        sums = F.linear(inputs.flatten(1), weights)[..., None, None]
    sums = sums.unflatten(0, (ticks, -1)).to(torch.int32 if max(map(abs, bounds)) < 2**31 else torch.int64)
    return sums.expand(steps, *sums.shape[1:])
