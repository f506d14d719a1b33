"""Cycle model of `quant.dataflow.cores.resize.Resize`: in which cycles values are taken and given."""

from collections.abc import Callable, Iterator
from itertools import count

from quant.dataflow.cores.resize import Resize


def ends(core: Resize) -> Iterator[bool]:
    """Of each value of pictures that follow each other, whether it is the last of a box."""
    _, rows, columns = core.output_shape
    while True:
        for y in range(core.height):
            for x in range(core.width):
                inside = [0 <= at < size * core.factor and at % core.factor == core.factor - 1
                          for at, size in ((y - core.top, rows), (x - core.left, columns))]
                for channel in range(core.channels):
                    yield all(inside) and (not core.grey or channel == core.channels - 1)


def transfers(core: Resize, values: int, outputs: int, source: Callable[[int], bool],
              sink: Callable[[int], bool]) -> tuple[list[int], list[int]]:
    """Cycles in which ``values`` are taken, and in which ``outputs`` are given.

    Parameters
    ----------
    source, sink : callable
        Whether in a cycle a value begins to be offered, which then stays until it is taken; whether an output is taken.
    """
    taken, given, last = list[int](), list[int](), ends(core)
    offered = arrives = valid = False
    for cycle in count():
        offered = len(taken) < values and (offered or source(cycle))
        free = not valid or sink(cycle)
        if valid and sink(cycle):
            given.append(cycle)
        if free:
            valid, arrives = arrives, offered and next(last)
        if free and offered:
            taken.append(cycle)
            offered = False
        if len(taken) == values and len(given) >= outputs:
            return taken, given
    raise AssertionError
