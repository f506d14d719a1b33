"""The quantised network in torch, tick by tick as its definition says, in exact integers."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from quant import Conv2d, FirstSpikePool, Flatten, Network
from quant.layers import Synaptic

from .coding import spike_times
from .readout import decide

_EXACT = 2**24
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
    times, potentials = layer_times(network, images)
    output = network.synaptic[-1].neurons
    class_index, tick = decide(potentials, torch.tensor(output.threshold), network.readout)
    return class_index, tick, potentials[tick.clamp(max=network.steps - 1), torch.arange(len(images))]


def classify(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`integer_forward` of any number of images, from arrays to arrays."""
    parts = [integer_forward(network, torch.tensor(images[at:at + _BATCH])) for at in range(0, len(images), _BATCH)]
    class_index, tick, potentials = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    return class_index, tick, potentials


def layer_times(network: Network, images: Tensor) -> tuple[list[Tensor], Tensor]:
    """Spike times after the coding and after every layer, and V of the outputs, shape (steps, batch, classes)."""
    if images.dtype != torch.uint8:
        raise TypeError(f"images must be uint8, not {images.dtype}")
    if tuple(images.shape[1:]) != network.input_shape:
        raise ValueError(f"images must have shape (n, {str(network.input_shape)[1:]}, not {tuple(images.shape)}")
    times, potentials = [spike_times(images, network.steps)], torch.empty(0)
    for layer in network.layers:
        if isinstance(layer, FirstSpikePool):
            times.append(-F.max_pool2d(-times[-1].float(), layer.size).int())
        elif isinstance(layer, Flatten):
            times.append(times[-1].flatten(1)[..., None, None])
        else:
            following, potentials = _neurons(layer, times[-1], network.steps)
            times.append(following)
    return times, potentials.flatten(2)


def _neurons(layer: Synaptic, times: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    neurons, bounds = layer.neurons, layer.neurons.potential_range(layer.fan_in, steps)
    integers = torch.int32 if max(map(abs, bounds)) < 2**31 else torch.int64
    arrived = _arrived(layer, times, steps).to(integers)
    bias, threshold = (torch.tensor(v, dtype=integers).view(-1, 1, 1) for v in (neurons.bias, neurons.threshold))
    length = neurons.psp.gain(steps)  # of a step: 1, so that its slope is what arrived in this tick alone
    slope, potential = torch.zeros_like(arrived[0]), torch.zeros_like(arrived[0])
    fired, history = torch.full_like(arrived[0], steps), []
    for tick in range(steps):
        slope += arrived[tick]
        if tick >= length:
            slope -= arrived[tick - length]
        potential = potential + slope + bias
        fired[(fired == steps) & (potential >= threshold)] = tick
        history.append(potential)
    return fired, torch.stack(history)


def _arrived(layer: Synaptic, times: Tensor, steps: int) -> Tensor:
    if layer.fan_in >= _EXACT:
        raise ValueError(f"fan-in must be below 2**24 for exact sums in float32, not {layer.fan_in}")
    weights = torch.tensor(layer.weights.bits(), dtype=torch.float32).view(layer.weights.shape) * 2 - 1
    spikes = torch.cat([times == tick for tick in range(steps)]).float()
    if isinstance(layer, Conv2d):
        spikes = spikes.to(memory_format=torch.channels_last)
        sums = F.conv2d(spikes, weights, stride=layer.stride, padding=layer.padding)
    else:
        sums = F.linear(spikes.flatten(1), weights)[..., None, None]
    return sums.unflatten(0, (steps, -1))
