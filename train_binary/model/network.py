"""Model: a network while it is trained, and its export, which quantises it."""

import math
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor, nn

import quant
from quant.check import member
from quant.description.layers import Layer

from ..layers.neurons import Normalised
from ..layers.phase import joined
from ..layers.shadow_weights import Synaptic
from .architecture import Architecture, LayerRecipe
from .family import ModelFamily


def _fields(layer: LayerRecipe) -> dict[str, Any]:
    """Arguments of its class; the model itself sees to thresholds and shortcuts."""
    unused = {"threshold", "shortcut"} | (set() if getattr(layer, "feedback", 0) else {"feedback"})
    return {field.name: getattr(layer, field.name) for field in fields(layer) if field.name not in unused}


class Model(nn.Module):
    """Binary-weight network: hidden layers, then V of the outputs, and the ``head`` that makes logits of it.

    All outputs share one integer ``threshold``: the readout `first_spike` is then the largest V at the first tick at
    which any V has reached it, so a loss on V alone trains it, and the threshold is chosen after training.

    Parameters
    ----------
    family : ModelFamily
        Gives the parts.
    architecture : Architecture
    seed : int
        Of the weights.
    """

    threshold: Tensor

    def __init__(self, family: ModelFamily, architecture: Architecture, seed: int) -> None:
        super().__init__()
        self.family, self.architecture = family, architecture
        torch.manual_seed(seed)
        shape, steps, built = architecture.input_shape, architecture.steps, list[Any]()
        real = architecture.weights == "real"
        for layer in architecture.layers[:-1]:
            kind = family.layers[layer.kind]
            built.append(kind(shape, steps, neurons=family.neurons, real=real, **_fields(layer)))
            built[-1].neurons.rounded = not real
            if layer.threshold == "layer":
                built[-1].neurons.share()
            for blank in layer.blank(shape):
                shape = blank.output_shape(shape)
        self.hidden = nn.ModuleList(built)
        self._shortcuts = [getattr(layer, "shortcut", 0) for layer in architecture.layers[:-1]]
        self.output = family.output(shape, steps, real=real, **_fields(architecture.layers[-1]))
        self.head = family.head(steps, math.prod(shape))
        self.mixers = nn.ModuleList()
        self.register_buffer("threshold", torch.tensor(1, dtype=torch.int64))

    def forward(self, images: Tensor) -> Tensor:
        """V of the outputs at each tick, float32 of shape (steps, batch, classes), for uint8 images."""
        return self.trace(images)[1]

    def trace(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Planes of each hidden layer, shape (steps, batch, channels, height, width), and V as `forward`."""
        steps, trace, taken = self.architecture.steps, [], []
        signals = self.family.signals.encode(images, steps)
        for layer, around in zip(self.hidden, self._shortcuts, strict=True):
            taken.append(signals)
            signals = layer(signals, taken[-around]) if around else layer(signals)
            trace.append(self.family.signals.by_tick(signals, steps))
        potentials = self.output(signals).float()
        return trace, potentials if potentials.dim() == 3 else potentials.unflatten(0, (steps, -1))

    def freeze(self, frozen: bool) -> None:
        """Let hidden neurons compare V with their integer thresholds while training, or no more."""
        for module in self.modules():
            if isinstance(module, Normalised):
                module.frozen = frozen

    def clip(self) -> None:
        """Bring all shadow weights back to [-1, 1]."""
        for layer in self.modules():
            if isinstance(layer, Synaptic):
                layer.clip()

    def export(self) -> quant.Network:
        """The integer network that computes exactly what this one does in evaluation mode.

        Raises
        ------
        ValueError
            The weights are real.
        """
        plan = self.architecture
        member("weights of a network to export", plan.weights, ("sign",))
        hidden: list[Layer] = []
        places = []  # of what each module takes, as `quant.Shortcut` counts them
        for module, around in zip(self.hidden, self._shortcuts, strict=True):
            places.append(len(hidden))
            first, *rest = module.export()  # type: ignore[operator]
            hidden += [joined(first, places[-around]) if around else first, *rest]
        threshold = self.threshold.expand(plan.outputs)
        return quant.Network(input_shape=plan.input_shape, steps=plan.steps, readout=plan.readout,
                             coding=self.family.signals.coding, class_names=plan.class_names,
                             layers=(*hidden, *self.output.export(threshold)))  # type: ignore[operator]
