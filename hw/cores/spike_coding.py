"""Codes in gates: reading a plane of a lane, filling a lane tick by tick, and pooling two lanes."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Mux, Value

from quant.dataflow.cores import Core
from quant.description.spike_coding import Binary, TicksLeft, Times, Trains
from quant.kinds import Kinds


@dataclass(frozen=True)
class Gates:
    """A code in gates.

    Parameters
    ----------
    spikes : callable
        Lane, planes and a plane to whether the lane has a spike there.
    following : callable
        As of `following`.
    pooled : callable
        As of `pooled`, without the core.
    """

    spikes: Callable[[Value, int, Value | int], Value]
    following: Callable[[Core, Value | int, Value, Value | int], Value]
    pooled: Callable[[Value, Value, Value], Value]


def _bit(lane: Value, planes: int, plane: Value | int) -> Value:
    return lane[plane] if isinstance(plane, int) else lane.bit_select(plane, 1)


def _digit(lane: Value, planes: int, plane: Value | int) -> Value:
    return _bit(Cat(*reversed(list(lane))), planes, plane)


def _first(core: Core, lane: Value | int, fires: Value, tick: Value | int) -> Value:
    return Mux((lane == core.bit_planes) & fires, tick, lane)


def _at_the_top(core: Core, lane: Value | int, fires: Value, tick: Value | int) -> Value:
    """After the last tick all spikes are in place."""
    return Cat(Const(lane, core.lane_width) if isinstance(lane, int) else lane, fires)[1:]


def _at_the_bottom(core: Core, lane: Value | int, fires: Value, tick: Value | int) -> Value:
    return Cat(fires, Const(lane, core.lane_width) if isinstance(lane, int) else lane)[:core.lane_width]


CODES: Kinds[Gates] = Kinds("spike coding with hardware")
CODES[Times.kind] = Gates(lambda lane, planes, plane: lane == plane, _first,
                          lambda new, old, first: Mux(first | (new < old), new, old))
CODES[Trains.kind] = Gates(_bit, _at_the_top, lambda new, old, first: new | Mux(first, 0, old))
CODES[Binary.kind] = Gates(_digit, _at_the_bottom, lambda new, old, first: Mux(first | (new > old), new, old))
CODES[TicksLeft.kind] = CODES[Binary.kind]


def spikes(core: Core, lane: Value, plane: Value | int) -> Value:
    """Bit that says whether a lane has a spike in a plane.

    Raises
    ------
    TypeError
        As of `following` and `pooled`: the core's code has no hardware.
    """
    return CODES[core.spike_coding.kind].spikes(lane, core.bit_planes, plane)


def following(core: Core, lane: Value | int, fires: Value, tick: Value | int) -> Value:
    """A lane after a tick, for what it was before; silent before tick 0."""
    return CODES[core.spike_coding.kind].following(core, lane, fires, tick)


def pooled(core: Core, new: Value, old: Value, first: Value) -> Value:
    """A lane of a window so far, of its newest and what was there; ``first`` if nothing was."""
    return CODES[core.spike_coding.kind].pooled(new, old, first)
