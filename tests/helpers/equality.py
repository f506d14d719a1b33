"""One network by everything that computes it: all of it must agree, exactly."""

from dataclasses import replace

import numpy as np
import torch

from hw.accelerator import Accelerator
from hw.emit import TOP, manifest, to_verilog
from sim.compiled.simulator import Simulator
from sim.cycle.borders import driver, predict, record
from sim.cycle.stalls import ALWAYS, Random
from sim.functional import network as functional
from sim.functional import oracle
from tests.cocotb.runner import CACHE
from train_binary.model.integer import integer_forward


def untimed(network, images):
    """Oracle == functional model == integer version of training; the outcome."""
    outcome = functional.run(network, images)
    verdicts = [oracle.run(network, image) for image in images.tolist()]
    assert [each.class_index for each in verdicts] == outcome.class_index.tolist()
    assert [each.tick for each in verdicts] == outcome.tick.tolist()
    assert [each.potentials for each in verdicts] == outcome.potentials.tolist()
    trained = [part.tolist() for part in integer_forward(network, torch.tensor(images))]
    assert trained == [outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist()]
    return outcome


def everywhere(network, folding, images, folder):
    """And words of the data model and cycles of the timing model == emitted Verilog, at every border."""
    outcome = untimed(network, images)
    core = Accelerator(network, folding, taps=True)
    (folder / f"{TOP}.v").write_text(to_verilog(core))
    quick = replace(driver(core.nodes), optimise="-O0")  # a few images: to compile the design takes most of the time
    compiled = Simulator.build(folder / f"{TOP}.v", manifest(core), CACHE, quick)
    channels_last = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    for gap, stall in ((ALWAYS, ALWAYS), (Random(seed=1), Random(seed=2, stall=128))):
        due = predict(core.nodes, channels_last, input_gap=gap, output_stall=stall)
        seen, found, error = record(compiled, core.nodes, channels_last, input_gap=gap, output_stall=stall)
        assert error is None
        assert {name: due[name].first_difference(found[name]) for name in due} == dict.fromkeys(due)
        assert seen.results["class_index"].tolist() == outcome.class_index.tolist()
        assert seen.results["tick"].tolist() == outcome.tick.tolist()
        assert seen.results["potentials"].tolist() == outcome.potentials.tolist()
