"""The network while it is being trained, built from a recipe."""

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
from ..layers.synaptic import Synaptic
from ..recipe.layers import LayerRecipe
from ..recipe.recipe import Recipe


def _fields(layer: LayerRecipe) -> dict[str, Any]:
    """What its class is given; the model itself sees to thresholds and shortcuts."""
    unused = {"threshold", "shortcut"} | (set() if layer.feedback else {"feedback"})
    return {field.name: getattr(layer, field.name) for field in fields(layer) if field.name not in unused}


class Model(nn.Module):
    """Binary-weight network: hidden layers, then the output's potentials.

    The recipe's method gives the layers, and the ``head`` that training puts on the output potentials.

    All outputs share one integer ``threshold``: the readout `first_spike` is then the largest V at the first tick at
    which any V has reached it, so a loss on V alone trains it, and the threshold is chosen after training.

    Parameters
    ----------
    recipe : Recipe
    """

    threshold: Tensor

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        torch.manual_seed(recipe.seed)
        method, shape, built = recipe.method, recipe.input_shape, []
        real = recipe.weights == "real"
        for layer in recipe.layers[:-1]:
            kind = method.layers[layer.kind]
            built.append(kind(shape, recipe.steps, neurons=method.neurons, real=real, **_fields(layer)))
            built[-1].neurons.rounded = not real
            if layer.threshold == "layer":
                built[-1].neurons.share()
            for blank in layer.blank(shape):
                shape = blank.output_shape(shape)
        self.hidden = nn.ModuleList(built)
        self._shortcuts = [getattr(layer, "shortcut", 0) for layer in recipe.layers[:-1]]
        self.output = method.output(shape, recipe.steps, real=real, **_fields(recipe.layers[-1]))
        self.head = method.head(recipe.steps, math.prod(shape))
        self.mixers = nn.ModuleList()
        self.register_buffer("threshold", torch.tensor(1, dtype=torch.int64))

    def forward(self, images: Tensor) -> Tensor:
        """V of the outputs at each tick, float32 of shape (steps, batch, classes), for uint8 images."""
        return self.trace(images)[1]

    def trace(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Planes of each hidden layer, shape (steps, batch, channels, height, width), and V as `forward`."""
        steps, trace = self.recipe.steps, []
        signals = self.recipe.method.signals(images, steps)
        taken = []
        for layer, around in zip(self.hidden, self._shortcuts, strict=True):
            taken.append(signals)
            signals = layer(signals, taken[-around]) if around else layer(signals)
            trace.append(self.recipe.method.ticks(signals, steps))
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
        recipe = self.recipe
        member("weights of a network to export", recipe.weights, ("sign",))
        hidden: list[Layer] = []
        places = []  # of what each module takes, as `quant.Shortcut` counts them
        for module, around in zip(self.hidden, self._shortcuts, strict=True):
            places.append(len(hidden))
            first, *rest = module.export()  # type: ignore[operator]
            hidden += [joined(first, places[-around]) if around else first, *rest]
        threshold = self.threshold.expand(recipe.layers[-1].channels)
        return quant.Network(input_shape=recipe.input_shape, steps=recipe.steps, readout=recipe.readout,
                             coding=recipe.method.coding, class_names=recipe.class_names,
                             layers=(*hidden, *self.output.export(threshold)))  # type: ignore[operator]
