"""From a network and its folding to the chain of cores that computes it, in the order of the stream."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .cores import (
    Core,
    Encoder,
    MemoryWindow,
    OutputNeurons,
    Pack,
    Pad,
    Pool,
    Readout,
    RegisterWindow,
    SerialNeurons,
    Synapses,
    Unpack,
    UnrolledNeurons,
)
from .folding import Fold, Folding, check
from .lowering import PoolStage, SynapticStage, stages
from .network import Network


@dataclass(frozen=True)
class Link:
    """A core in the chain and the name of its output stream's border."""

    name: str
    core: Core


def _rom(stage: SynapticStage, fold: Fold) -> tuple[int, ...]:
    words = []
    for group in range(0, stage.shape_out[0], fold.channels):
        rows = stage.rows[group:group + fold.channels]
        for start in range(0, stage.fan_in, fold.synapses):
            bits = [bit for row in rows for bit in row[start:start + fold.synapses]]
            words.append(sum(bit << place for place, bit in enumerate(bits)))
    return tuple(words)


def _synapses(stage: SynapticStage, fold: Fold) -> Synapses:
    return Synapses(steps=stage.steps, lanes=fold.synapses, words=stage.fan_in // fold.synapses,
                    channels=fold.channels, groups=stage.shape_out[0] // fold.channels, ticks=fold.ticks,
                    ticks_outermost=stage.is_output, rom=_rom(stage, fold))


def _neurons(stage: SynapticStage, synapses: Synapses) -> Core:
    kind = (OutputNeurons if stage.is_output else
            UnrolledNeurons if synapses.words < synapses.ticks == stage.steps else SerialNeurons)
    return kind(steps=stage.steps, channels=synapses.channels, groups=synapses.groups, ticks=synapses.ticks,
                fan_in=stage.fan_in, neurons=stage.neurons)


def _convert(steps: int, lanes: int, target: int) -> Iterator[tuple[str, Core]]:
    common = math.gcd(lanes, target)
    if lanes > common:
        yield "unpack", Unpack(steps=steps, lanes=lanes, ratio=lanes // common)
    if target > common:
        yield "pack", Pack(steps=steps, lanes=common, ratio=target // common)


def _stage(stage: SynapticStage, fold: Fold, lanes: int) -> Iterator[tuple[str, Core]]:
    channels, height, width = stage.shape_in
    whole = fold.synapses == stage.fan_in
    word = channels if whole else fold.synapses
    yield from _convert(stage.steps, lanes, word)
    if stage.padding:
        yield "pad", Pad(steps=stage.steps, lanes=word, words=channels // word, height=height, width=width,
                         padding=stage.padding)
    synapses = _synapses(stage, fold)
    window = {"steps": stage.steps, "lanes": word, "height": height + 2 * stage.padding,
              "width": width + 2 * stage.padding, "size": stage.size, "stride": stage.stride, "passes": synapses.passes}
    yield "window", RegisterWindow(**window) if whole else MemoryWindow(words=channels // word, **window)
    yield "synapses", synapses
    yield "neurons", _neurons(stage, synapses)


def chain(network: Network, folding: Folding) -> tuple[Link, ...]:
    """The cores of ``network`` under ``folding``, from pixels to result.

    Raises
    ------
    ValueError
        The folding does not fit the network.
    """
    folds = iter(check(network, folding))
    links, lanes = [Link("encoder", Encoder(steps=network.steps))], 1
    for stage in stages(network):
        if isinstance(stage, PoolStage):
            channels, height, width = stage.shape_in
            links.append(Link(stage.name, Pool(steps=network.steps, lanes=lanes, groups=channels // lanes,
                                               height=height, width=width, size=stage.size)))
        else:
            fold = next(folds)
            links += [Link(f"{stage.name}_{part}", core) for part, core in _stage(stage, fold, lanes)]
            lanes = fold.channels
    last = links[-1].core
    assert isinstance(last, OutputNeurons)
    links.append(Link("readout", Readout(steps=network.steps, kind=network.readout, channels=last.channels,
                                         groups=last.groups, membrane_width=last.membrane_width)))
    return tuple(links)
