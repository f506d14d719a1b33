"""A batch of the method `phase`: images a second of one core, and where its time goes.

``python -m benchmarks.phase_batch [RECIPE] [BATCHES]`` trains on noise, by the recipe ``cifar-phase-wide`` unless
another is named, in one thread, and prints images a second of the processor's time, and the share of each kind of
operation by torch's profiler.
"""

import sys
import time
from collections import Counter

import torch
from torch.profiler import ProfilerActivity, profile

from train_binary.recipe import find, load
from train_binary.run.trainer import Trainer

KINDS = {  # what an operation's name contains -> its kind; the first that fits
    "convolution": "convolution", "mm": "dense layer", "batch_norm": "normalisation", "clamp": "clip",
    "hardtanh": "clip", "bincount": "count of spikes", "min": "count of spikes", "max": "count of spikes",
    "Optimizer": "optimiser", "addc": "optimiser", "_foreach": "optimiser", "index": "augmentation",
    "where": "signs, flips", "ge": "signs, flips", "copy": "copies",
}


def kind(name: str) -> str:
    """Kind of an operation."""
    return next((each for part, each in KINDS.items() if part in name), "rest")


def main(recipe: str = "cifar-phase-wide", batches: str = "4") -> None:
    """Print images a second, then a line a kind."""
    torch.set_num_threads(1)
    trainer = Trainer(load(find(recipe)), device="cpu")
    count = int(batches) * trainer.recipe.schedule[0].batch
    images = torch.randint(0, 256, (count, *trainer.recipe.input_shape), dtype=torch.uint8)
    labels = torch.randint(0, trainer.recipe.architecture.outputs, (count,))
    trainer.run_epoch(images, labels)
    begin = time.process_time()
    trainer.run_epoch(images, labels)
    print(f"{recipe}: {count / (time.process_time() - begin):.1f} images a second of one core")
    with profile(activities=[ProfilerActivity.CPU]) as found:
        trainer.run_epoch(images, labels)
    shares: Counter[str] = Counter()
    for each in found.key_averages():
        shares[kind(each.key)] += each.self_cpu_time_total
    for name, spent in shares.most_common():
        print(f"{name:16} {spent / shares.total():6.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
