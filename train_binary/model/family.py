"""Model families: the parts of which the networks of a training method are built, and what such networks may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from ..layers.heads import LogLikelihood
from ..layers.single_spike import Conv2d, Dense, DepthwiseConv2d, Linear
from ..ops.synapses import EXACT
from .signals import Planes


@dataclass(frozen=True, kw_only=True)
class ModelFamily:
    """Parts of a model, and the architectures that can be built of them.

    In evaluation mode a model of sign weights computes exactly the integer network that it exports.

    Parameters
    ----------
    neurons : callable
        Makes the neurons of a hidden layer, for a number of channels. They bring the derivative of their spikes.
    layers : mapping
        Classes of hidden layers, by their kind in an architecture.
    output : callable
        Makes the last layer, as `single_spike.Linear`.
    head : callable
        Makes what turns V of the outputs into logits while training, for steps and the fan-in of the outputs.
    signals : Planes
        Form of what passes between layers.
    weights, readouts, thresholds, psps : tuple of str
        Those that a recipe may name; the first readout is the usual one. Without ``psps`` a spike adds its weight
        once.
    features : set of str
        What else a recipe may have: "feedback" (of the one hidden layer), "shortcut", "frozen" (schedules), and
        "teaching" (logits by which another network learns).
    fewest_steps : int
    largest_sum : int
        Bound of the fan-in times the largest input, for sign weights.
    """

    neurons: Callable[[int], nn.Module]
    layers: Mapping[str, Callable[..., nn.Module]]
    output: Callable[..., nn.Module]
    head: Callable[[int, int], nn.Module] = LogLikelihood
    signals: Planes = Planes()
    weights: tuple[str, ...] = ("sign", "real")
    readouts: tuple[str, ...] = ("potential",)
    thresholds: tuple[str, ...] = ("channel",)
    psps: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    fewest_steps: int = 1
    largest_sum: int = EXACT - 1


def single_spikes(neurons: Callable[[int], nn.Module], **changes: Any) -> ModelFamily:
    """The family of neurons that fire at most once, with ``changes`` of its fields."""
    layers = {"conv2d": Conv2d, "depthwise_conv2d": DepthwiseConv2d, "dense": Dense}
    usual: dict[str, Any] = {"layers": layers, "output": Linear, "psps": ("step", "ramp"),
                             "readouts": ("first_spike", "potential")}
    return ModelFamily(neurons=neurons, **usual | changes)
