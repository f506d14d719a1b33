"""Cycle model of `quant.dataflow.cores.event_frames.EventFrames`: in which cycles events are taken and values given."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from quant.dataflow.cores.event_frames import TIME_BITS, EventFrames

from ..functional.event_frames import Event


def work(core: EventFrames, events: Iterable[Event]) -> Iterator[tuple[bool, bool]]:
    """Steps of the core: whether each takes an event, and whether it ends an image."""
    tick, number, start, begun = 0, 0, 0, False
    for *_, time, last in events:
        if not begun:
            start, begun = time, True
        while core.window is not None and (time - start) % 2**TIME_BITS >= core.window:
            start, ends = start + core.window, tick == core.ticks - 1
            tick = 0 if ends else tick + 1
            yield False, ends
        number += 1
        full = core.count is not None and number == core.count
        ends = bool(last) or full and tick == core.ticks - 1
        yield True, ends
        number, begun = (0 if full or last else number), not last
        tick = 0 if ends else tick + full


def transfers(core: EventFrames, events: Sequence[Event], outputs: int, source: Callable[[int], bool],
              sink: Callable[[int], bool]) -> tuple[list[int], list[int]]:
    """Cycles in which ``events`` are taken, and in which ``outputs`` values are given.

    They are counted from a reset, after which the memories are cleared. A step that ends a tick takes a cycle; one that
    takes an event takes three: it is placed, read and written. Either, where it ends an image, waits until all values
    of the one before have left the memory.

    Parameters
    ----------
    source, sink : callable
        Whether in a cycle an event begins to be offered, which then stays until it is taken; whether a value is taken.
    """
    taken, given, steps = list[int](), list[int](), work(core, events)
    step, spent, left = next(steps, None), 0, 0  # values that are still to be read
    offered = arrives = valid = False
    for cycle in count():
        offered = len(taken) < len(events) and (offered or source(cycle))
        free = not valid or sink(cycle)
        busy = left > 0 or arrives
        if valid and sink(cycle):
            given.append(cycle)
        if free:
            valid, arrives = arrives, left > 0
            left -= left > 0
        if offered and step is not None and cycle >= core.start:
            takes, ends = step
            if takes and spent < 2:
                spent += 1
            elif not (ends and busy):
                if takes:
                    taken.append(cycle)
                    offered = False
                if ends:
                    left = core.values
                step, spent = next(steps, None), 0
        if len(taken) == len(events) and len(given) >= outputs:
            return taken, given
    raise AssertionError
