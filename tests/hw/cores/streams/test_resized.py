# amaranth: UnusedElaboratable=no
"""A core behind a `Resize`, as emitted Verilog, against the golden models on pictures of a camera."""

import numpy as np
import pytest

from hw.accelerator import Accelerator
from hw.emit import manifest, to_verilog
from quant.dataflow.cores.resize import parse
from quant.dataflow.folding import folded
from sim.compiled.simulator import Simulator
from sim.cycle.stalls import ALWAYS, Random
from sim.functional.network import run
from sim.functional.resize import resize
from tests.cocotb.runner import CACHE
from tests.helpers.serial_link.reloaded import network


@pytest.mark.slow
def test_pictures_have_the_results_of_their_images(tmp_path):
    given, pictures = network(1), np.random.default_rng(5).integers(0, 256, (4, 3, 15, 14), np.uint8)
    core = parse("14x15x3/2,invert", given.input_shape)
    design = Accelerator(given, folded(given), resize=core)
    due = manifest(design, "resized")
    (verilog := tmp_path / "resized.v").write_text(to_verilog(design, "resized"))
    simulator = Simulator.build(verilog, due, CACHE)
    golden = run(given, resize(core, pictures))
    for gap, stall in ((ALWAYS, ALWAYS), (Random(seed=3, stall=128), Random(seed=4, stall=128))):
        seen = simulator.run(pictures.transpose(0, 2, 3, 1), input_gap=gap, output_stall=stall).results
        assert seen["class_index"].tolist() == golden.class_index.tolist()
        assert seen["tick"].tolist() == golden.tick.tolist()
        assert seen["potentials"].reshape(len(pictures), -1).tolist() == golden.potentials.tolist()
