"""Learning rules: how the weights of a model change, from their start, batch by batch, to the end of the training."""

from typing import ClassVar

import torch
from torch import Generator, Tensor

from ..model.evaluation import potentials, refresh
from ..model.network import Model
from ..model.readout import calibrate, decide
from ..ops.adam import Adam
from .distillation import Teacher

CALIBRATED = 20_000  # images on which statistics are taken and the output threshold is chosen


class LearningRule:
    """Rule by which the weights of a model change; it knows models and batches, and nothing of recipes.

    Class attributes: ``features``, "distillation" if a teacher may be asked; ``devices`` on which the rule runs;
    ``shares``, by the last part of a parameter's name, of the learning rate.
    """

    features: ClassVar[frozenset[str]] = frozenset()
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    shares: ClassVar[dict[str, float]] = {}

    def begin(self, model: Model, seed: int) -> None:
        """Prepare an untrained model."""

    def optimiser(self, model: Model) -> torch.optim.Optimizer:
        """Adam, with its state made at once, so that it can be restored; ``share`` of a group multiplies its rate."""
        groups: dict[float, list[Tensor]] = {}
        for name, parameter in model.named_parameters():
            groups.setdefault(self.shares.get(name.rpartition(".")[2], 1.0), []).append(parameter)
        optimiser = Adam([{"params": group, "share": share} for share, group in groups.items()])
        for parameter in model.parameters():
            zeros = {key: torch.zeros_like(parameter) for key in ("exp_avg", "exp_avg_sq")}
            optimiser.state[parameter] = {"step": torch.tensor(0.0)} | zeros
        return optimiser

    def order(self, count: int, generator: Generator) -> Tensor:
        """Indices of the images of one epoch: each once, in random order."""
        return torch.randperm(count, generator=generator)

    def step(self, model: Model, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor,
             precision: str, teacher: Teacher | None = None) -> tuple[float, int]:
        """Learn from one batch; return its cost and how many images were right before.

        Parameters
        ----------
        images, labels : Tensor
            uint8, shape (batch, channels, height, width), and int64, shape (batch,).
        precision : "bfloat16" or "float32"
        teacher : Teacher, optional
            Only for a rule with the feature "distillation".
        """
        raise NotImplementedError

    def finish(self, model: Model, seen: Tensor, images: Tensor, labels: Tensor, slack: float) -> None:
        """Recompute the statistics of the final weights, and choose the threshold of outputs whose first spike counts.

        The former on images as they were ``seen`` in training, by whose statistics they were normalised then; the
        latter on the training images, ``slack`` as of `readout.calibrate`.
        """
        images, labels = images[:CALIBRATED], labels[:CALIBRATED]
        refresh(model, seen)
        if "first_spike" in model.family.readouts:
            model.threshold.fill_(calibrate(potentials(model, images), labels, slack))

    @torch.no_grad()
    def classify(self, model: Model, images: Tensor, readout: str) -> Tensor:
        """Class of each image under a readout, int64 of shape (images,), by the model in evaluation mode."""
        return decide(potentials(model, images), model.threshold.cpu(), readout)[0]

    def figures(self, model: Model, images: Tensor, labels: Tensor) -> dict[str, int]:
        """Further figures of a trained model on the test images, by name."""
        return {}
