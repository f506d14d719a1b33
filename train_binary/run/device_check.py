"""A device beside the CPU: a little training by one method on both, on made-up images, and how fast it was."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..methods import METHODS
from ..model.evaluation import potentials
from ..recipe import Recipe, parse
from .data import Split
from .measurement import measure
from .trainer import Trainer

BATCH, CLASSES, EPOCH = 128, 10, 468  # images; classes; batches of an epoch of 60,000 images
FEW = 4  # batches that are learned on both
TOLERANCE = 1e-3  # of the first batch's cost, relative: normalisation rounds
EVALUATED = 500  # images
CONV = {"kind": "conv2d", "channels": 16, "size": 5, "stride": 2, "padding": 2}
SAME = {"kind": "conv2d", "channels": 16, "size": 3, "padding": 1}
STEP = {"psp": {"kind": "step"}}
OUTPUT = {"kind": "dense", "channels": CLASSES}
LAYERS: dict[str, list[dict[str, Any]]] = {  # by a feature of the method; the first that it has
    "feedback": [CONV | {"feedback": 3}, OUTPUT],
    "shortcut": [CONV, SAME, SAME | {"shortcut": 2}, OUTPUT],
    "conv2d": [CONV | {"stride": 1, "pool": 2}, SAME | {"channels": 32, "pool": 2}, OUTPUT],
    "dense": [{"kind": "dense", "channels": 100} | STEP, OUTPUT | STEP],
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One method on a device beside the CPU.

    Parameters
    ----------
    method : str
    batches : int
        Of 128 images, learned on the device to measure its speed.
    images_per_second, cpu_images_per_second : float
    cost_difference : float
        Of the first batch, relative to that on the CPU.
    same_signs : float
        Share of the weights, 0..1, whose signs are the same on both after a few batches.
    exact : bool or None
        Whether potentials in evaluation mode are those of the CPU, bit for bit; None: real weights, whose sums round.
    """

    method: str
    batches: int
    images_per_second: float
    cpu_images_per_second: float
    cost_difference: float
    same_signs: float
    exact: bool | None

    @property
    def agrees(self) -> bool:
        """True if all is as it must be; a gradient may be rounded in another way, and so signs are not held to it."""
        return self.exact is not False and self.cost_difference <= TOLERANCE


def compare(kind: str, device: str, batches: int = EPOCH, seconds: float = 15.0) -> Comparison:
    """Train by the method ``kind`` on a device and on the CPU from the same start, and compare.

    Parameters
    ----------
    device : "cpu" or "cuda"
    batches : int
        To measure the speed on the device, at most; fewer where they would take longer than ``seconds``.

    Raises
    ------
    RuntimeError
        The network that the model exports does not compute what the model does.
    ValueError
        There is no such device, or the method does not run on it.
    """
    recipe = probe(kind)
    here, there = (Trainer(recipe, device=each) for each in ("cpu", device))
    images, labels = pictures(BATCH * max(FEW, batches))
    costs = [each.run_epoch(images[:BATCH], labels[:BATCH])["loss"] for each in (here, there)]
    speeds = [each.run_epoch(images[:FEW * BATCH], labels[:FEW * BATCH])["images_per_second"]
              for each in (here, there)]
    same = _same_signs(here, there)
    count = max(1, min(batches, int(seconds * speeds[1] / BATCH)))
    speed = there.run_epoch(images[:count * BATCH], labels[:count * BATCH])["images_per_second"]
    return Comparison(method=kind, batches=count, images_per_second=speed, cpu_images_per_second=speeds[0],
                      cost_difference=abs(costs[1] - costs[0]) / abs(costs[0]), same_signs=same,
                      exact=_exact(there, (images[:EVALUATED], labels[:EVALUATED])))


def probe(kind: str) -> Recipe:
    """A small recipe for the method ``kind``, with what the method alone has: feedback, a shortcut."""
    method = METHODS[kind]()
    have = method.features | set(method.family.layers)
    layers = next(layers for feature, layers in LAYERS.items() if feature in have)
    return parse({"name": kind, "dataset": "mnist", "method": kind, "steps": 7, "layers": layers,
                  "readout": method.family.readouts[0], "weights": method.family.weights[0],
                  "schedule": {"epochs": 3, "batch": BATCH, "precision": "float32"}})


def pictures(count: int) -> Split:
    """Noise of 28 x 28 pixels, half of it black, in which a bright row and column of each image tell its class."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(-128, 128, (count, 1, 28, 28), generator=generator).clamp(min=0).to(torch.uint8)
    labels = torch.arange(count) % CLASSES
    every = torch.arange(count)
    images[every, 0, 2 * labels + 4] = images[every, 0, :, 2 * labels + 4] = 250
    return images, labels


def _same_signs(*trainers: Trainer) -> float:
    signs = [torch.cat([value.detach().cpu().flatten() >= 0 for name, value in each.model.named_parameters()
                        if name.endswith("weight")]) for each in trainers]
    return (signs[0] == signs[1]).double().mean().item()


def _exact(trainer: Trainer, split: Split) -> bool | None:
    """Whether the trained model computes on the CPU what it does on its device; it is exported, and must be itself."""
    images, labels = split
    found: Tensor = potentials(trainer.model, images)
    trainer.model.to("cpu")
    if trainer.recipe.weights == "real":
        return None
    exact = torch.equal(found, potentials(trainer.model, images))
    trainer.finish(images, labels)
    measure(trainer.model.export(), images, labels, potentials(trainer.model, images))
    return exact
