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
from .data import Splits
from .trainer import Trainer


def logged(trainer: Trainer, splits: Splits) -> dict[str, float]:
    """Accuracy after an epoch by readout ``potential``, for the log.

    ``validation``: on the images of the validation split. Without one, ``quick_accuracy``: on the first 2000 test
    images, by which nothing is chosen; networks of more than 16 ticks, which take longer, show fewer.
    """
    if splits.validation:
        images, labels = splits.validation
        return {"validation": correct(trainer, images, labels, "potential") / len(images)}
    images, labels = (each[:32_000 // max(16, trainer.recipe.steps)] for each in splits.test)
    return {"quick_accuracy": correct(trainer, images, labels, "potential") / len(images)}


def validated(trainer: Trainer, images: Tensor, labels: Tensor) -> dict[str, int]:
    """Figures of the validation split at the end: its images, and how many are right by the recipe's readout."""
    return {"validation_images": len(images), "validation_correct": correct(trainer, images, labels)}


def correct(trainer: Trainer, images: Tensor, labels: Tensor, readout: str | None = None) -> int:
    """Images that the model in evaluation mode classifies right, by ``readout`` or that of the recipe."""
    found = trainer.rule.classify(trainer.model, images, readout or trainer.recipe.readout)
    return int((found == labels).sum())


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
