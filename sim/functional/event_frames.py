"""Functional model of `quant.dataflow.cores.event_frames.EventFrames`, in plain Python."""

from collections.abc import Iterable, Iterator

from quant.dataflow.cores.event_frames import TIME_BITS, EventFrames

Event = tuple[int, int, int, int, int]  # x, y, polarity, time, and whether it is the last of a recording


def event_frames(core: EventFrames, events: Iterable[Event]) -> Iterator[list[int]]:
    """Values of each image that events complete, in the order row, column, channel.

    Times are counted modulo 2**32; from one event to the next less than that passes.
    """
    values, tick, number, start, begun = [0] * core.values, 0, 0, 0, False
    for x, y, polarity, time, last in events:
        if not begun:
            start, begun = time, True
        while core.window is not None and (time - start) % 2**TIME_BITS >= core.window:
            start, tick = start + core.window, tick + 1
            if tick == core.ticks:
                yield values
                values, tick = [0] * core.values, 0
        place = core.place(x, y, polarity)
        if place is not None:
            values[place] |= 1 << tick
        number += 1
        if core.count is not None and number == core.count:
            tick, number = tick + 1, 0
        if last or tick == core.ticks:
            yield values
            values, tick = [0] * core.values, 0
        if last:
            number, begun = 0, False
