"""Trainer: batches and learning rate, around the steps of a learning rule."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from quant.check import member

from ..methods.distillation import Teacher
from ..methods.learning_rule import CALIBRATED
from ..model.evaluation import refresh
from ..model.network import Model
from ..ops import parallel
from ..recipe.definition import Recipe
from ..recipe.schedule import rate
from .progress import Progress


def find_device(name: str, kinds: tuple[str, ...] = ("cpu", "cuda")) -> torch.device:
    """The device of a name, of those kinds: "auto" is CUDA where there is some.

    Raises
    ------
    ValueError
        It is another name, or CUDA is not there.
    """
    member("device", name, ("auto", *kinds))
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device must be cpu, not 'cuda': PyTorch finds no CUDA here")
    if name == "cpu" or "cuda" not in kinds or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", parallel.local_rank())


class Trainer:
    """A model with everything that its training changes.

    Two trainers of one recipe, with the same data, go through the same states. By method ``surrogate``, with weights
    that act by their sign, on the CPU, that does not depend on the number of threads; nor on that of processes, if it
    is a power of two, since all sums over images are exact.

    Parameters
    ----------
    recipe : Recipe
    teacher : Teacher, optional
        A teacher beside the labels.
    device : "auto", "cpu" or "cuda"
        Where to compute; "auto" is CUDA where there is some.

    Raises
    ------
    ValueError
        There is no such device, or several processes (see `parallel`) cannot share the training.
    """

    def __init__(self, recipe: Recipe, teacher: Teacher | None = None, device: str = "auto") -> None:
        self.recipe, self.rule, self.teacher = recipe, recipe.method.rule, teacher
        self.device = find_device(device, self.rule.devices)
        if parallel.world() > 1:
            member("method of a training in several processes", recipe.method.kind, ("surrogate",))
            for schedule in recipe.schedule:
                if schedule.frozen:
                    raise ValueError("a training in several processes must have no frozen schedule")
                if schedule.batch % parallel.world():
                    raise ValueError(f"batch must be a multiple of the number of processes, {parallel.world()}, "
                                     f"not {schedule.batch}")
        self.model = Model(recipe.method.family, recipe.architecture, recipe.seed).to(self.device)
        if teacher is not None:
            self.model.mixers = teacher.mixers(self.model).to(self.device)
        self.optimiser = self.rule.optimiser(self.model)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.epoch = 0
        self.spikes: list[Tensor] = [torch.zeros(())] * len(self.model.hidden)
        for index, layer in enumerate(self.model.hidden):
            layer.register_forward_hook(partial(self._count, index))

    def batch_count(self, images: int, epochs: int | None = None) -> int:
        """Batches of the first ``epochs`` epochs, or of all, for a number of training images."""
        return sum(max(1, images // self.recipe.stage(epoch)[0].batch)
                   for epoch in range(self.recipe.epochs if epochs is None else epochs))

    def batches(self, images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Shuffled and augmented batches of this epoch; what does not fill a batch is left out.

        Of several processes, each gets its part of each batch.
        """
        schedule, _ = self.recipe.stage(self.epoch)
        size = min(schedule.batch, len(images))
        order = self.rule.order(len(images), self.generator)
        for chosen in order[:len(order) // size * size].view(-1, size):
            augmented = schedule.augmented(images[chosen], self.generator)
            yield parallel.part(augmented).to(self.device), parallel.part(labels[chosen]).to(self.device)

    def run_epoch(self, images: Tensor, labels: Tensor, progress: Progress | None = None) -> dict[str, Any]:
        """Train one epoch.

        Returns
        -------
        dict
            ``loss``: its mean. ``train``: accuracy on each batch just before it was learned. ``spikes``: mean number an
            image of the neurons that fired in each hidden layer, after its pooling; none if the method does not run
            the layers. ``rate``: the last learning rate. ``images_per_second``.
        """
        begin, (schedule, epoch) = time.monotonic(), self.recipe.stage(self.epoch)
        if not self.epoch:
            self.rule.begin(self.model, self.recipe.seed)
        if schedule.frozen and not epoch:
            with parallel.alone():
                refresh(self.model, self._seen(images))
        self.model.freeze(schedule.frozen)
        self.model.train()
        count, seen, totals = max(1, len(images) // schedule.batch), 0, torch.zeros(2, dtype=torch.float64)
        self.spikes = [torch.zeros(()) for _ in self.spikes]
        for index, (batch, answers) in enumerate(self.batches(images, labels)):
            current = rate(schedule, (epoch + index / count) / schedule.epochs)
            for group in self.optimiser.param_groups:
                group["lr"] = current * group.get("share", 1.0)
            totals += torch.tensor(self.step(batch, answers), dtype=torch.float64)
            seen += len(batch)
            if progress:
                progress.batch(loss=totals[0].item() / (index + 1), train=totals[1].item() / seen,
                               spikes=sum(float(each) for each in self.spikes) / seen)
        self.epoch += 1
        counts = torch.tensor([*totals.tolist(), seen, *map(float, self.spikes)], dtype=torch.float64)
        loss, right, shown, *spikes = parallel.total(counts.to(self.device)).tolist()
        return {"loss": loss / count / parallel.world(), "train": right / shown,
                "spikes": [each / shown for each in spikes] if any(spikes) else [], "rate": current,
                "images_per_second": shown / (time.monotonic() - begin)}

    def step(self, images: Tensor, labels: Tensor) -> tuple[float, int]:
        """Learn from one batch, at the rate that is set; return its cost and how many images were right before."""
        precision = self.recipe.stage(self.epoch)[0].precision
        return self.rule.step(self.model, self.optimiser, images, labels, precision, self.teacher)

    def finish(self, images: Tensor, labels: Tensor) -> None:
        """Turn the trained weights into the network to export, given all training images; on the CPU from then on."""
        self.model.to("cpu")
        self.model.freeze(self.recipe.schedule[-1].frozen)
        with parallel.alone():
            self.rule.finish(self.model, self._seen(images), images, labels, self.recipe.slack)

    def _seen(self, images: Tensor) -> Tensor:
        """Some training images, changed as in training: by the statistics of these was learned."""
        schedule, _ = self.recipe.stage(self.epoch)
        return torch.cat([schedule.augmented(part, self.generator)
                          for part in images[:CALIBRATED].split(schedule.batch)])

    def _count(self, index: int, layer: nn.Module, inputs: Any, signal: Tensor) -> None:
        if layer.training:
            form, steps = self.model.family.signals, self.recipe.steps
            self.spikes[index] = self.spikes[index] + form.spikes(form.by_tick(signal.detach(), steps), steps)
