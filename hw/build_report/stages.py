"""Busy cycles of each stage of a design with an image, and the part of its layer that it computes at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd, prod

from quant.dataflow.folding import Fold, Folding
from quant.dataflow.lowering import PoolStage, Stage, SynapticStage, stages, synaptic
from quant.dataflow.parts import input_lanes, pool_core
from quant.description.network import Network

from ..cost.work import loop_work, stage_work, transfer_work


@dataclass(frozen=True, kw_only=True)
class StageWork:
    """One stage.

    Parameters
    ----------
    name : str
    busy_cycles : int
        With one image that is decided at the last tick, if it is never kept waiting.
    folding : str
        What is computed at once; empty for a stage that is not folded.
    """

    name: str
    busy_cycles: int
    folding: str = ""


def works(network: Network, folding: Folding) -> list[StageWork]:
    """All stages in the order of the stream, and the converters of the words between them."""
    return list(_works(network, folding))


def _works(network: Network, folding: Folding) -> Iterator[StageWork]:
    folds = {stage.name: fold for stage, fold in zip(synaptic(network), folding, strict=True)}
    plan = stages(network)
    lanes = input_lanes(plan[0], folds.get(plan[0].name))
    yield StageWork(name="encoder", busy_cycles=prod(network.input_shape) // lanes)
    for place, stage in enumerate(plan):
        for end in plan[place:]:
            if isinstance(end, SynapticStage) and end.shortcut and end.shortcut.source == place:
                yield from _converter(f"{end.name}_fork", stage, lanes, folds[end.name].channels)
                lanes = folds[end.name].channels
        if isinstance(stage, PoolStage):
            taken = stage.word_lanes(lanes)
            yield from _converter(stage.name, stage, lanes, taken)
            yield StageWork(name=stage.name, busy_cycles=_moved(stage, taken))
            lanes = pool_core(stage, taken).lanes_out
        else:
            fold = folds[stage.name]
            yield from _converter(stage.name, stage, lanes, stage.word_lanes(fold.synapses, fold.columns))
            yield _synaptic(stage, fold, folds)
            lanes = stage.given_lanes(fold.channels, fold.columns)


def _moved(stage: Stage, lanes: int) -> int:
    channels, height, width = stage.shape_in
    return transfer_work(height * width, channels, lanes)


def _converter(name: str, stage: Stage, lanes: int, target: int) -> Iterator[StageWork]:
    if lanes != target:
        yield StageWork(name=f"{name} converter", busy_cycles=_moved(stage, gcd(lanes, target)))


def _synaptic(stage: SynapticStage, fold: Fold, folds: Mapping[str, Fold]) -> StageWork:
    busy = stage_work(stage, fold)
    if stage.loop:
        busy += (stage.steps - 1) * loop_work(stage.loop.stage, folds[stage.loop.stage.name])
    planes = "digits" if stage.signal.spike_coding.numeric else "ticks"
    columns = f", {fold.columns} of {stage.shape_in[2]} columns" if fold.columns > 1 else ""
    at_once = (f"{fold.channels} of {stage.shape_out[0]} channels, {fold.synapses} of {stage.fan_in} synapses, "
               f"{fold.ticks} of {stage.signal.bit_planes} {planes}{columns}")
    return StageWork(name=stage.name, busy_cycles=busy, folding=at_once)
