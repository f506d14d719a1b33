"""Import of SpikingJelly modules: `IFNode`, `LIFNode` and `ParametricLIFNode` behind layers of `torch.nn`."""

from fractions import Fraction
from typing import Any

import numpy as np

from .form import Array, Layer, Neurons, refuse
from .pytorch import layers as torch_layers
from .pytorch.modules import convert as convert_module
from .pytorch.tracing import Rules, strict
from .report import Converted
from .settings import Settings


def convert(module: Any, input_shape: tuple[int, ...], ticks: int, *, coding: str = "direct",
            pixel: Fraction = Fraction(1, 255), sequence: bool | None = None, images: Array | None = None,
            **choices: Any) -> Converted:
    """The integer network of a SpikingJelly module, with the report of its conversion.

    Parameters
    ----------
    module : nn.Module
        Its layers follow each other. Single-step: it computes one tick, or all of a constant input.
    input_shape : (channels, height, width) or (inputs,)
        Of what it takes for one image, without batch and ticks.
    ticks : int
    coding, pixel, choices
        As of `importers.settings.Settings`. The default is that of images as ``ToTensor`` makes them, in every tick.
    sequence : bool, optional
        It takes an input for each tick, tick first. None: if a layer of it is multi-step.
    images : uint8 array (n, channels, height, width), optional
        On which both are compared; without: random ones.

    Raises
    ------
    ValueError
        A layer or property has no exact form; one line names it, and the remedy.
    """
    settings = Settings(ticks=ticks, coding=coding, pixel=pixel, **choices)
    if sequence is None:
        sequence = any(getattr(part, "step_mode", "s") == "m" for part in module.modules())
    return convert_module(module, "SpikingJelly", rules(), reset, tuple(input_shape), settings, sequence=sequence,
                          images=images)


def rules() -> Rules:
    """Rules of the neurons and layers of SpikingJelly."""
    from spikingjelly.activation_based import layer, neuron

    return {neuron.IFNode: integrate_and_fire, neuron.LIFNode: leaky, neuron.ParametricLIFNode: parametric,
            layer.Linear: torch_layers.linear, layer.Conv2d: torch_layers.conv2d,
            layer.AvgPool2d: torch_layers.average, layer.MaxPool2d: torch_layers.maximum,
            layer.Flatten: torch_layers.flatten, layer.Dropout: torch_layers.nothing}


def reset(module: Any) -> None:
    """Put all states back."""
    from spikingjelly.activation_based import functional

    functional.reset_net(module)


def integrate_and_fire(name: str, part: Any) -> list[Layer]:
    """Of an ``IFNode``: comparator >=; ``v_reset=None`` takes the threshold away, a number is what V becomes."""
    return [_neurons(name, part, 1.0, 1.0)]


def leaky(name: str, part: Any) -> list[Layer]:
    """Of a ``LIFNode``: V leaks to ``v_reset``, and the input counts ``1 / tau`` with ``decay_input``."""
    if not part.tau > 1:
        refuse(name, f"has tau {part.tau}", "use tau above 1, as 2 or 4")
    return [_neurons(name, part, 1 - 1 / part.tau, 1 / part.tau if part.decay_input else 1.0)]


def parametric(name: str, part: Any) -> list[Layer]:
    """Of a ``ParametricLIFNode``, whose ``1 / tau`` is learned."""
    rate = float(part.w.detach().sigmoid())
    return [_neurons(name, part, 1 - rate, rate if part.decay_input else 1.0)]


def _neurons(name: str, part: Any, decay: float, gain: float) -> Neurons:
    return Neurons(name=name, threshold=np.array([float(part.v_threshold)]), decay=decay, gain=gain,
                   strict=strict(name, part.surrogate_function),
                   reset="subtract" if part.v_reset is None else "zero", rest=float(part.v_reset or 0.0))
