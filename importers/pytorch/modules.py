"""Conversion of torch modules: the chain that a module is, its integer network, and the comparison of their spikes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from quant.check import integers
from quant.description.layers import MAX_EXTENT
from quant.description.network import MAX_NEURONS

from ..form import Array, Chain, Flatten, Layer, Neurons, Synapses
from ..report import Converted, converted, inputs
from ..settings import Settings
from . import layers as torch_layers
from . import tracing
from .order import order as order_of


def convert(module: Any, framework: str, rules: tracing.Rules, reset: Callable[[Any], None], shape: tuple[int, ...],
            settings: Settings, *, sequence: bool, images: Array | None) -> Converted:
    """The integer network of a module, with the report of its conversion.

    Parameters
    ----------
    module : nn.Module
        Put into evaluation.
    framework : str
    rules : mapping of type to callable
        Of every layer that may occur, beside those of `torch.nn`.
    reset : callable
        Puts the state of a module back.
    shape : tuple of int
        Of what the module takes for one image and tick: (channels, height, width) or (inputs,).
    settings : Settings
    sequence : bool
        The module takes all ticks at once, tick first.
    images : uint8 array (n, channels, height, width), optional
        On which both are compared; without: random ones.

    Raises
    ------
    ValueError
        A layer or property has no exact form; one line names it, and the remedy.
    """
    import torch

    module.eval()
    norms = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
    every: dict[type, Any] = {**torch_layers.rules(), **rules, **dict.fromkeys(norms, torch_layers.nothing)}
    image_shape, axes = _map(shape), (settings.ticks,) if sequence else ()
    reset(module)
    order = order_of(module, torch.zeros(*axes, 1, *shape), every, sequence=sequence)
    reset(module)
    layers: list[Layer] = []
    neurons: dict[str, Any] = {}
    for (name, part), flat in zip(order.layers, order.flattened, strict=True):
        if flat and layers and not any(isinstance(each, Flatten) for each in layers):
            layers.append(Flatten(name=f"view before {name}"))
        if isinstance(part, norms):
            layers = tracing.normalised(layers, name, *torch_layers.normalisation(part, name))
            continue
        made = every[type(part)](name, part)
        layers += made
        if any(isinstance(each, Neurons) for each in made):
            neurons[name] = part
    chain = Chain(source=f"{framework} {type(module).__name__}", input_shape=image_shape, layers=_flat(layers, shape),
                  notes=() if order.returned else (
                      f"outputs are those of {order.layers[-1][0]}; what the module makes of them is left out",))

    def reference(given: Array) -> list[Array]:
        batch = inputs(given, settings)
        batch = batch.reshape(*batch.shape[:2], *shape)
        return tracing.spikes(module, neurons, batch, reset, sequence=sequence)
    return converted(chain, settings, reference, images)


def _map(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Shape of images of what a module takes."""
    if len(shape) not in (1, 3):
        raise ValueError(f"input shape must be (channels, height, width) or (inputs,), not {shape}")
    integers("input shape", shape, 1, MAX_EXTENT if len(shape) == 3 else MAX_NEURONS)
    if math.prod(shape) > MAX_NEURONS:
        raise ValueError(f"input shape must have at most {MAX_NEURONS} values, not {math.prod(shape)}")
    return (shape[0], 1, 1) if len(shape) == 1 else (shape[0], shape[1], shape[2])


def _flat(layers: list[Layer], shape: tuple[int, ...]) -> tuple[Layer, ...]:
    """The layers, with a flatten before a dense one that begins with maps."""
    first = next((each for each in layers if isinstance(each, (Synapses, Flatten))), None)
    if isinstance(first, Synapses) and first.kind == "dense" and len(shape) == 3 and np.prod(shape[1:]) > 1:
        return (Flatten(name="view of the input"), *layers)
    return tuple(layers)
