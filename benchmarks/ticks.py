"""Accuracy against ticks of one network, trained in three ways: ``python -m benchmarks.ticks [--picture FILE]``.

16C5S2-32C3S2-10 with sign weights learns the first images of Fashion-MNIST as rate neurons, anew for each number of
ticks, by proxy learning and by a surrogate derivative through time; and once as phase neurons of six digits, whose
exported network plain rate conversion makes one of so many ticks (`quant.description.conversion.rates`). All learn as
many images for as many epochs; seeds are averaged. Right are answers of the exact integers on all test images.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

import torch

import image_sets
from quant import Network
from quant.description.conversion import rates
from train_binary.model.integer import classify
from train_binary.recipe import parse
from train_binary.run.data import tensors
from train_binary.run.trainer import Trainer

DIGITS = 6  # of the network that is converted
WAYS: dict[str, dict[str, Any]] = {
    "proxy": {"method": {"kind": "proxy"}, "readout": "count"},
    "surrogate": {"method": {"kind": "rate"}, "readout": "potential"},
    "conversion": {"method": {"kind": "phase"}, "readout": "potential"}}
RATE = 1e-2  # of learning


def trained(way: str, steps: int, seed: int, split: tuple[torch.Tensor, torch.Tensor], epochs: int) -> Trainer:
    """A network that has learned in a way."""
    layers = [{"kind": "conv2d", "channels": 16, "size": 5, "stride": 2, "padding": 2},
              {"kind": "conv2d", "channels": 32, "size": 3, "stride": 2, "padding": 1},
              {"kind": "dense", "channels": 10}]
    trainer = Trainer(parse({
        "name": way, "dataset": "fashion-mnist", "layers": layers, "seed": seed, "steps": steps, **WAYS[way],
        "schedule": {"shift": 0, "precision": "float32", "epochs": epochs, "batch": 100, "rate": RATE}}))
    for _ in range(epochs):
        trainer.run_epoch(*split)
    trainer.finish(*split)
    return trainer


def right(network: Network, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of right answers, 0..1, of the exact integers."""
    return float((torch.tensor(classify(network, images.numpy())[0]) == labels).double().mean())


def accuracies(way: str, ticks: list[int], seed: int, train: tuple[torch.Tensor, torch.Tensor],
               test: tuple[torch.Tensor, torch.Tensor], epochs: int) -> list[float]:
    """Share of right answers for each number of ticks."""
    if way == "conversion":
        network = trained(way, DIGITS, seed, train, epochs).model.export()
        return [right(rates(network, steps), *test) for steps in ticks]
    return [right(trained(way, steps, seed, train, epochs).model.export(), *test) for steps in ticks]


def draw(path: Path, ticks: list[int], found: dict[str, list[float]]) -> None:
    """Accuracy against ticks, a line for each way."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot(xlabel="ticks", ylabel="right (%)", xscale="log")
    for way, shares in found.items():
        axes.plot(ticks, [100 * share for share in shares], "o-", label=way)
    axes.set_xticks(ticks, labels=map(str, ticks), minor=False)
    axes.minorticks_off()
    axes.legend()
    figure.savefig(path, dpi=150)


def main(ticks: list[int], seeds: list[int], images: int, epochs: int, data: Path | None, picture: Path | None) -> None:
    """Print a row for each way, as Markdown."""
    torch.set_num_threads(1)
    described = image_sets.parse("fashion-mnist")
    folder = image_sets.data_folder(described, data)
    train, test = (tensors(described.read(folder, split)) for split in ("train", "test"))
    learned = train[0][:images], train[1][:images]
    print("| right (%) in | " + " | ".join(f"{steps} ticks" for steps in ticks) + " |\n|" + "---|" * (len(ticks) + 1))
    found = {}
    for way in WAYS:
        runs = [accuracies(way, ticks, seed, learned, test, epochs) for seed in seeds]
        found[way] = [statistics.mean(shares) for shares in zip(*runs, strict=True)]
        print(f"| {way} | " + " | ".join(f"{100 * share:.1f}" for share in found[way]) + " |", flush=True)
    if picture:
        draw(picture, ticks, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    main(options.ticks, options.seeds, options.images, options.epochs, options.data, options.picture)
