"""Export of networks as NIR graphs."""

from typing import Any

import numpy as np

from quant import Conv2d, Dense, DepthwiseConv2d, Flatten, Network, Rate, SumPool
from quant.description.layers import Synaptic
from sim.layers import integers

DT = 1e-4
NO_LEAK = 1e4  # tau in seconds of neurons that do not leak: 1 - dt / tau is 1 in float32


def graph(network: Network) -> Any:
    """The NIR graph of a network of rate neurons that are reset to zero.

    V is counted in thresholds: weights are divided by what lies half-way below the threshold of their output, so that
    ``>`` of NIR is the network's ``>=``, and all neurons have the threshold 1, as snnTorch needs it. Inputs are the
    pixels as they are, in every tick, of coding ``direct``; else spikes.

    Raises
    ------
    ValueError
        A layer has no counterpart in NIR; the message names it.
    """
    import nir

    nodes: list[Any] = [nir.Input(input_type=np.array(network.input_shape))]
    area = 1
    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes, strict=False)):
        if isinstance(layer, Flatten):
            nodes.append(nir.Flatten(input_type={"input": np.array(shape)}, start_dim=0, end_dim=-1))
        elif isinstance(layer, SumPool):
            size, area = np.array([layer.size] * 2), area * layer.size**2
            nodes.append(nir.AvgPool2d(kernel_size=size, stride=size, padding=np.array([0, 0])))
        elif isinstance(layer, Synaptic):
            nodes += _neurons(index, layer, shape, network.shapes[index + 1], area)
            area = 1
        else:
            raise ValueError(f"layer {index}: a {layer.kind} has no counterpart in NIR; use a sum pool")
    return nir.NIRGraph.from_list(*nodes)


def _neurons(index: int, layer: Synaptic, shape: tuple[int, int, int], made: tuple[int, int, int],
             area: int) -> list[Any]:
    import nir

    own = layer.neurons
    if not isinstance(own, Rate) or own.reset != "zero" or layer.feedback or layer.shortcut or own.leak == 0:
        more = " with feedback" * (layer.feedback is not None) + " with a shortcut" * (layer.shortcut is not None)
        raise ValueError(f"layer {index}: {own.kind} neurons{more} have no exact counterpart in NIR; export rate "
                         "neurons that are reset to zero, without either")
    level = np.array(own.threshold) - 0.5
    scale = 2.0**own.fraction / level
    weight = integers(layer.weights).astype(np.float64) * area
    weight = (weight * scale.reshape(-1, *(1,) * (weight.ndim - 1))).astype(np.float32)
    bias = (np.array(own.bias) / level).astype(np.float32)
    tau = DT * 2.0**own.leak if own.leak is not None else NO_LEAK


    def full(value: float) -> Any:
        return np.full(made[:1] if isinstance(layer, Dense) else made, value, np.float32)
    neurons = nir.LIF(tau=full(tau), r=full(tau / DT), v_leak=full(0), v_threshold=full(1), v_reset=full(0))
    if isinstance(layer, Dense):
        return [nir.Affine(weight=weight, bias=bias), neurons]
    assert isinstance(layer, Conv2d | DepthwiseConv2d)
    groups = layer.channels if isinstance(layer, DepthwiseConv2d) else 1
    return [nir.Conv2d(input_shape=(shape[1], shape[2]), weight=weight, stride=(layer.stride,) * 2,
                       padding=(layer.padding,) * 2, dilation=(1, 1), groups=groups, bias=bias), neurons]
