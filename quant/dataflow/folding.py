"""Folding: how much of each layer is computed at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..check import integer
from ..description.network import Network
from .lowering import synaptic
from .stage import SynapticStage, divisors

MAX_COPIES = 64


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Part of a layer that is computed in one clock cycle.

    Parameters
    ----------
    channels : int
        Output channels at once; divides the number of output channels. All of them, if outputs take pixels as numbers.
        Those of feedback are the same as of its layer.
    synapses : int
        Synapses at once: divides the number of input channels (one kernel tap at a time, or part of it), or is the
        whole fan-in. The input channels of a Dense are all its inputs; a depthwise convolution has one for each neuron.
    ticks : int
        Planes of the inputs at once: ticks, 1..steps, or digits of pixels, 1..8. In the last layer 1, unless all its
        channels are computed at once.
    columns : int
        Pixels of a row that are taken at once, one of `SynapticStage.column_choices`. More than 1: all channels and all
        synapses are computed at once.
    """

    channels: int
    synapses: int
    ticks: int
    columns: int = 1

    def __str__(self) -> str:
        return f"{self.channels},{self.synapses},{self.ticks}{f',{self.columns}' if self.columns > 1 else ''}"


Folding = tuple[Fold, ...]


class Copied(tuple[Fold, ...]):
    """Folding of several whole cores side by side, each with the same folds.

    Parameters
    ----------
    folds : iterable of Fold
    copies : int
        At least 2; `copied` checks it.
    """

    copies: int

    def __new__(cls, folds: Iterable[Fold], copies: int) -> "Copied":
        made = super().__new__(cls, folds)
        made.copies = copies
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Copied) and self.copies == other.copies and tuple(self) == tuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other  # a tuple has its own

    def __hash__(self) -> int:
        return hash((self.copies, *self))

    def __getnewargs__(self) -> tuple[tuple[Fold, ...], int]:
        return tuple(self), self.copies


def copies(folding: Folding) -> int:
    """Number of whole cores side by side."""
    return folding.copies if isinstance(folding, Copied) else 1


def copied(folding: Folding, number: int) -> Folding:
    """The same folds in ``number`` whole cores side by side.

    Raises
    ------
    ValueError
        The number is not in 1..64.
    """
    return tuple(folding) if integer("copies", number, 1, MAX_COPIES) == 1 else Copied(folding, number)


def channel_choices(stage: SynapticStage) -> list[int]:
    """Every number of output channels at once that a stage allows, ascending.

    Outputs that take numbers are all computed at once: each of them has its sums for all ticks before the next begins.
    """
    outputs = stage.shape_out[0]
    return [outputs] if stage.is_output and stage.signal.spike_coding.numeric else divisors(outputs)


def fold_choices(stage: SynapticStage) -> list[Fold]:
    """Every fold of a stage that is legal and not idle: of the planes at once that take as many passes, the fewest."""
    planes = stage.signal.bit_planes
    ticks = sorted({-(-planes // passes) for passes in range(1, planes + 1)})
    narrow = [Fold(channels=channels, synapses=synapses, ticks=at_once)
              for channels in channel_choices(stage) for synapses in stage.synapse_choices for at_once in ticks
              if at_once == 1 or not stage.is_output or channels == stage.shape_out[0]]
    return narrow + [Fold(channels=stage.shape_out[0], synapses=stage.fan_in, ticks=at_once, columns=columns)
                     for columns in stage.column_choices[1:] for at_once in ticks]


def _check(index: int, stage: SynapticStage, fold: Fold) -> None:
    where = f"fold of layer {index} ({stage.name})"
    integer(f"{where}: channels", fold.channels, 1, stage.shape_out[0])
    integer(f"{where}: synapses", fold.synapses, 1, stage.fan_in)
    integer(f"{where}: ticks", fold.ticks, 1, stage.signal.bit_planes)
    integer(f"{where}: columns", fold.columns, 1, stage.shape_in[2])
    for what, value, choices in (("channels", fold.channels, channel_choices(stage)),
                                 ("synapses", fold.synapses, stage.synapse_choices),
                                 ("columns", fold.columns, stage.column_choices)):
        if value not in choices:
            raise ValueError(f"{where}: {what} must be one of {', '.join(map(str, choices))}, not {value}")
    if fold.columns > 1 and (fold.channels, fold.synapses) != (stage.shape_out[0], stage.fan_in):
        raise ValueError(f"{where}: columns must be 1 where not all {stage.shape_out[0]} channels and {stage.fan_in} "
                         f"synapses are computed at once, not {fold.columns}")
    if stage.is_output and fold.ticks > 1 and fold.channels < stage.shape_out[0]:
        raise ValueError(f"{where}: ticks must be 1 where not all {stage.shape_out[0]} outputs are computed at once, "
                         f"not {fold.ticks}")


def check(network: Network, folding: Folding) -> Folding:
    """Return ``folding`` if it fits ``network``.

    Raises
    ------
    ValueError
        The number of folds is not that of `synaptic` stages, or a factor is not one that its stage allows.
    """
    parts = synaptic(network)
    if len(folding) != len(parts):
        loops = ", feedback counted by itself" if any(stage.loop for stage in parts) else ""
        raise ValueError(f"folding must have one fold for each of {len(parts)} layers with weights{loops}, "
                         f"not {len(folding)}")
    for index, (stage, fold) in enumerate(zip(parts, folding, strict=True)):
        _check(index, stage, fold)
        if stage.loop and folding[index + 1].channels != fold.channels:
            raise ValueError(f"fold of layer {index + 1} ({stage.loop.stage.name}): channels must be {fold.channels}, "
                             f"as those of {stage.name}, not {folding[index + 1].channels}")
    return copied(folding, copies(folding))


def parse(text: str, number: int | None = None) -> Folding:
    """Folding from ``"channels,synapses,ticks"`` for each layer with weights, separated by spaces.

    A fourth number is that of columns at once, without which it is 1.
    Feedback has a fold of its own, behind that of its layer. ``x2`` at the end: two whole cores side by side; so many
    also by ``number``, if it is given.
    """
    folds, (*parts, last) = [], text.split() or [""]
    counted = re.fullmatch(r"x([1-9][0-9]{0,8})", last, re.ASCII)
    stated = int(counted[1]) if counted else number
    if number is not None and stated != number:
        raise ValueError(f"copies must be those of the fold, {stated}, not {number}")
    for part in parts if counted else text.split():
        numbers = part.split(",")
        if len(numbers) not in (3, 4) or not all(n.isascii() and n.isdecimal() and len(n) < 10 for n in numbers):
            raise ValueError(f"fold must be channels,synapses,ticks[,columns], not {part!r:.80}")
        folds.append(Fold(**dict(zip(("channels", "synapses", "ticks", "columns"), map(int, numbers), strict=False))))
    return copied(tuple(folds), 1 if stated is None else stated)


def text(folding: Folding) -> str:
    """The form that `parse` reads."""
    number = copies(folding)
    return " ".join([*map(str, folding), *([f"x{number}"] if number > 1 else [])])


def folded(network: Network) -> Folding:
    """One channel, one synapse, one tick at a time, wherever a layer allows it."""
    return tuple(Fold(channels=channel_choices(stage)[0], synapses=stage.synapse_choices[0], ticks=1)
                 for stage in synaptic(network))


def unrolled(network: Network) -> Folding:
    """Everything at once, in every layer."""
    return tuple(Fold(channels=stage.shape_out[0], synapses=stage.fan_in, ticks=stage.signal.bit_planes)
                 for stage in synaptic(network))
