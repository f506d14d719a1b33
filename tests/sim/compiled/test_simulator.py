import json
import random
from pathlib import Path

import numpy as np
import pytest

from sim.compiled.compiler import SimulationError, verilator_root
from sim.compiled.simulator import Simulator, Timeout
from sim.cycle.stalls import Always, Bursts, Random

SOURCE = Path(__file__).with_name("designs") / "pixel_sum.v"
WIDTHS = {"clk": 1, "rst": 1, "i__payload": 8, "i__valid": 1, "i__ready": 1, "o__payload": 80, "o__valid": 1,
          "o__ready": 1}
MANIFEST = {"top": "pixel_sum",
            "ports": {name: {"direction": "input", "width": width} for name, width in WIDTHS.items()},
            "result": [{"name": "class_index", "offset": 0, "width": 4, "signed": False, "length": None},
                       {"name": "tick", "offset": 4, "width": 4, "signed": False, "length": None},
                       {"name": "potentials", "offset": 8, "width": 24, "signed": True, "length": 3}]}
PATTERNS = [Always(), Bursts(run=3, stall=5), Bursts(run=1, stall=9), Random(seed=1), Random(seed=2, stall=200)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("verilator")


@pytest.fixture(scope="session")
def simulator(folder):
    return Simulator.build(SOURCE, MANIFEST, folder)


def mutant(folder, old, new):
    text = SOURCE.read_text()
    assert text.count(old) == 1
    path = folder / "mutant.v"
    path.write_text(text.replace(old, new))
    return Simulator.build(path, MANIFEST, folder)


def images(count, seed=0, high=254):
    rng = random.Random(seed)
    return np.array([[rng.randrange(high) for _ in range(4)] for _ in range(count)], dtype=np.uint8)


def expected_cycles(count, source, sink):
    """The design in words: one register at the output, which blocks the input while it is full and stalled."""
    inputs, outputs, cycle, offering, full = [], [], 0, False, False
    while len(outputs) < count:
        offering = len(inputs) < 4 * count and (offering or source(cycle))
        ready, taken = not full or sink(cycle), full and sink(cycle)
        if taken:
            outputs.append(cycle)
            full = False
        if offering and ready:
            inputs.append(cycle)
            offering, full = False, len(inputs) % 4 == 0
        cycle += 1
    return inputs, outputs


def test_results_are_taken_apart(simulator):
    results = simulator.run(np.array([[10, 20, 30, 45], [250, 0, 0, 3]], dtype=np.uint8)).results
    assert results["class_index"].tolist() == [105 % 16, 253 % 16]
    assert results["tick"].tolist() == [45 % 16, 3]
    assert results["potentials"].tolist() == [[105, -105, 10 - 128], [253, -253, 250 - 128]]


def test_words_are_the_raw_payloads(simulator):
    got = simulator.run(np.array([[1, 2, 3, 4]], dtype=np.uint8)).words
    assert got == [(1 - 128) % 2**24 << 56 | -10 % 2**24 << 32 | 10 << 8 | 4 << 4 | 10]


@pytest.mark.parametrize("sink", PATTERNS, ids=repr)
@pytest.mark.parametrize("source", PATTERNS, ids=repr)
def test_every_transfer_is_in_its_cycle(simulator, source, sink):
    batch = images(20)
    got = simulator.run(batch, input_gap=source, output_stall=sink)
    inputs, outputs = expected_cycles(20, source, sink)
    assert got.input_cycles.ravel().tolist() == inputs
    assert got.output_cycles.tolist() == outputs
    assert got.results["potentials"][:, 0].tolist() == batch.sum(axis=1).tolist()


def test_progress_counts_the_results(simulator):
    seen = []
    simulator.run(images(300), progress=seen.append)
    assert sum(seen) == 300


def test_no_images_give_no_results(simulator):
    assert simulator.run(images(0)).words == []


def test_second_build_finds_the_first(simulator, folder):
    again = Simulator.build(SOURCE, MANIFEST, folder)
    assert again.program == simulator.program
    assert again.build_seconds < 0.2


def test_narrow_results_are_read(simulator, folder):
    text = SOURCE.read_text().replace("[79:0]", "[39:0]")
    path = folder / "narrow.v"
    path.write_text(text)
    manifest = json.loads(json.dumps(MANIFEST))
    manifest["ports"]["o__payload"]["width"] = 40
    manifest["result"][2]["length"] = 1
    got = Simulator.build(path, manifest, folder).run(images(30))
    assert got.results["potentials"].tolist() == images(30).sum(axis=1, keepdims=True).tolist()


def test_a_violated_assertion_ends_the_run(simulator):
    with pytest.raises(SimulationError, match=r"(?s)^simulation of pixel_sum ended .*sum is 1020.*Assertion failed"):
        simulator.run(np.full((1, 4), 255, dtype=np.uint8))


def test_standstill_says_what_moved(folder):
    stuck = mutant(folder, "~o__valid | o__ready", "count != 2")
    with pytest.raises(Timeout, match=r"stands still: cycle 91: 2 of 8 words went in, 0 of 2 results came out$"):
        stuck.run(images(2), patience=90)


def test_surplus_results_are_refused(folder):
    with pytest.raises(SimulationError, match=r"^simulation of pixel_sum gave more results than images$"):
        mutant(folder, "count == 3", "count[0]").run(images(5))


def test_a_design_that_does_not_compile_is_refused(folder):
    with pytest.raises(SimulationError, match=r"(?s)^verilator_bin failed with status 1: .*nonsense"):
        mutant(folder, "total <= sum;", "total <= nonsense;")


def test_a_missing_port_is_refused(folder):
    ports = {name: port for name, port in MANIFEST["ports"].items() if name != "o__ready"}
    with pytest.raises(ValueError, match=r"^design pixel_sum must have port o__ready of 1 bits, not None$"):
        Simulator.build(SOURCE, MANIFEST | {"ports": ports}, folder)


def test_images_of_another_type_are_refused(simulator):
    with pytest.raises(TypeError, match=r"^images must be uint8, not int64$"):
        simulator.run(np.zeros((1, 4), dtype=np.int64))


def test_a_missing_compiler_is_named(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(verilator_root()))
    with pytest.raises(SimulationError, match=r"^g\+\+ is missing; install it to simulate Verilog$"):
        mutant(folder, "count == 0", "count == 1")
