"""The published rule of BS4NN, epoch by epoch: ``python -m benchmarks.bs4nn [--epochs 200] [--falling 0]``.

784-600-10 learns MNIST as `train_binary.methods.BS4NN` says, with the constants that its authors publish. Each line has
how many of the 60,000 draws were right before they were learned, how many of the 10,000 test images are right after the
epoch (both if a tie that contains the label counts, as the authors count), and the factors of both layers. In
``falling`` further epochs the rates fall to 0, which is not published, nor are other values of ``--gamma``, the margin
in ticks, and ``--rate``, that of the weights.

``--start FOLDER`` begins with the real weights that the authors released, ``W0_binary.npy`` and ``W1_binary.npy`` of
github.com/SRKH/BS4NN, and the factors of their notebook, whose accuracy is printed first.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import image_sets
from train_binary import recipe
from train_binary.layers.factored import BASE
from train_binary.layers.single_spike import Linear
from train_binary.methods import BS4NN, online
from train_binary.methods.bs4nn import OneByOne, factored, learn
from train_binary.model.network import Model
from train_binary.run.data import tensors
from train_binary.run.trainer import Trainer

RELEASED = (4.03707844, 9.06516109)  # factors of the released weights, from the authors' notebook


def start(model: Model, folder: Path) -> None:
    """Give a model the released weights and factors."""
    for place, layer in enumerate(module for module in model.modules() if isinstance(module, Linear)):
        released = torch.from_numpy(np.load(folder / f"W{place}_binary.npy", allow_pickle=False))
        layer.weight.copy_(released.view(layer.weight.shape))
    for neurons, factor in zip(factored(model), RELEASED, strict=True):
        neurons.factor.fill_(factor)


@torch.no_grad()
def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bs4nn", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--falling", type=int, default=0)
    parser.add_argument("--gamma", type=int, default=BS4NN.gamma)
    parser.add_argument("--rate", type=float, default=BS4NN.rate)
    parser.add_argument("--start", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    torch.set_num_threads(1)
    trainer = Trainer(recipe.load(recipe.find("mnist-bs4nn")))
    model, rule = trainer.model, trainer.rule
    assert isinstance(rule, OneByOne)
    found = image_sets.parse(trainer.recipe.dataset)
    (images, labels), test = (tensors(found.read(image_sets.data_folder(found), split)) for split in image_sets.SPLITS)
    rule.begin(model, trainer.recipe.seed)
    if options.start:
        start(model, options.start)
        tested = rule.figures(model, *test)["correct_as_published"]
        print(f"released weights: test {tested / len(test[0]):.2%}", flush=True)
    for epoch in range(options.epochs + options.falling):
        left = options.epochs + options.falling - epoch - 0.5
        share = 1.0 if epoch < options.epochs else left / options.falling
        order = rule.order(len(images), trainer.generator)
        right, _ = learn(model, images[order], labels[order], online.Rule(
            steps=trainer.recipe.steps, base=BASE, rate=share * options.rate, factor_rate=share * rule.factor_rate,
            gamma=options.gamma))
        tested = rule.figures(model, *test)["correct_as_published"]
        factors = " ".join(f"{float(neurons.factor):.2f}" for neurons in factored(model))
        print(f"epoch {epoch + 1}: learning {right / len(images):.2%}, test {tested / len(test[0]):.2%}, "
              f"factors {factors}", flush=True)


if __name__ == "__main__":
    main()
