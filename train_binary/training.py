"""Training: batches, loss, learning rate, and the two steps that finish a network."""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from .data import shifted
from .model import Model
from .neurons import SingleSpike
from .readout import calibrate
from .recipe import Recipe, Schedule


def rate(schedule: Schedule, progress: float) -> float:
    """Learning rate at ``progress`` in 0..1 of the whole training: half a cosine up, half a cosine down to 0."""
    if progress < schedule.warmup:
        return schedule.rate * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / schedule.warmup)) / 2)
    return schedule.rate * (1 + math.cos(math.pi * (progress - schedule.warmup) / (1 - schedule.warmup))) / 2


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy at the last tick plus half its mean over all ticks, for logits (steps, batch, classes)."""
    every = F.cross_entropy(logits.flatten(0, 1), labels.repeat(len(logits)))
    return F.cross_entropy(logits[-1], labels) + 0.5 * every


class Trainer:
    """A model with everything that its training changes.

    Two trainers of one recipe, with the same data and thread count, go through the same states.

    Parameters
    ----------
    recipe : Recipe
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.model = Model(recipe)
        self.optimiser = torch.optim.Adam(self.model.parameters())
        for parameter in self.model.parameters():  # Adam's state exists from the start, so that it can be restored
            zeros = {key: torch.zeros_like(parameter) for key in ("exp_avg", "exp_avg_sq")}
            self.optimiser.state[parameter] = {"step": torch.tensor(0.0)} | zeros
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.epoch = 0

    def batches(self, images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Shuffled and shifted batches of this epoch; what does not fill a batch is left out."""
        schedule, _ = self.recipe.stage(self.epoch)
        size = min(schedule.batch, len(images))
        order = torch.randperm(len(images), generator=self.generator)
        for chosen in order[:len(order) // size * size].view(-1, size):
            yield shifted(images[chosen], schedule.shift, self.generator), labels[chosen]

    def run_epoch(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Train one epoch; return its mean loss and the accuracy by ``potential`` on its own batches."""
        self.model.train()
        (schedule, epoch), total, right = self.recipe.stage(self.epoch), 0.0, 0
        count = max(1, len(images) // schedule.batch)
        bar = tqdm(self.batches(images, labels), f"epoch {self.epoch + 1}", count, leave=False, disable=None)
        for index, (batch, answers) in enumerate(bar):
            for group in self.optimiser.param_groups:
                group["lr"] = rate(schedule, (epoch + index / count) / schedule.epochs)
            cost, logits = self._step(batch, answers, schedule.precision)
            total, right = total + cost, right + int((logits[-1].argmax(1) == answers).sum())
            bar.set_postfix(loss=f"{total / (index + 1):.3f}")
        self.epoch += 1
        return {"loss": total / count, "train": right / (count * len(answers))}

    def _step(self, batch: Tensor, answers: Tensor, precision: str) -> tuple[float, Tensor]:
        self.optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = self.model.logits(self.model(batch))
        cost = loss(logits, answers)
        cost.backward()
        self.optimiser.step()
        self.model.clip()
        return cost.item(), logits.detach()

    def finish(self, images: Tensor, labels: Tensor, count: int = 20_000) -> None:
        """Recompute the statistics of the final weights and choose the output threshold on ``count`` of the images."""
        self.refresh(images[:count])
        self.model.threshold.fill_(calibrate(potentials(self.model, images[:count]), labels[:count]))

    @torch.no_grad()
    def refresh(self, images: Tensor) -> None:
        """Replace the running statistics by their plain mean over batches of 500."""
        self.model.train()
        neurons = [module for module in self.model.modules() if isinstance(module, SingleSpike)]
        for index, batch in enumerate(images.split(500)):
            for each in neurons:
                each.momentum = 1 / (index + 1)
            self.model(batch)
        for each in neurons:
            each.momentum = SingleSpike.MOMENTUM


@torch.no_grad()
def potentials(model: Model, images: Tensor) -> Tensor:
    """V of the outputs in evaluation mode, exact integers in float32, shape (steps, images, classes)."""
    model.eval()
    return torch.cat([model(batch) for batch in images.split(500)], 1)
