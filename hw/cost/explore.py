"""Folding search: the smallest folding for a speed, the fastest for a size, and all that are neither.

Images follow each other with no gap, so cycles per image are about those of the busiest stage, and each stage is chosen
by itself; only the word converters and the pool between two stages depend on both, through the width of the words.
Converters in front of a fork are left out of the search. What is chosen is then timed exactly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from math import ceil, gcd, inf

from quant.dataflow import cores
from quant.dataflow.chain import converters, fork_core, loop_cores, pool_core, readout_core, stage_cores
from quant.dataflow.folding import Fold, Folding, fold_choices
from quant.dataflow.lowering import stages
from quant.dataflow.stage import Loop, PoolStage, SynapticStage
from quant.description.network import Network

from ..families import Family
from ..families.fabric import Fabric, Size
from .area import size
from .estimate import initiation_interval
from .work import loop_work, stage_work, transfer_work

MAX_CYCLES = 2**53  # more than any folding takes
MARGIN = 0.08  # of the LUTs stays free: about what routing needs, and what the estimate may be off


@dataclass(frozen=True)
class Point:
    """A folding and what it takes.

    Parameters
    ----------
    cycles : int
        Of the busiest stage for one image. The exact interval may be longer; `hw.cost.estimate` gives it.
    luts, block_rams : int
        As in `hw.cost.estimate`.
    folding : tuple of Fold
    """

    cycles: int
    luts: int
    block_rams: int
    folding: Folding


def weightless(stage: SynapticStage) -> SynapticStage:
    """A stage of the same area and timing, whose cores are made in no time: of weights only the number matters."""
    bare = replace(stage)
    vars(bare)["rows"] = ()  # in place of what is computed when it is asked for
    return bare


@dataclass(frozen=True)
class _Option:
    folds: Folding  # of a stage, and of its loop
    lanes: int  # spike times in an input word
    work: int
    size: Size

    @property
    def channels(self) -> int:
        return self.folds[0].channels

    def __add__(self, loop: "_Option") -> "_Option":
        return _Option(self.folds + loop.folds, self.lanes, self.work + loop.work, self.size + loop.size)


@dataclass(frozen=True)
class _Partial:
    """A chain up to a stage."""

    cycles: int
    size: Size
    folds: Folding


class _Space:
    """All foldings of a network, stage by stage."""

    def __init__(self, network: Network, fabric: Fabric) -> None:
        self.network, self.fabric = network, fabric
        self.stages = stages(network)
        self.options = [self._pruned(stage) if isinstance(stage, SynapticStage) else [] for stage in self.stages]
        self._between: dict[tuple[int, int, int], tuple[int, Size]] = {}

    def _size(self, parts: Iterator[cores.Core] | list[cores.Core]) -> Size:
        return sum((_reported(size(core, self.fabric)) for core in parts), Size())

    def _option(self, stage: SynapticStage, fold: Fold) -> _Option:
        parts = [core for _, core in stage_cores(stage, fold)]
        if stage.shortcut:
            parts.insert(0, fork_core(stage, fold))
        if isinstance(parts[-1], cores.OutputNeurons):
            parts.append(readout_core(self.network, parts[-1]))
        return _Option((fold,), stage.word_lanes(fold.synapses), stage_work(stage, fold), self._size(parts))

    def _turn(self, stage: SynapticStage, loop: Loop, fold: Fold) -> _Option:
        """Area that a loop adds to a stage of as many channels at once."""
        parts = self._size([core for _, core in loop_cores(loop, fold)])
        return _Option((fold,), 0, (stage.steps - 1) * loop_work(loop.stage, fold), parts)

    def _pruned(self, stage: SynapticStage) -> list[_Option]:
        """Options that no other with words of the same widths beats, the fastest first."""
        shape = weightless(stage)
        options = _unbeaten([self._option(shape, fold) for fold in fold_choices(stage)])
        if not stage.loop:
            return options
        loop = replace(stage.loop, stage=weightless(stage.loop.stage))
        turns = _unbeaten([self._turn(stage, loop, fold) for fold in fold_choices(loop.stage)])
        return _unbeaten([one + turn for one in options for turn in turns if one.channels == turn.channels])

    def between(self, index: int, lanes: int, target: int) -> tuple[int, Size]:
        """Cycles and area of the converters in front of stage ``index``."""
        key = (index, lanes, target)
        if key not in self._between:
            channels, height, width = self.stages[index].shape_in
            parts = self._size(converters(self.stages[index].signal, lanes, target))
            self._between[key] = transfer_work(height * width, channels, gcd(lanes, target)), parts
        return self._between[key]

    def _smallest_options(self, index: int, limit: float) -> Iterable[_Option]:
        """Of each width of words, the smallest option of a stage that works no longer than ``limit`` cycles."""
        best: dict[tuple[int, int], _Option] = {}
        for option in takewhile(lambda each: each.work <= limit, self.options[index]):
            other = best.setdefault((option.channels, option.lanes), option)
            if (option.size.luts, option.size.block_rams) < (other.size.luts, other.size.block_rams):
                best[option.channels, option.lanes] = option
        return best.values()

    def _grow(self, index: int, before: dict[int, _Partial], limit: float) -> dict[int, _Partial]:
        best: dict[int, _Partial] = {}
        for option in self._smallest_options(index, limit):
            for lanes, partial in before.items():
                cycles, parts = self.between(index, lanes, option.lanes)
                grown = _Partial(max(partial.cycles, option.work, cycles), partial.size + option.size + parts,
                                 partial.folds + option.folds)
                if grown.cycles <= limit:
                    _keep(best, option.channels, grown)
        return best

    def _pool(self, stage: PoolStage, partials: dict[int, _Partial]) -> dict[int, _Partial]:
        return {lanes: _Partial(partial.cycles, partial.size + self._size([pool_core(stage, lanes)]), partial.folds)
                for lanes, partial in partials.items()}

    def smallest(self, limit: float) -> _Partial | None:
        """The smallest folding in which no stage works longer than ``limit`` cycles."""
        channels, height, width = self.network.input_shape
        coded = self.network.signals[0]
        encoder = self._size([cores.Encoder(bit_planes=coded.bit_planes, spike_coding=coded.spike_coding)])
        partials = {1: _Partial(channels * height * width, encoder, ())}
        for index, stage in enumerate(self.stages):
            partials = (self._pool(stage, partials) if isinstance(stage, PoolStage)
                        else self._grow(index, partials, limit))
        found = [partial for partial in partials.values() if partial.cycles <= limit]
        return min(found, key=_rank) if found else None

    def quickening(self) -> Iterator[_Partial]:
        """The smallest folding of all, and then each time the smallest in which no stage works as long as before."""
        limit = inf
        while found := self.smallest(limit):
            yield found
            limit = found.cycles - 1


def _reported(size: Size) -> Size:
    return Size(ceil(size.luts), size.flip_flops, size.block_rams)


def _unbeaten(options: list[_Option]) -> list[_Option]:
    options.sort(key=lambda option: (option.work, option.size.luts, option.size.block_rams))
    kept: dict[tuple[int, int], list[Size]] = {}
    return [one for one in options if _smaller(one.size, kept.setdefault((one.channels, one.lanes), []))]


def _smaller(size: Size, others: list[Size]) -> bool:
    """True if a size is in some way below each of ``others``; it then is one of them."""
    if any(other.luts <= size.luts and other.block_rams <= size.block_rams for other in others):
        return False
    others.append(size)
    return True


def _rank(partial: _Partial) -> tuple[float, int, int]:
    return partial.size.luts, partial.size.block_rams, partial.cycles


def _keep(best: dict[int, _Partial], lanes: int, partial: _Partial) -> None:
    if lanes not in best or _rank(partial) < _rank(best[lanes]):
        best[lanes] = partial


@lru_cache(maxsize=8)
def _space(network: Network, family: Family) -> _Space:
    return _Space(network, family.fabric)


def _within(network: Network, cycles: int, family: Family) -> tuple[Folding | None, int]:
    """The smallest folding whose exact interval is at most ``cycles``; None and the shortest interval if none is."""
    space = _space(network, family)
    limit, exact = cycles, 0
    while found := space.smallest(limit):
        exact = initiation_interval(network, found.folds)[0]
        if exact <= cycles:
            return found.folds, exact
        limit = min(found.cycles - 1, limit * cycles // exact)
    *_, fastest = space.quickening()
    return None, initiation_interval(network, fastest.folds)[0]


def for_interval(network: Network, cycles: int, family: Family) -> Folding:
    """The smallest folding that takes at most ``cycles`` cycles an image.

    Raises
    ------
    ValueError
        No folding is that fast; the message says how fast the fastest is.
    """
    found, exact = _within(network, cycles, family)
    if found is None:
        raise ValueError(f"cycles per image must be at least {exact} for this network, not {cycles}")
    return found


def for_fps(network: Network, clock_hz: float, fps: float, family: Family) -> Folding:
    """The smallest folding that computes ``fps`` images a second at a clock of ``clock_hz``.

    Raises
    ------
    ValueError
        No folding is that fast, or a rate is not positive.
    """
    for name, value in (("clock_hz", clock_hz), ("fps", fps)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, not {value!r}")
    found, exact = _within(network, int(min(clock_hz / fps, MAX_CYCLES)), family)
    if found is None:
        raise ValueError(f"images a second must be at most {int(clock_hz / exact)} for this network at "
                         f"{clock_hz / 1e6:g} MHz, not {fps:g}")
    return found


def frontier(network: Network, family: Family) -> tuple[Point, ...]:
    """Every folding than which none is both smaller and as fast, the fastest first."""
    points: list[Point] = []
    for found in _space(network, family).quickening():
        if points and points[-1].luts == found.size.luts:
            points.pop()
        points.append(Point(found.cycles, int(found.size.luts), found.size.block_rams, found.folds))
    return tuple(reversed(points))


def fitting(network: Network, family: Family, luts: int, block_rams: int) -> Folding | None:
    """The fastest folding whose estimate leaves 8 % of ``luts`` free and takes at most ``block_rams``; None if none.

    Parameters
    ----------
    luts, block_rams : int
        What the device has left for the network.
    """
    best, shortest = None, inf
    for point in frontier(network, family):
        if point.cycles >= shortest:
            break
        if point.luts <= (1 - MARGIN) * luts and point.block_rams <= block_rams:
            exact = initiation_interval(network, point.folding)[0]
            if exact < shortest:
                best, shortest = point.folding, exact
    return best
