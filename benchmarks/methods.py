"""Accuracy of training methods and of choices in small trainings: ``python -m benchmarks.methods [NAME ...]``.

A method and its options: 8C5-P2-16C5-P2-10 with 7 ticks learns the first 4,000 images of MNIST for 4 epochs, in batches
of 32 at a rate of 1e-2; it is measured on the first 2,000 test images. A choice, whose name begins with "fashion":
16C5-P2-32C5-P2-10 with 7 ticks learns the first 10,000 images of Fashion-MNIST for 6 epochs, in batches of 128 at a
rate of 2e-2, `proxy` with kernels of 3 x 3, padded, 10 ticks and a rate of 1e-2; it is measured on the first 5,000.
All by readout ``first_spike`` (`proxy`: ``count``), with the exact integers of the exported network, or with real
weights as they are. That shows which way trains and which does not, not how well in the end; seeds differ by a percent
or two.
"""

import json
import sys
import time
from typing import Any

import torch

import image_sets
from train_binary.recipe import parse
from train_binary.run.data import tensors
from train_binary.run.trainer import Trainer

STEP, SHORT_RAMP = {"kind": "step"}, {"kind": "ramp", "length": 2}
MNIST: dict[str, Any] = {"dataset": "mnist", "images": 4_000, "tested": 2_000, "epochs": 4, "batch": 32, "rate": 1e-2,
                         "channels": (8, 16), "dense": (), "padding": 0, "psp": {"kind": "ramp"},
                         "method": {"kind": "surrogate"}, "steps": 7, "weights": "sign", "slack": 5e-4}
FASHION = MNIST | {"dataset": "fashion-mnist", "images": 10_000, "tested": 5_000, "epochs": 6, "batch": 128,
                   "rate": 2e-2, "channels": (16, 32), "slack": 0.0}
STIDI = {"method": {"kind": "stidi"}}
PROXY = {"method": {"kind": "proxy"}, "rate": 1e-2, "size": 3, "padding": 1, "steps": 10, "readout": "count"}
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "surrogate": MNIST,
    **{f"stidi reach {reach:g}": MNIST | {"method": {"kind": "stidi", "reach": reach}}
       for reach in (1.0, 2.0, 4.0, 8.0)},
    "exact": MNIST | {"method": {"kind": "exact"}},
    **{f"exact floor {floor:g}": MNIST | {"method": {"kind": "exact", "floor": floor}} for floor in (1.0, 10.0)},
    "exact revive 0": MNIST | {"method": {"kind": "exact", "revive": 0.0}},
    **{f"fashion {name}": FASHION | changes for name, changes in {
        "ramp": {},
        "ramp of 2 ticks": {"psp": SHORT_RAMP},
        "step": {"psp": STEP},
        "ramp, padded": {"padding": 2},
        "ramp of 2 ticks, padded": {"psp": SHORT_RAMP, "padding": 2},
        "step, padded": {"psp": STEP, "padding": 2},
        "step, padded, rate 4e-2": {"psp": STEP, "padding": 2, "rate": 4e-2},
        "step, padded, 15 ticks": {"psp": STEP, "padding": 2, "steps": 15},
        "step, padded, dense 256": {"psp": STEP, "padding": 2, "dense": (256,)},
        "step, padded, dense 256, rate 4e-2": {"psp": STEP, "padding": 2, "dense": (256,), "rate": 4e-2},
        "step, padded, real weights": {"psp": STEP, "padding": 2, "weights": "real"},
        "stidi ramp": STIDI | {"rate": 1e-2},
        "stidi ramp, padded": STIDI | {"rate": 1e-2, "padding": 2},
        "stidi step, padded": STIDI | {"rate": 1e-2, "psp": STEP, "padding": 2},
        "stidi ramp of 2 ticks, padded": STIDI | {"rate": 1e-2, "psp": SHORT_RAMP, "padding": 2},
        "stidi ramp of 2 ticks, padded, rate 4e-2": STIDI | {"rate": 4e-2, "psp": SHORT_RAMP, "padding": 2},
        "proxy": PROXY,
        "proxy dense 256": PROXY | {"dense": (256,)},
        "proxy level 2": PROXY | {"method": {"kind": "proxy", "level": 2.0}},
        "proxy 6 ticks": PROXY | {"steps": 6},
        "proxy 15 ticks": PROXY | {"steps": 15},
    }.items()},
}


def train(how: dict[str, Any], seed: int) -> dict[str, float]:
    """Accuracy before each batch of the last epoch and on test images, and training images a second of processor."""
    found = image_sets.parse(how["dataset"])
    images, labels = (part[:how["images"]] for part in tensors(found.read(image_sets.data_folder(found), "train")))
    conv = [{"kind": "conv2d", "channels": channels, "size": how.get("size", 5), "pool": 2, "padding": how["padding"],
             "psp": how["psp"]} for channels in how["channels"]]
    dense = [{"kind": "dense", "channels": channels, "psp": how["psp"]} for channels in (*how["dense"], 10)]
    trainer = Trainer(parse({
        "name": "small", "layers": [*conv, *dense], "seed": seed, "readout": how.get("readout", "first_spike"),
        **{key: how[key] for key in ("dataset", "steps", "method", "weights", "slack")},
        "schedule": {"shift": 0, "precision": "float32", **{key: how[key] for key in ("epochs", "batch", "rate")}}}))
    start = time.process_time()
    known = [trainer.run_epoch(images, labels)["train"] for _ in range(how["epochs"])]
    seconds = time.process_time() - start
    trainer.finish(images, labels)
    tested, answers = (part[:how["tested"]] for part in tensors(found.read(image_sets.data_folder(found), "test")))
    recipe = trainer.recipe
    right = (trainer.rule.classify(trainer.model, tested, recipe.readout) == answers).double().mean().item()
    speed = round(how["images"] * how["epochs"] / seconds)
    return {"train": round(known[-1], 4), "test": round(right, 4), "images_per_second": speed}


def main(names: list[str]) -> None:
    """Print one line of JSON a configuration and seed; all configurations, if none is named."""
    torch.set_num_threads(1)
    for seed in (1, 2):
        for name in names or CONFIGURATIONS:
            print(json.dumps({"name": name, "seed": seed, **train(CONFIGURATIONS[name], seed)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
