"""Tiny recipes and data sets for the tests of `train_binary`."""

import gzip
import struct
from pathlib import Path

import torch

from binspike import cli
from train_binary.model.network import Model
from train_binary.recipe import Recipe, parse

CONV = {"kind": "conv2d", "channels": 4, "size": 3, "pool": 2}
DENSE = {"kind": "dense", "channels": 3}
LOOPED = {"dense": DENSE | {"channels": 9, "feedback": True},
          "conv": CONV | {"pool": 1, "stride": 2, "padding": 1, "feedback": 3}}
SCHEDULE = {"epochs": 3, "batch": 16}


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


def noise(count: int, shape=(1, 8, 8), seed: int = 0):
    """Random images, half of their pixels black, and labels 0..2."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(-256, 256, (count, *shape), generator=generator).clamp(min=0).to(torch.uint8)
    return pixels, torch.randint(0, 3, (count,), generator=generator)


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
