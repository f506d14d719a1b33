"""The quantised network in torch, tick by tick as its definition says, in exact integers."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from quant import Network
from quant.description.layers import Synaptic
from quant.description.signal import Signal

from ..ops.coding import spike_times
from .integer_layers import LAYERS, arrived
from .integer_neurons import NEURONS, column
from .spike_coding import CODES, plane

_BATCH = 100


def integer_forward(network: Network, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Classify ``images`` as the hardware does, bit for bit.

    Parameters
    ----------
    network : Network
        With sums of feedback below 2**24, so that they are exact in float32.
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
        Images have another type or shape than the network takes, or feedback is too large.
    """
    values, potentials = layer_times(network, images)
    class_index, tick = decided(network, values[-1], potentials)
    return class_index, tick, potentials[tick.clamp(max=network.steps - 1), torch.arange(len(images))]


def decided(network: Network, outputs: Tensor, potentials: Tensor) -> tuple[Tensor, Tensor]:
    """Class and decision tick, both int64 of shape (batch,), of what `layer_times` gives for the outputs."""
    ranks = _RANKS[network.readout](outputs.flatten(1).long(), network.steps)
    last = torch.full((len(outputs),), network.steps - 1)
    tick = -ranks.amax(1) if network.readout == "first_spike" else last
    final = potentials[torch.minimum(tick, last), torch.arange(len(outputs))].double()
    return final.masked_fill(ranks < ranks.amax(1, keepdim=True), -torch.inf).argmax(1), tick


_RANKS: dict[str, Callable[[Tensor, int], Tensor]] = {  # of outputs, compared before V
    "first_spike": lambda times, steps: -times,
    "potential": lambda values, steps: torch.zeros_like(values),
    "count": lambda trains, steps: torch.stack([trains >> tick & 1 for tick in range(steps)]).sum(0),
}


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
        if not isinstance(layer, Synaptic):
            values.append(LAYERS[layer.kind](layer, signal, values[-1]))
            continue
        source = signals[layer.shortcut.source] if layer.shortcut else None
        sums = arrived(layer, signal, values[-1], steps, source)
        if layer.shortcut and source:
            planes = [plane(source, values[layer.shortcut.source], tick) for tick in range(steps)]
            joined = torch.stack(planes).to(sums.dtype) * column(layer.shortcut.gain, sums.dtype)
            sums = (sums << layer.shortcut.shift) + joined
        output, potentials = NEURONS[layer.neurons.kind](layer, sums)
        values.append(output)
    return values, potentials.flatten(2)


def spike_count(signal: Signal, values: Tensor) -> Tensor:
    """Number of spikes that values hold, or of binary digits that are 1; a scalar."""
    return CODES[signal.spike_coding.kind].spikes(values, signal.bit_planes)


_CODINGS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "latency": spike_times, "direct": lambda images, steps: images,
    "events": lambda images, steps: images & 2**steps - 1}
