"""Tiny recipes and data sets for the tests of `train_binary`."""

import gzip
import struct
from pathlib import Path

import pytest
import torch

from binspike import cli
from train_binary.methods import Equilibrium
from train_binary.model.evaluation import refresh
from train_binary.model.network import Model
from train_binary.recipe import Recipe, parse
from train_binary.run import checkpoint

CONV = {"kind": "conv2d", "channels": 4, "size": 3, "pool": 2}
DENSE = {"kind": "dense", "channels": 3}
DEPTHWISE = {"kind": "depthwise_conv2d", "size": 3, "padding": 1}
LOOPED = {"dense": DENSE | {"channels": 9, "feedback": True},
          "conv": CONV | {"pool": 1, "stride": 2, "padding": 1, "feedback": 3}}
every_loop = pytest.mark.parametrize("kind", LOOPED)
STEP = DENSE | {"psp": {"kind": "step"}}
LAYERS = {
    "conv": [CONV, CONV | {"channels": 6, "size": 2, "stride": 2, "padding": 1, "pool": 1}, DENSE],
    "dense": [STEP | {"channels": 12}, STEP],
    "depthwise": [CONV | {"pool": 1}, DEPTHWISE | {"pool": 2},
                  DEPTHWISE | {"stride": 2, "psp": {"kind": "step"}}, DENSE],
}
SAME = CONV | {"pool": 1, "padding": 1}
BLOCK = [CONV, SAME, SAME | {"shortcut": 2}, SAME | {"shortcut": 1}, DENSE | {"channels": 7}, DENSE]
SCHEDULE = {"epochs": 3, "batch": 16}
RECIPE = """
name = "tiny"
dataset = "mnist"
steps = 5
input_shape = [1, 8, 8]
seed = 4
schedule = { epochs = 2, batch = 16 }
layers = [{ kind = "conv2d", channels = 4, size = 3, pool = 2 }, { kind = "dense", channels = 3 }]
"""


def main(arguments: list[str]) -> int:
    """`binspike train` without its report; returns the exit status."""
    return cli.main(["train", *arguments, "--no-report"])


def tiny(layers=(CONV, DENSE), **changes) -> Recipe:
    """A recipe for 1 x 8 x 8 images in 5 ticks."""
    return parse({"name": "tiny", "dataset": "mnist", "steps": 5, "input_shape": [1, 8, 8], "schedule": SCHEDULE,
                  "layers": list(layers)} | changes)


def built(recipe: Recipe) -> Model:
    """The untrained model of a recipe."""
    return Model(recipe.method.family, recipe.architecture, recipe.seed)


def looped(*layers, schedule=SCHEDULE, steps=5, seed=3, weights="sign", **method) -> Recipe:
    """As `tiny`, for method ``equilibrium`` with these options."""
    return tiny(layers, readout="potential", steps=steps, seed=seed, schedule=schedule, weights=weights,
                method={"kind": "equilibrium"} | method)


def phased(layers=BLOCK, steps=4, seed=3, schedule=None, **method):
    """As `tiny`, for method ``phase`` with these options."""
    more = {"schedule": schedule} if schedule else {}
    return tiny(list(layers), steps=steps, readout="potential", seed=seed, method={"kind": "phase"} | method, **more)


def state(trainer):
    """State of a training: all that a checkpoint holds beside the epoch."""
    return (trainer.recipe, trainer.model, trainer.optimiser, trainer.generator)


def save(path, trainer):
    """Write a checkpoint of a training."""
    checkpoint.save(path, trainer.recipe, trainer.epoch, *state(trainer)[1:])


def noise(count: int, shape=(1, 8, 8), seed: int = 0):
    """Random images, half of their pixels black, and labels 0..2."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(-256, 256, (count, *shape), generator=generator).clamp(min=0).to(torch.uint8)
    return pixels, torch.randint(0, 3, (count,), generator=generator)


def separable(count):
    """Images whose class is the third of the picture that is bright."""
    images, labels = noise(count)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[0, :, 3 * label:3 * label + 2] = 250
    return images, labels


def finished(kind, **options):
    """A model with random weights and the statistics of noise, and that noise."""
    model = built(looped(LOOPED[kind], DENSE, **options))
    return model, observed(model)


def observed(model):
    """Noise, whose statistics the model takes; a few times, for the feedback to fall to its bound."""
    images, labels = noise(40, shape=model.architecture.input_shape)
    for _ in range(5):
        refresh(model, images)
    Equilibrium().rule.finish(model, images, images, labels, slack=0)
    return images


def write_data_set(folder: Path, train: int = 48, test: int = 20) -> Path:
    """A data folder with an ``mnist`` of noise; returns it."""
    (folder / "mnist").mkdir(parents=True)
    for name, count in (("train", train), ("t10k", test)):
        images, labels = noise(count)
        header = struct.pack(">BBBBIII", 0, 0, 8, 3, count, 8, 8)
        (folder / "mnist" / f"{name}-images-idx3-ubyte").write_bytes(header + images.numpy().tobytes())
        content = struct.pack(">BBBBI", 0, 0, 8, 1, count) + bytes(labels.tolist())
        (folder / "mnist" / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    return folder
