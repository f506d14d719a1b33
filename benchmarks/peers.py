"""Does spiking pay? Networks by the same generator, tools and part, and published ones in the unit that they state.

    python -m benchmarks.peers --board icebreaker mnist-up5k mnist-w1a1
    python -m benchmarks.peers --lut6 mnist-up5k="12,25,7 24,300,1 1,48,1" mnist-w1a1="12,25,1 24,300,1 1,48,1"

builds each network, a name or a file, for a board, at the folding given or the fastest that fits, and prints what comes
out; with ``--lut6`` it builds nothing, and prints what Yosys' ``synth_xilinx`` makes of each core's emitted Verilog,
beside published figures, and with ``--operations`` the synaptic operations alone. With one tick a network is an
ordinary one of binary weights and activations (W1A1).
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.vendors import cells, kinds
from hw.accelerator import Accelerator
from hw.build import Job, build
from hw.emit import TOP, to_verilog
from quant.dataflow.folding import text
from quant.description.layers import Synaptic
from quant.description.network import Network
from quant.description.signal import Signal
from quant.files.artefact import Artefact
from sim.data import labelled
from sim.functional import network as functional
from sim.functional.bit_planes import windows
from sim.layers import SYNAPTIC

XILINX = "synth_xilinx -family xc7 -flatten -nodsp -noiopad"
SITES = {"SRL": 1, "RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4}  # LUT6 that a cell takes
OPERATIONS = ("synaptic operations an image", "skipped (%)")
HEAD = ("network", "ticks", "folding", "right (%)", "LUTs", "clock (MHz)", "images a second", "of them per 1,000 LUTs",
        *OPERATIONS)
HEAD_OPERATIONS = ("network", "ticks", "right (%)", *OPERATIONS)
HEAD_LUT6 = ("network", "data", "right (%)", "size", "whose figure")


@dataclass(frozen=True)
class Published:
    """A published network on a Zynq-7020 after Vivado, and who measured it."""

    name: str
    data: str
    accuracy: float
    size: str
    source: str


PUBLISHED = (
    Published("LFC, W1A1", "MNIST", 98.35, "28,400 LUT6", "BNN-PYNQ"),
    Published("CNV, W1A1", "CIFAR-10", 79.54, "26,100 LUT6", "BNN-PYNQ"),
    Published("784-128-10, spiking, fixed point", "MNIST", 93.85, "7,612 cells, 18 block RAMs", "Spiker+"))


def operations(network: Network, images: np.ndarray) -> tuple[float, float]:
    """Synaptic operations an image, and the share of all, 0..1, that are skipped.

    A synapse could add its weight in each tick, or for each binary digit, of its input. It does where there is a spike,
    or a digit 1; the others are skipped. Feedback is not counted.

    Parameters
    ----------
    images : uint8, (n, channels, height, width)
    """
    values = functional.run(network, images, times=True).times
    assert values is not None
    needed = total = 0.0
    for layer, signal, array in zip(network.layers, network.signals, values, strict=False):
        if isinstance(layer, Synaptic):
            counted = replace(layer, weights=np.ones(layer.weights.shape, int).tolist())
            added = SYNAPTIC[layer.kind].sums(counted, np.float64)
            spikes = _spikes(signal)[np.moveaxis(array, 0, -1)]
            needed += float(added(_summed(signal, spikes)).sum())
            total += float(added(_summed(signal, np.full_like(spikes[..., :1], signal.bit_planes))).sum())
    return needed / len(images), 1 - needed / (total * len(images))


def _spikes(signal: Signal) -> np.ndarray:
    """Number of spikes in each value of a signal, or of binary digits 1."""
    code, planes = signal.spike_coding, signal.bit_planes
    return np.array([sum(code.spikes(value, planes, plane) for plane in range(planes))
                     for value in range(signal.largest + 1)])


def _summed(signal: Signal, spikes: np.ndarray) -> np.ndarray:
    return spikes if signal.summed == 1 else windows(spikes, signal.summed).sum(axis=(2, 4))


def row(record: Mapping[str, Any], operated: tuple[float, float]) -> tuple[str, ...]:
    """A line of the table, of a build's report and what `operations` counted."""
    done, skipped = operated
    return (f"`{record['network']}`", str(record["ticks"]), record["folding"], _percent(record["accuracy"]),
            f"{record['luts']:,}", f"{record['clock_mhz']:.2f}", f"{record['images_per_second']:,.0f}",
            f"{1000 * record['images_per_second'] / record['luts']:,.0f}", f"{done:,.0f}", _percent(skipped))


def counted(source: Artefact, images: int, data: Path | None) -> tuple[float, float]:
    """`operations` of the first test images of a network's data set."""
    return operations(source.network, labelled(source, data)[1][:images])


def skipping(job: Job, images: int, data: Path | None) -> tuple[str, ...]:
    """A line of the table of operations alone."""
    done, skipped = counted(job.source, images, data)
    return (f"`{job.name}`", str(job.source.network.steps), _percent(job.source.provenance.accuracy), f"{done:,.0f}",
            _percent(skipped))


def lut6(found: Mapping[str, int]) -> int:
    """LUT6 that Yosys' cells for Xilinx devices take, those for memory and shift registers included."""
    held = sum(count * sites for cell, count in found.items() for start, sites in SITES.items()
               if cell.startswith(start))
    return kinds(dict(found))["LUTs"] + held


def synthesised(job: Job) -> tuple[str, ...]:
    """A line of the table of LUT6, of the core alone."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "core.v"
        source.write_text(to_verilog(Accelerator(job.source.network, job.folding)))
        found = cells(source, TOP, XILINX)
    provenance, block_rams = job.source.provenance, kinds(found)["RAMs"]
    return (f"`{job.name}`, {text(job.folding)}", (provenance.measured_on or "").partition(",")[0],
            _percent(provenance.accuracy), f"{lut6(found):,} LUT6, {block_rams} block RAMs",
            "this project, by Yosys, not placed, without the serial link")


def published(figure: Published) -> tuple[str, ...]:
    """A line of the table of LUT6."""
    return (figure.name, figure.data, f"{figure.accuracy:.2f}", figure.size,
            f"authors of {figure.source}, by Vivado, Zynq-7020")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


def main(jobs: Sequence[Job], images: int, data: Path | None, out: Path) -> None:
    """Build each network into a folder under ``out``, and print."""
    rows = []
    for job in jobs:
        record = build(job, out / f"{job.name}-{job.board}", partial(print, flush=True))
        rows.append(row(record, counted(job.source, images, data)))
    print(table(HEAD, rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+", metavar="NETWORK[=FOLDING]")
    parser.add_argument("--board", default="ulx3s-85f")
    parser.add_argument("--clock", type=float, help="in MHz; without: the fastest that holds")
    parser.add_argument("--lut6", action="store_true")
    parser.add_argument("--operations", action="store_true")
    parser.add_argument("--images", type=int, default=300, help="test images whose spikes are counted (%(default)s)")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build", "peers"))
    options = parser.parse_args()
    planned = [Job.plan(name, options.board, fold=fold or None, clock=options.clock)
               for name, _, fold in (asked.partition("=") for asked in options.networks)]
    if options.lut6:
        print(table(HEAD_LUT6, [*map(synthesised, planned), *map(published, PUBLISHED)]))
    elif options.operations:
        print(table(HEAD_OPERATIONS, [skipping(job, options.images, options.data) for job in planned]))
    else:
        main(planned, options.images, options.data, options.out)
