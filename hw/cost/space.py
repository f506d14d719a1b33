"""Search space of foldings: of each stage what every fold takes, and the smallest chain of folds within a limit.

Images follow each other with no gap, so cycles per image are about those of the busiest stage, and each stage is chosen
by itself; only the word converters and the pool between two stages depend on both, through the width of the words.
Converters in front of a fork are left out of the search.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from itertools import takewhile
from math import ceil, gcd, inf, prod

from quant.dataflow import cores
from quant.dataflow.folding import Fold, Folding, fold_choices
from quant.dataflow.lowering import stages
from quant.dataflow.parts import (
    converters,
    encoder_cores,
    fork_core,
    input_lanes,
    loop_cores,
    pool_core,
    readout_core,
    stage_cores,
)
from quant.dataflow.stage import Loop, PoolStage, SynapticStage
from quant.description.network import Network

from ..families.fabric import Fabric, Size
from .area import in_cells
from .work import loop_work, stage_work, transfer_work


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
    vars(bare)["planes"] = ()  # in place of what is computed when it is asked for
    return bare


def readout(network: Network) -> cores.Readout:
    """The readout of a network that computes one output at once; its potentials are as wide as in any folding."""
    *_, outputs = stages(network)
    assert isinstance(outputs, SynapticStage)
    *_, (_, last) = stage_cores(weightless(outputs), Fold(channels=1, synapses=1, ticks=1))
    assert isinstance(last, cores.OutputNeurons)
    return readout_core(network, last)


@dataclass(frozen=True)
class _Option:
    folds: Folding  # of a stage, and of its loop
    lanes: int  # values in an input word
    given: int  # values in an output word
    work: int
    size: Size

    @property
    def channels(self) -> int:
        return self.folds[0].channels

    def __add__(self, loop: "_Option") -> "_Option":
        return _Option(self.folds + loop.folds, self.lanes, self.given, self.work + loop.work, self.size + loop.size)


@dataclass(frozen=True)
class Partial:
    """A chain up to a stage, or the whole.

    Parameters
    ----------
    cycles : int
        Of its busiest stage.
    size : Size
    cost : float
        LUTs, and block RAMs at the prices of their stages.
    folds : tuple of Fold
    """

    cycles: int
    size: Size
    cost: float
    folds: Folding

    @property
    def rank(self) -> tuple[float, int, int]:
        """Order of chains that do the same."""
        return self.cost, self.size.block_rams, self.cycles

    def grown(self, cycles: int, size: Size, price: float, folds: Folding = ()) -> "Partial":
        """The chain with a further part of a stage at a price of block RAM."""
        return Partial(max(self.cycles, cycles), self.size + size, self.cost + _cost(size, price), self.folds + folds)


class Space:
    """All foldings of a network, stage by stage.

    Attributes
    ----------
    prices : list of float
        LUTs that a block RAM of each stage counts for where sizes are compared; at 0 block RAMs tell those of as many
        LUTs apart.
    """

    def __init__(self, network: Network, fabric: Fabric) -> None:
        self.network, self.fabric = network, fabric
        self.stages = stages(network)
        self.options = [self._pruned(stage) if isinstance(stage, SynapticStage) else [] for stage in self.stages]
        self._priced([0.0] * len(self.stages))
        self._between: dict[tuple[int, int, int], tuple[int, Size]] = {}

    def _priced(self, prices: list[float]) -> None:
        self.prices = prices
        self._shrinking = list(map(_in_turn, self.options, prices))

    def at(self, prices: list[float]) -> "Space":
        """The same foldings at other prices."""
        other = copy(self)
        other._priced(prices)
        return other

    def _keep(self, best: dict[int, Partial], lanes: int, partial: Partial) -> None:
        if lanes not in best or partial.rank < best[lanes].rank:
            best[lanes] = partial

    def _size(self, parts: Iterator[cores.Core] | list[cores.Core]) -> Size:
        return sum((_reported(in_cells(core, self.fabric)) for core in parts), Size())

    def _option(self, stage: SynapticStage, fold: Fold) -> _Option:
        parts = [core for _, core in stage_cores(stage, fold)]
        if stage.shortcut:
            parts.insert(0, fork_core(stage, fold))
        if isinstance(parts[-1], cores.OutputNeurons):
            parts.append(readout_core(self.network, parts[-1]))
        return _Option((fold,), stage.word_lanes(fold.synapses, fold.columns),
                       stage.given_lanes(fold.channels, fold.columns), stage_work(stage, fold), self._size(parts))

    def _turn(self, stage: SynapticStage, loop: Loop, fold: Fold) -> _Option:
        """Area that a loop adds to a stage of as many channels at once."""
        parts = self._size([core for _, core in loop_cores(loop, fold)])
        return _Option((fold,), 0, fold.channels, (stage.steps - 1) * loop_work(loop.stage, fold), parts)

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

    def _smallest_options(self, index: int, limit: float) -> Iterator[_Option]:
        """Of each width of words, the smallest option of a stage that works no longer than ``limit`` cycles."""
        for works, smallest in self._shrinking[index]:
            if place := bisect_right(works, limit):
                yield smallest[place - 1]

    def _ahead(self, index: int, before: dict[int, Partial], target: int, limit: float) -> Partial | None:
        """The smallest chain, with its converters, that hands stage ``index`` words of ``target`` values."""
        found = []
        for lanes, partial in before.items():
            if index == 0 and (lanes > 1 or target > self.stages[0].shape_in[0]) and lanes != target:
                continue  # wide words come from outside for stages that take such alone
            cycles, parts = self.between(index, lanes, target)
            if cycles <= limit:
                found.append(partial.grown(cycles, parts, self.prices[index]))
        return min(found, key=lambda each: each.rank, default=None)

    def _grow(self, index: int, before: dict[int, Partial], limit: float) -> dict[int, Partial]:
        best: dict[int, Partial] = {}
        ahead: dict[int, Partial | None] = {}
        for option in self._smallest_options(index, limit):
            if option.lanes not in ahead:
                ahead[option.lanes] = self._ahead(index, before, option.lanes, limit)
            if partial := ahead[option.lanes]:
                self._keep(best, option.given, partial.grown(option.work, option.size, self.prices[index],
                                                             option.folds))
        return best

    def _pool(self, stage: PoolStage, price: float, partials: dict[int, Partial]) -> dict[int, Partial]:
        result: dict[int, Partial] = {}
        for lanes, partial in partials.items():
            taken = stage.word_lanes(lanes)
            pool = pool_core(stage, taken)
            parts = self._size([*converters(stage.signal, lanes, taken), pool])
            self._keep(result, pool.lanes_out, partial.grown(prod(stage.shape_in) // taken, parts, price))
        return result

    def smallest(self, limit: float) -> Partial | None:
        """The smallest folding in which no stage works longer than ``limit`` cycles."""
        partials = self._inputs()
        for index, stage in enumerate(self.stages):
            partials = (self._pool(stage, self.prices[index], partials) if isinstance(stage, PoolStage)
                        else self._grow(index, partials, limit))
        found = [partial for partial in partials.values() if partial.cycles <= limit]
        return min(found, key=lambda each: each.rank, default=None)

    def _inputs(self) -> dict[int, Partial]:
        """Encoders for words of one pixel, and of as many as the first stage may take at once."""
        lanes = {1, *(input_lanes(self.stages[0], option.folds[0]) for option in self.options[0])}
        found = {}
        for each in lanes:
            size = self._size([core for _, core in encoder_cores(self.network, each)])
            found[each] = Partial(prod(self.network.input_shape) // each, size, _cost(size, self.prices[0]), ())
        return found

    def points(self, first: float = 0, limit: float = inf) -> list[Point]:
        """Every folding of ``first`` to ``limit`` cycles than which none is both smaller and as fast, fastest first."""
        chains: list[Partial] = []
        for found in takewhile(lambda each: each.cycles >= first, quickening(self.smallest, limit)):
            if chains and found.cost == chains[-1].cost:
                chains.pop()
            chains.append(found)
        return [Point(found.cycles, int(found.size.luts), found.size.block_rams, found.folds) for found in chains[::-1]]


def quickening(smallest: Callable[[float], Partial | None], limit: float = inf, first: float = 0) -> Iterator[Partial]:
    """The ``smallest`` folding within ``limit``, then each time the one in which no stage works as long, down to
    limits of ``first`` cycles.
    """
    while limit >= first and (found := smallest(limit)):
        yield found
        limit = found.cycles - 1


def _cost(size: Size, price: float) -> float:
    return size.luts + price * size.block_rams


def _in_turn(options: list[_Option], price: float) -> list[tuple[list[int], list[_Option]]]:
    """Of each width of words, how long the smallest option so far works, and that option; the fastest first."""
    def area(option: _Option) -> tuple[float, int]:
        return _cost(option.size, price), option.size.block_rams
    found: dict[tuple[int, int], tuple[list[int], list[_Option]]] = {}
    for option in options:
        works, smallest = found.setdefault((option.given, option.lanes), ([], []))
        if not smallest or area(option) < area(smallest[-1]):
            works.append(option.work)
            smallest.append(option)
    return list(found.values())


def _reported(size: Size) -> Size:
    return Size(ceil(size.luts), size.flip_flops, size.block_rams)


def _unbeaten(options: list[_Option]) -> list[_Option]:
    options.sort(key=lambda option: (option.work, option.size.luts, option.size.block_rams))
    kept: dict[tuple[int, int], list[Size]] = {}
    return [one for one in options if _smaller(one.size, kept.setdefault((one.given, one.lanes), []))]


def _smaller(size: Size, others: list[Size]) -> bool:
    """True if a size is in some way below each of ``others``; it then is one of them."""
    if any(other.luts <= size.luts and other.block_rams <= size.block_rams for other in others):
        return False
    others.append(size)
    return True
