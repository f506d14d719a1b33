"""Import of snnTorch modules: `Leaky` and `RLeaky` behind layers of `torch.nn`."""

from fractions import Fraction
from typing import Any

import numpy as np

from .form import Array, Layer, Neurons, Synapses, by_channel, refuse, single
from .pytorch.layers import conv2d, linear
from .pytorch.modules import convert as convert_module
from .pytorch.tracing import Rules, numbers, strict
from .report import Converted
from .settings import Settings


def convert(module: Any, input_shape: tuple[int, ...], ticks: int, *, coding: str = "direct",
            pixel: Fraction = Fraction(1, 255), sequence: bool = False, images: Array | None = None,
            **choices: Any) -> Converted:
    """The integer network of a snnTorch module, with the report of its conversion.

    Parameters
    ----------
    module : nn.Module
        It computes one tick, with hidden states (``init_hidden=True``), or all ticks of a constant input; with
        ``sequence`` it takes an input for each tick, tick first. Its layers follow each other.
    input_shape : (channels, height, width) or (inputs,)
        Of what it takes for one image, without the batch.
    ticks : int
    coding, pixel, choices
        As of `importers.settings.Settings`. The default is that of images as ``ToTensor`` makes them, in every tick.
    sequence : bool
    images : uint8 array (n, channels, height, width), optional
        On which both are compared; without: random ones.

    Raises
    ------
    ValueError
        A layer or property has no exact form; one line names it, and the remedy.
    """
    settings = Settings(ticks=ticks, coding=coding, pixel=pixel, **choices)
    return convert_module(module, "snnTorch", rules(), reset, tuple(input_shape), settings, sequence=sequence,
                          images=images)


def rules() -> Rules:
    """Rules of the neurons of snnTorch."""
    import snntorch

    return {snntorch.Leaky: leaky, snntorch.RLeaky: recurrent, snntorch.Synaptic: synaptic,
            snntorch.Lapicque: lapicque}


def reset(module: Any) -> None:
    """Put all hidden states back to zero."""
    for part in module.modules():
        if hasattr(part, "reset_mem"):
            part.reset_mem()


def leaky(name: str, part: Any) -> list[Layer]:
    """Of a ``Leaky``: strict comparator; a reset by subtraction comes a tick late, or is held."""
    return [_neurons(name, part)]


def recurrent(name: str, part: Any) -> list[Layer]:
    """Of an ``RLeaky``: its recurrent weights are all to all, of a convolution, or one for each neuron."""
    import torch

    own = part.recurrent
    if part.reset_mechanism == "zero" and part.reset_delay:
        refuse(name, "is an RLeaky of reset zero that comes late, which ignores the input of the tick after a spike",
               "use reset_delay=False, or reset_mechanism='subtract'")
    if float(part.graded_spikes_factor) != 1:
        refuse(name, "has graded spikes in a loop", "leave graded_spikes_factor out")
    if isinstance(own, torch.nn.Linear):
        made, = linear(f"{name}.recurrent", own)
    elif isinstance(own, torch.nn.Conv2d):
        made, = conv2d(f"{name}.recurrent", own)
    else:
        weight = np.atleast_1d(numbers(name, "V", own.V))
        if weight.ndim > 1 or weight.size == 1 and part.V.ndim == 0:
            refuse(name, "feeds back one to one without a weight for each neuron", "give V one for each, or use "
                   "all_to_all=True")
        made = Synapses(name=f"{name}.recurrent", kind="dense", weight=np.diag(weight), bias=np.zeros(weight.size))
    assert isinstance(made, Synapses)
    return [_neurons(name, part, made)]


def synaptic(name: str, part: Any) -> list[Layer]:
    """Of a ``Synaptic`` whose current does not last, which is a ``Leaky``."""
    if single(name, "alpha", numbers(name, "alpha", part.alpha)) != 0:
        refuse(name, "has a synaptic current that lasts (alpha above 0)", "use Leaky, or alpha=0")
    if part.reset_mechanism == "zero":
        refuse(name, "is a Synaptic of reset zero, which resets its current too", "use Leaky")
    return [_neurons(name, part)]


def lapicque(name: str, part: Any) -> list[Layer]:
    """Of a ``Lapicque``, whose leak is 1 - 1 / (RC)."""
    refuse(name, "is a Lapicque, whose decay is 1 - time_step / (R C) and whose late reset ignores an input",
           "use Leaky with beta of that value")


def _neurons(name: str, part: Any, loop: Synapses | None = None) -> Neurons:
    if part.inhibition:
        refuse(name, "has inhibition", "leave it out")
    if part.state_quant:
        refuse(name, "has state_quant", "leave it out: V is an integer anyway")
    threshold = by_channel(name, "threshold", numbers(name, "threshold", part.threshold))
    if (threshold < 0).any():
        refuse(name, "has a threshold below 0", "use thresholds from 0 on")
    beta = float(np.clip(single(name, "beta", numbers(name, "beta", part.beta)), 0, 1))
    return Neurons(name=name, threshold=threshold, strict=strict(name, part.spike_grad), reset=part.reset_mechanism,
                   decay=beta, timing="late" if part.reset_delay else "held", feedback=loop,
                   spike=single(name, "graded_spikes_factor", numbers(name, "factor", part.graded_spikes_factor)))
