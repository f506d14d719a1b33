"""Replay of the test vectors of a network on its emitted Verilog, against both golden models."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quant.dataflow.chain import chain
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.failure import Failure
from quant.files.vectors import Vector
from quant.timing.simulation import always, run_images
from sim.compiled.simulator import Simulator
from sim.cycle.stalls import ALWAYS, Pattern
from sim.cycle.transfers import Transfers
from sim.vectors import mismatches

from .design import emit


class Mismatch(Failure):
    """Stored vectors, golden models and Verilog do not all agree."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Result of a replay in which all agreed.

    Parameters
    ----------
    images : int
    transfers : int
        Number of stream transfers whose cycle was predicted and simulated, at both ends.
    cycles_predicted, cycles_simulated : int
        Clock cycles between the last two images, when the pipeline is full.
    """

    images: int
    transfers: int
    cycles_predicted: int
    cycles_simulated: int


def simulator(network: Network, folding: Folding, folder: Path) -> Simulator:
    """Compiled simulator of the emitted accelerator, made or found in ``folder``."""
    return emit(network, folding).simulator(folder=folder)


def replay(network: Network, folding: Folding, vectors: tuple[Vector, ...], compiled: Simulator, *,
           input_gap: Pattern = ALWAYS, output_stall: Pattern = ALWAYS) -> Replay:
    """Stream the images of ``vectors`` back to back, and compare each result and the cycle of each transfer.

    Raises
    ------
    Mismatch
        A stored vector, the functional golden model, the timing model and the Verilog do not all agree.
    """
    if wrong := mismatches(network, vectors):
        raise Mismatch(f"functional golden model differs from stored vectors {', '.join(map(str, wrong))}")
    channels_last = np.frombuffer(b"".join(vector.pixels for vector in vectors), np.uint8) \
        .reshape(-1, *network.input_shape).transpose(0, 2, 3, 1)
    seen = compiled.run(channels_last, input_gap=input_gap, output_stall=output_stall)
    _compare_results(seen, vectors)
    nodes = chain(network, folding)
    source, sink = (always if pattern == ALWAYS else pattern for pattern in (input_gap, output_stall))
    due = run_images(nodes, pixels=channels_last[0].size, decisions=[vector.tick for vector in vectors],
                     source=source, sink=sink)
    inputs = np.array(due.inputs).reshape(seen.input_cycles.shape)
    outputs = np.array(due.borders[nodes[-1].name])
    for name, predicted, simulated in (("pixel", inputs, seen.input_cycles), ("result", outputs, seen.output_cycles)):
        if not np.array_equal(predicted, simulated):
            at = int(np.flatnonzero(predicted != simulated)[0])
            raise Mismatch(f"{name} {at} must move in cycle {predicted.flat[at]}, not in {simulated.flat[at]}")
    return Replay(images=len(vectors), transfers=inputs.size + outputs.size,
                  cycles_predicted=_initiation_interval(inputs),
                  cycles_simulated=_initiation_interval(seen.input_cycles))


def _initiation_interval(input_cycles: np.ndarray) -> int:
    ends = input_cycles.reshape(len(input_cycles), -1)[:, -1]
    return int(ends[-1] - ends[-2])


def _compare_results(seen: Transfers, vectors: tuple[Vector, ...]) -> None:
    results = seen.results
    potentials = results["potentials"].reshape(len(vectors), -1)
    for at, vector in enumerate(vectors):
        got = (int(results["class_index"][at]), int(results["tick"][at]), tuple(potentials[at].tolist()))
        due = (vector.class_index, vector.tick, vector.potentials)
        if got != due:
            raise Mismatch(f"result {at} of the Verilog must be (class, tick, potentials) {due}, not {got}")
