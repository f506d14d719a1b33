"""Training: batches and learning rate, around the steps of a method."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from .distil import Teacher
from .model import Model
from .recipe import Recipe, Schedule


def rate(schedule: Schedule, progress: float) -> float:
    """Learning rate at ``progress`` in 0..1 of the whole training: half a cosine up, half a cosine down to 0."""
    if progress < schedule.warmup:
        return schedule.rate * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / schedule.warmup)) / 2)
    return schedule.rate * (1 + math.cos(math.pi * (progress - schedule.warmup) / (1 - schedule.warmup))) / 2


class Trainer:
    """A model with everything that its training changes.

    Two trainers of one recipe, with the same data and thread count, go through the same states.

    Parameters
    ----------
    recipe : Recipe
    teacher : Teacher, optional
        Who teaches beside the labels.
    """

    def __init__(self, recipe: Recipe, teacher: Teacher | None = None) -> None:
        self.recipe, self.teacher = recipe, teacher
        self.model = Model(recipe)
        self.optimiser = recipe.method.optimiser(self.model)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.epoch = 0

    def batches(self, images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Shuffled and augmented batches of this epoch; what does not fill a batch is left out."""
        schedule, _ = self.recipe.stage(self.epoch)
        size = min(schedule.batch, len(images))
        order = self.recipe.method.order(len(images), self.generator)
        for chosen in order[:len(order) // size * size].view(-1, size):
            yield schedule.augmented(images[chosen], self.generator), labels[chosen]

    def run_epoch(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Train one epoch; return its mean loss, and the accuracy on each batch just before it was learned."""
        if not self.epoch:
            self.recipe.method.begin(self.model, images)
        self.model.train()
        (schedule, epoch), total, right = self.recipe.stage(self.epoch), 0.0, 0
        count = max(1, len(images) // schedule.batch)
        bar = tqdm(self.batches(images, labels), f"epoch {self.epoch + 1}", count, leave=False, disable=None)
        for index, (batch, answers) in enumerate(bar):
            for group in self.optimiser.param_groups:
                group["lr"] = rate(schedule, (epoch + index / count) / schedule.epochs)
            cost, known = self.recipe.method.step(self.model, self.optimiser, batch, answers, schedule.precision,
                                                  self.teacher)
            total, right = total + cost, right + known
            bar.set_postfix(loss=f"{total / (index + 1):.3f}")
        self.epoch += 1
        return {"loss": total / count, "train": right / (count * len(answers))}

    def finish(self, images: Tensor, labels: Tensor) -> None:
        """Turn the trained weights into the network to export, given all training images."""
        self.recipe.method.finish(self.model, images, labels)
