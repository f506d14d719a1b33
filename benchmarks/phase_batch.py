"""A batch of the method `phase`: images a second of one core, and where its time goes.

``python -m benchmarks.phase_batch [RECIPE] [BATCHES]`` trains on noise, by the recipe ``cifar-phase-deep`` unless
another is named, in one thread. It prints images a second of the processor's time, with this package's compiled
functions and with torch's operations alone, batch by batch in turn; the rate of the sums of weights, beside that at
which torch multiplies matrices; and the share of each kind of operation by torch's profiler.
"""

import statistics
import sys
import time
from collections import Counter
from unittest.mock import patch

import torch
from torch.profiler import ProfilerActivity, profile

from train_binary.layers.shadow_weights import Synaptic
from train_binary.ops import clipped_sums
from train_binary.recipe import find, load
from train_binary.run.trainer import Trainer

KINDS = {  # what an operation's name contains -> its kind; the first that fits
    "convolution": "convolution", "mm": "dense layer", "batch_norm": "normalisation", "_Normalised": "normalisation",
    "clamp": "clip", "hardtanh": "clip",
    "bincount": "count of spikes", "min": "count of spikes", "max": "count of spikes",
    "Optimizer": "optimiser", "addc": "optimiser", "_foreach": "optimiser", "index": "augmentation",
    "where": "signs, flips", "ge": "signs, flips", "copy": "copies",
}
SIDE = 2048  # of the matrices


def kind(name: str) -> str:
    """Kind of an operation."""
    return next((each for part, each in KINDS.items() if part in name), "rest")


def operations(trainer: Trainer) -> int:
    """Multiplications and additions of an image in the sums of weights: forward, and back to inputs and weights."""
    counts = []

    def count(layer, inputs, result):  # type: ignore[no-untyped-def]
        places = result.shape[-1] * result.shape[-2] * layer.pool**2 if hasattr(layer, "pool") else 1
        counts.append(6 * layer.weight.numel() * places)

    hooks = [layer.register_forward_hook(count) for layer in trainer.model.modules() if isinstance(layer, Synaptic)]
    trainer.model.eval()(torch.zeros(1, *trainer.recipe.input_shape, dtype=torch.uint8))
    for hook in hooks:
        hook.remove()
    return sum(counts) - counts[0] // 3  # nothing goes back to pixels


def matrices(kind: torch.dtype) -> float:
    """Operations a second of a product of matrices."""
    matrix = torch.randn(SIDE, SIDE).to(kind)
    times = []
    for _ in range(4):
        begin = time.process_time()
        matrix @ matrix
        times.append(time.process_time() - begin)
    return 2 * SIDE**3 / min(times)


def main(recipe: str = "cifar-phase-deep", batches: str = "4") -> None:
    """Print the lines."""
    torch.set_num_threads(1)
    trainer = Trainer(load(find(recipe)), device="cpu")
    schedule, shape = trainer.recipe.schedule[0], trainer.recipe.input_shape
    images = torch.randint(0, 256, (schedule.batch, *shape), dtype=torch.uint8)
    labels = torch.randint(0, trainer.recipe.architecture.outputs, (schedule.batch,))
    rates: dict[bool, list[float]] = {True: [], False: []}
    for index in range(2 * int(batches) + 2):
        compiled = index % 2 == 0
        with patch.object(clipped_sums, "fits", clipped_sums.fits if compiled else lambda sums: False):
            begin = time.process_time()
            trainer.run_epoch(images, labels)
            if index > 1:  # the first of each makes what later ones find
                rates[compiled].append(schedule.batch / (time.process_time() - begin))
    here, plain = (statistics.median(rates[each]) for each in (True, False))
    print(f"{recipe}, {schedule.precision}: {here:.1f} images a second of one core, by torch alone {plain:.1f}, "
          f"ratio {here / plain:.2f}")
    done, most = operations(trainer), matrices(getattr(torch, schedule.precision))
    print(f"{done / 1e9:.2f} GFLOP an image in sums of weights: {here * done / 1e9:.0f} GFLOP/s; "
          f"matrices of {SIDE:,} x {SIDE:,}: {most / 1e9:.0f} GFLOP/s")
    with profile(activities=[ProfilerActivity.CPU]) as found:
        trainer.run_epoch(images, labels)
    shares: Counter[str] = Counter()
    for each in found.key_averages():
        shares[kind(each.key)] += each.self_cpu_time_total
    for name, spent in shares.most_common():
        print(f"{name:16} {spent / shares.total():6.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
