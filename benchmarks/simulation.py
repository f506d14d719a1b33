"""Clock cycles a second of the compiled simulation of emitted Verilog: ``python -m benchmarks.simulation [IMAGES]``."""

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.functional import network
from hw.accelerator import Accelerator
from hw.emit import TOP, manifest, to_verilog
from quant.dataflow.folding import parse
from sim.compiled.simulator import Simulator
from sim.functional import network as functional

FOLDING = "2,1,7 2,4,7 10,1,1"


def main(count: int = 20) -> None:
    """Print size, compile time and speed on ``count`` random images, whose results must be the golden model's."""
    net = network()
    core = Accelerator(net, parse(FOLDING))
    with tempfile.TemporaryDirectory() as scratch:
        verilog = Path(scratch) / f"{TOP}.v"
        verilog.write_text(to_verilog(core))
        simulator = Simulator.build(verilog, manifest(core), Path(scratch))
        print(f"{len(verilog.read_text()):,} bytes of Verilog compiled in {simulator.build_seconds:.1f} s")
        images = np.random.default_rng(0).integers(0, 256, (count, *net.input_shape), np.uint8)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        transfers = simulator.run(images.transpose(0, 2, 3, 1))
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    golden = functional.run(net, images)
    for part in ("class_index", "tick", "potentials"):
        assert np.array_equal(transfers.results[part], getattr(golden, part)), part
    print(f"{count} images: {transfers.cycles:,} cycles in {seconds:.2f} s of one core, "
          f"{transfers.cycles / seconds:,.0f} cycles/s; all results are the golden model's")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
