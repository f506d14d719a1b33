"""How long each stage of a design is busy with an image, and how much of its layer it computes at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, prod

from quant.dataflow.chain import word_lanes
from quant.dataflow.folding import Fold, Folding
from quant.dataflow.lowering import PoolStage, SynapticStage, stages
from quant.description.network import Network
from quant.description.spike_coding import Binary

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
    """All stages in the order of the stream."""
    return list(_works(network, folding))


def _works(network: Network, folding: Folding) -> Iterator[StageWork]:
    yield StageWork(name="encoder", busy_cycles=prod(network.input_shape))
    folds, lanes = iter(folding), 1
    for stage in stages(network):
        channels, height, width = stage.shape_in
        if isinstance(stage, PoolStage):
            yield StageWork(name=stage.name, busy_cycles=transfer_work(height * width, channels, lanes))
            continue
        fold = next(folds)
        target = word_lanes(stage, fold)
        if lanes != target:
            yield StageWork(name=f"{stage.name} converter", busy_cycles=transfer_work(height * width, channels,
                                                                                  gcd(lanes, target)))
        yield _synaptic(stage, fold, folds)
        lanes = fold.channels


def _synaptic(stage: SynapticStage, fold: Fold, folds: Iterator[Fold]) -> StageWork:
    busy = stage_work(stage, fold)
    if stage.loop:
        busy += (stage.steps - 1) * loop_work(stage.loop.stage, next(folds))
    planes = "digits" if stage.signal.spike_coding is Binary else "ticks"
    at_once = (f"{fold.channels} of {stage.shape_out[0]} channels, {fold.synapses} of {stage.fan_in} synapses, "
               f"{fold.ticks} of {stage.signal.planes} {planes}")
    return StageWork(name=stage.name, busy_cycles=busy, folding=at_once)
