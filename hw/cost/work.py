"""Busy cycles of each stage of the streaming engine with an image, in closed form.

A stage by itself takes no longer than this between images; exactly this with a memory window and plane groups of one
size. A chain takes about as long as its busiest stage, and longer where two busy stages wait for each other:
`quant.timing.simulation` gives that exactly. A stage with a loop works on tick 0 first, and then, once for each further
tick, its loop does.
"""

from functools import lru_cache
from math import gcd

from quant.dataflow.cores import MemoryWindow, ceil_div
from quant.dataflow.folding import Fold
from quant.dataflow.stage import SynapticStage

LOOP = 10  # registers in a loop: ring, converters, pad, window and its slice, spikes, sums, neurons


def _position(stage: SynapticStage, fold: Fold) -> int:
    """Cycles of all passes at one window position: a pass reads its words while ticks of the last one are computed."""
    words, groups = stage.fan_in // fold.synapses, stage.shape_out[0] // fold.channels
    if stage.signal.spike_coding.numeric:  # all planes are added up before the first tick
        return groups * max(words * ceil_div(stage.signal.bit_planes, fold.ticks), 1 if stage.loop else stage.steps)
    if not stage.is_output and words < fold.ticks == stage.steps:  # all ticks in a pipeline
        return groups * words
    full, rest = divmod(stage.steps, fold.ticks)
    return groups * (full * max(words, fold.ticks) + (max(words, rest) if rest else 0))


@lru_cache(maxsize=4096)
def _rows(window: MemoryWindow, row: int) -> int:
    """Cycles of a map whose window rows take ``row`` cycles: a row is read once written, and written once freed."""
    written: list[int] = []
    freed: list[int] = []
    ends = [0]
    for _ in range(4):  # maps; from the second on all are alike
        for at in range(window.rows_out):
            last = at == window.rows_out - 1
            while len(written) < len(freed) + (window.last_rows if last else window.rows_needed):
                space = freed[len(written) - window.rows] if len(written) >= window.rows else 0
                written.append(max(space, written[-1] if written else 0) + window.row_words)
            ends.append(max(ends[-1], written[-1]) + row)
            freed += [ends[-1]] * (window.last_rows if last else window.stride)
    return ends[-1] - ends[-1 - window.rows_out]


def stage_work(stage: SynapticStage, fold: Fold) -> int:
    """Cycles in which a stage is busy with one image that is decided at the last tick, if it is never kept waiting."""
    channels, height, width = (stage.shape_in[0], *(extent + 2 * stage.padding for extent in stage.shape_in[1:]))
    _, rows_out, columns_out = stage.shape_out
    position = _position(stage, fold)
    if fold.synapses == stage.fan_in:
        columns = stage.columns(fold.columns)
        work = height * columns.row + rows_out * (columns_out // columns.positions) * (position - 1)
    else:
        lanes = stage.word_lanes(fold.synapses)
        window = MemoryWindow(bit_planes=stage.signal.bit_planes, lanes=lanes, height=height, width=width,
                              size=stage.size, stride=stage.stride, passes=1, words=channels // lanes,
                              border=2 * stage.padding)
        work = _rows(window, columns_out * position)
    if stage.is_output:  # the readout takes nothing while it scans the classes and holds a result
        work = max(work, work - stage.fan_in // fold.synapses + stage.shape_out[0] + 2)
    return work


def loop_work(stage: SynapticStage, fold: Fold) -> int:
    """Cycles from the first spikes of a tick, in a loop at rest, to the neurons' last step of the next, at most."""
    channels, height, width = stage.shape_in
    border, words = stage.padding, channels // stage.word_lanes(fold.synapses)
    pixel = channels // gcd(stage.word_lanes(fold.synapses), fold.channels)  # cycles, for which no other is converted
    position = channels // fold.channels * (stage.fan_in // fold.synapses)
    row, blank = width * pixel + 2 * border * words, (width + 2 * border) * words
    rows = height * row + 2 * border * blank
    if fold.synapses == stage.fan_in:
        work = rows + height * width * max(0, position - pixel)
    else:
        first = border * blank + (stage.size - border) * row
        work = max(first + height * width * position, rows + width * position)
    return work + LOOP + fold.synapses.bit_length()


def transfer_work(pixels: int, channels: int, lanes: int) -> int:
    """Cycles to move a map in words of ``lanes`` spike times."""
    return ceil_div(pixels * channels, lanes)
