"""Measurements of a model while it trains, and of the network that it becomes."""

from typing import Any

import torch
from torch import Tensor

from image_sets import parse, text
from quant import Network
from quant.files import artefact

from ..model.integer import decided, layer_times, spike_count
from ..model.readout import decide
from ..recipe.definition import Recipe
from .trainer import Trainer


def quick_accuracy(trainer: Trainer, images: Tensor, labels: Tensor) -> float:
    """Accuracy on the first 2000 test images by readout ``potential``: for the log, nothing is chosen by it.

    Networks of more than 16 ticks, which take longer, show fewer images.
    """
    count = 32_000 // max(16, trainer.recipe.steps)
    class_index = trainer.rule.classify(trainer.model, images[:count], "potential")
    return (class_index == labels[:count]).double().mean().item()


def measure(network: Network, images: Tensor, labels: Tensor, outputs: Tensor) -> dict[str, Any]:
    """Count what the integer network does on test images: correct classes, ticks and spikes.

    Parameters
    ----------
    network : Network
    images, labels : Tensor
    outputs : Tensor
        Output potentials of the model of which it was made, in evaluation mode, shape (steps, images, classes).

    Returns
    -------
    dict
        ``images``, ``correct`` (by the network's readout), ``correct_by_potential``, ``mean_tick`` of the decision and
        ``spikes`` (mean number an image: pixels that spike, or that are not black, then each synaptic layer before any
        pooling).

    Raises
    ------
    RuntimeError
        A potential of the network is not that of the model.
    """
    threshold = torch.tensor(network.synaptic[-1].neurons.threshold)
    counts = torch.zeros(3 + 1 + len(network.synaptic), dtype=torch.int64)
    for batch, answers, expected in zip(images.split(100), labels.split(100), outputs.split(100, 1), strict=True):
        times, output = layer_times(network, batch)
        if not torch.equal(output.double(), expected.double()):
            raise RuntimeError("the exported network must compute what the trained model computes, and does not")
        class_index, tick = decided(network, times[-1], output)
        kept = [0, *(index + 1 for index, layer in enumerate(network.layers) if layer in network.synaptic)]
        last = decide(output, threshold, "potential")[0]
        counts += torch.stack([(class_index == answers).sum(), (last == answers).sum(), tick.sum(),
                               *(spike_count(network.signals[index], times[index]) for index in kept)])
    correct, by_potential, ticks, *spikes = counts.tolist()
    return {"images": len(images), "correct": correct, "correct_by_potential": by_potential,
            "mean_tick": round(ticks / len(images), 3), "spikes": [round(s / len(images), 1) for s in spikes]}


def provenance(recipe: Recipe, results: dict[str, Any]) -> artefact.Provenance:
    """Origin and accuracy of a network, for its artefact."""
    source = None if isinstance(recipe.dataset, str) else text(recipe.dataset)
    return artefact.Provenance(data_set=parse(recipe.dataset).title, source=source, split="test",
                               images=results["images"], correct=results["correct"],
                               float_correct=results["float_correct"], seed=recipe.seed,
                               recipe=recipe.name, method=recipe.method.title)
