"""Schedules: for how long to train, how fast, and on images changed in which way."""

import math
from dataclasses import dataclass

from quant.check import flag, integer, member, number

from .augmentation import Augmentation


@dataclass(frozen=True, kw_only=True)
class Schedule(Augmentation):
    """Schedule: Adam on shadow weights, its rate rising and falling once (one cycle), on images as augmented.

    Parameters
    ----------
    epochs, batch : int
    rate : float
        Largest learning rate, more than 0, reached after ``warmup`` of all batches.
    warmup : float
        Share of the batches, 0..1.
    precision : "bfloat16" or "float32"
        Of the convolutions while training. Evaluation is always exact.
    frozen : bool
        Whether hidden neurons compare V with the integer thresholds that the network will be exported with, as in
        evaluation; the statistics on which those rest are taken once, before the first batch.
    """

    epochs: int
    batch: int = 128
    rate: float = 1e-2
    warmup: float = 0.2
    precision: str = "bfloat16"
    frozen: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        flag("frozen", self.frozen)
        integer("epochs", self.epochs, 1, 10_000)
        integer("batch", self.batch, 1, 65536)
        member("precision", self.precision, ("bfloat16", "float32"))
        if not number("rate", self.rate, 0, 1):
            raise ValueError("rate must be more than 0, not 0: nothing would be learned; leave it out for 0.01")
        number("warmup", self.warmup, 0, 1)


def rate(schedule: Schedule, progress: float) -> float:
    """Learning rate at ``progress`` in 0..1 of the whole training: half a cosine up, half a cosine down to 0."""
    if progress < schedule.warmup:
        return schedule.rate * (0.04 + 0.96 * (1 - math.cos(math.pi * progress / schedule.warmup)) / 2)
    return schedule.rate * (1 + math.cos(math.pi * (progress - schedule.warmup) / (1 - schedule.warmup))) / 2
