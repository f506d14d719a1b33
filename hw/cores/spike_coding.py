"""Codes in gates: reading a plane of a lane, filling a lane tick by tick, and pooling two lanes."""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Mux, Value

from quant.dataflow.cores import Core
from quant.description import spike_coding as codes


def _is_now(lane: Value, planes: int, plane: Value | int) -> Value:
    return lane == plane


def _bit(lane: Value, planes: int, plane: Value | int) -> Value:
    return lane[plane] if isinstance(plane, int) else lane.bit_select(plane, 1)


def _digit(lane: Value, planes: int, plane: Value | int) -> Value:
    return _bit(Cat(*reversed(list(lane))), planes, plane)


_SPIKES: dict[codes.SpikeCoding, Callable[[Value, int, Value | int], Value]] = {
    codes.Times: _is_now, codes.Trains: _bit, codes.Binary: _digit}


def spikes(core: Core, lane: Value, plane: Value | int) -> Value:
    """Whether a lane has a spike in a plane."""
    return _SPIKES[core.spike_coding](lane, core.steps, plane)


def following(core: Core, lane: Value | int, fires: Value, tick: Value | int) -> Value:
    """A lane after a tick, for what it was before; silent before tick 0.

    The spike of a train enters at its highest bit, so that after the last tick all are in place; the digit of a number
    at its lowest.
    """
    if core.spike_coding is codes.Times:
        return Mux((lane == core.steps) & fires, tick, lane)
    if core.spike_coding is codes.Binary:
        return Cat(fires, Const(lane, core.lane_width) if isinstance(lane, int) else lane)[:core.lane_width]
    return Cat(Const(lane, core.lane_width) if isinstance(lane, int) else lane, fires)[1:]


def pooled(core: Core, new: Value, old: Value, first: Value) -> Value:
    """A lane of a window so far, of its newest and what was there; ``first`` if nothing was."""
    if core.spike_coding is codes.Times:
        return Mux(first | (new < old), new, old)
    if core.spike_coding is codes.Binary:
        return Mux(first | (new > old), new, old)
    return new | Mux(first, 0, old)
