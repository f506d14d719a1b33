"""Accuracy of training methods and their options in small trainings: ``python -m benchmarks.methods [NAME ...]``.

8C5-P2-16C5-P2-10 with 7 ticks learns the first 4,000 images of MNIST for 4 epochs, in batches of 32 at a rate of 1e-2;
it is measured as integer network, readout ``first_spike``, on the first 2,000 test images. That shows which way trains
and which does not, not how well in the end; seeds differ by a percent or two.
"""

import json
import sys
import time
from typing import Any

import torch

import image_sets
from quant.idx import data_folder
from train_binary.data import tensors
from train_binary.integer import integer_forward
from train_binary.recipe import parse
from train_binary.training import Trainer

IMAGES, TESTED, EPOCHS = 4000, 2000, 4
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "surrogate": {"kind": "surrogate"},
    **{f"stidi reach {reach:g}": {"kind": "stidi", "reach": reach} for reach in (1.0, 2.0, 4.0, 8.0)},
    "exact": {"kind": "exact"},
    **{f"exact floor {floor:g}": {"kind": "exact", "floor": floor} for floor in (1.0, 10.0)},
    "exact revive 0": {"kind": "exact", "revive": 0.0},
}


def train(method: dict[str, Any], seed: int) -> dict[str, float]:
    """Accuracy before each batch of the last epoch and on test images, and training images a second of processor."""
    mnist = image_sets.parse("mnist")
    images, labels = (part[:IMAGES] for part in tensors(mnist.read(data_folder(), "train")))
    conv = [{"kind": "conv2d", "channels": channels, "size": 5, "pool": 2} for channels in (8, 16)]
    trainer = Trainer(parse({
        "name": "small", "dataset": "mnist", "steps": 7, "seed": seed, "method": method,
        "layers": [*conv, {"kind": "dense", "channels": 10}],
        "schedule": {"epochs": EPOCHS, "batch": 32, "rate": 1e-2, "shift": 0, "precision": "float32"}}))
    start = time.process_time()
    known = [trainer.run_epoch(images, labels)["train"] for _ in range(EPOCHS)]
    seconds = time.process_time() - start
    trainer.finish(images, labels)
    tested, answers = (part[:TESTED] for part in tensors(mnist.read(data_folder(), "test")))
    right = (integer_forward(trainer.model.export(), tested)[0] == answers).double().mean().item()
    speed = round(IMAGES * EPOCHS / seconds)
    return {"train": round(known[-1], 4), "test": round(right, 4), "images_per_second": speed}


def main(names: list[str]) -> None:
    """Print one line of JSON a configuration and seed; all configurations, if none is named."""
    torch.set_num_threads(1)
    for seed in (1, 2):
        for name in names or CONFIGURATIONS:
            print(json.dumps({"name": name, "seed": seed, **train(CONFIGURATIONS[name], seed)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
