# amaranth: UnusedElaboratable=no
"""Netlists after synthesis against both golden models, and what is found when one is wrong."""

import math
import random
import re
import zlib
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from binspike import cli
from hw.accelerator import COMPONENTS, Accelerator
from hw.bitstream.flow import BuildError
from quant import (
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Feedback,
    FirstSpikePool,
    Flatten,
    Network,
    Ramp,
    Rate,
    SingleSpike,
    Step,
)
from quant.dataflow.chain import chain, every
from quant.dataflow.cores import Resize
from quant.dataflow.folding import parse
from quant.files import artefact, zoo
from quant.files import vectors as vector_files
from quant.files.provenance import Provenance
from sim.compiled import compiler
from sim.compiled.compiler import SimulationError
from sim.compiled.simulator import Timeout
from sim.cycle.stalls import ALWAYS, Random
from sim.vectors import vectors
from tests.cocotb.runner import CACHE
from tests.helpers.networks import loops, phases, rates, several_bits, small
from tests.helpers.strategies import foldings, images_for, networks
from verify import builds, netlist
from verify.netlist import DRIVER, TOP, cells, check, synthesise
from verify.replay import Mismatch, replay


def dense():
    """Two dense layers."""
    rng = np.random.default_rng(3)
    layers = [Dense(weights=rng.choice([-1, 1], shape), neurons=SingleSpike(threshold=[3] * shape[0], psp=psp))
              for shape, psp in (((16, 36), Ramp(length=2)), ((10, 16), Ramp()))]
    return Network(input_shape=(1, 6, 6), steps=4, layers=(Flatten(), *layers))


def depthwise(many=1):
    """A depthwise convolution and a dense layer; weights of the former are signs times 1 to ``many``."""
    rng = np.random.default_rng(5)
    return Network(input_shape=(2, 6, 6), steps=3, layers=(
        DepthwiseConv2d(weights=(rng.choice([-1, 1], (2, 1, 3, 3)) * rng.integers(1, many + 1, (2, 1, 3, 3))).tolist(),
                        neurons=SingleSpike(threshold=[2, 1], psp=Step())),
        Flatten(), Dense(weights=rng.choice([-1, 1], (3, 32)), neurons=SingleSpike(threshold=[2] * 3, psp=Step()))))


def little_loops():
    """A convolution of numbers with feedback, a pool, three classes."""
    rng = np.random.default_rng(6)
    feedback = Feedback(weights=rng.choice([-1, 1], (2, 2, 3, 3)), shift=5)
    return Network(input_shape=(1, 4, 4), steps=3, readout="count", coding="direct", layers=(
        Conv2d(weights=rng.choice([-1, 1], (2, 1, 3, 3)), padding=1, feedback=feedback,
               neurons=Rate(threshold=[200, 300], leak=3, fraction=1, bias=[40, -20])),
        FirstSpikePool(size=2), Flatten(), Dense(weights=rng.choice([-1, 1], (3, 8)), neurons=Rate(threshold=[2] * 3))))


def images(network, count=6):
    return np.random.default_rng(0).integers(0, 256, (count, *network.input_shape), np.uint8)


@pytest.fixture
def stored(tmp_path):
    """A file of one layer and its test vectors."""
    path = tmp_path / "visible.safetensors"
    artefact.save(VISIBLE, path, provenance=Provenance())
    vector_files.save(vectors(VISIBLE, images(VISIBLE)), zoo.vectors_path(path), network=VISIBLE)
    return str(path)


def agree(network, folding, stored, family, *, input_gap=ALWAYS, output_stall=ALWAYS):
    compiled = synthesise(Accelerator(network, folding), family).design.simulator(DRIVER, CACHE)
    replay(network, folding, stored, compiled)
    replay(network, folding, stored, compiled, input_gap=input_gap, output_stall=output_stall)


CASES = [  # together every core, kernel and readout
    (small(), "2,1,2 3,2,2 5,6,1", "ice40"),
    (small(), "4,18,4,2 3,2,1 5,1,1", "generic"),
    (small(psp=Step(), readout="potential"), "1,1,1 1,1,1 1,1,1", "ice40"),
    (small(psp=Step(), readout="potential"), "1,1,1 1,1,1 1,1,1", "ecp5"),
    (dense(), "2,4,2 5,4,1", "generic"),
    (rates(leak=2), "2,18,3 3,36,2 5,6,1", "ice40"),
    (phases(), "2,18,3 3,36,2 3,6,4 2,6,1 10,6,1", "ice40"),
    (rates(reset="zero"), "1,2,8 6,4,4 10,96,1", "generic"),
    (loops(), "2,1,4 2,36,1 5,4,1", "ice40"),
    (loops(), "1,18,8 1,2,1 2,1,1", "ecp5"),
    (depthwise(), "2,9,1 3,4,1", "ice40"),
    (loops(), "1,1,1 1,1,1 1,1,1", "ecp5"),
    (dense(), "2,4,2 5,4,1 x2", "ice40"),
    (dense(), "2,4,2 5,4,1", "gowin"),
    (loops(), "1,18,8 1,2,1 2,1,1", "gowin"),
    (dense(), "2,4,2 5,4,1", "arora-v"),
    (dense(), "2,4,2 5,4,1", "nexus"),
    (loops(), "1,18,8 1,2,1 2,1,1", "nexus"),
    (several_bits(), "2,18,2 1,2,1", "ice40"),
    (depthwise(many=3), "2,9,1 3,4,1", "ice40"),
    (dense(), "2,4,2 5,4,1", "gatemate"),
    (loops(), "1,18,8 1,2,1 2,1,1", "gatemate"),
    (little_loops(), "1,9,8 1,2,1 1,1,1", "ecp5"),
]


QUICK = (len(CASES) - 1,)  # spike trains and feedback; other tests have a layer of single spikes in the other cells


@pytest.mark.parametrize(("network", "folding", "family"), [
    pytest.param(*case, marks=pytest.mark.slow if index in QUICK else pytest.mark.long)
    for index, case in enumerate(CASES)])
def test_small_network(network, folding, family):
    agree(network, parse(folding), vectors(network, images(network)), family,
          input_gap=Random(seed=1), output_stall=Random(seed=2, stall=128))


def test_cases_cover_every_core():
    cores = {type(node.core) for network, folding, _ in CASES
             for node in every(chain(network, parse(folding)))}
    assert cores == COMPONENTS.keys() - {Resize}  # which stands in front of a network


@pytest.mark.long
@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
          suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_network(data):
    network = data.draw(networks(max_extent=6, max_maps=2, max_dense=2))
    folding = data.draw(foldings(network).filter(lambda folds: sum(map(math.prod, map(astuple, folds))) <= 256))
    stored = vectors(network, data.draw(images_for(network, 4)))
    agree(network, folding, stored, data.draw(st.sampled_from(cells())), output_stall=Random(seed=3, stall=128))


@pytest.mark.long
@pytest.mark.parametrize("name", ["mnist-up5k", "mnist-ecp5"])
@pytest.mark.parametrize("family", cells())
def test_shipped_network(name, family):
    target = builds.target(name)
    stored = vector_files.load(zoo.vectors_path(name), network=target.source.network)
    result = check(target.source.network, target.folding, stored, family, CACHE)
    assert (result.replay.images, result.replay.transfers) == (8, 8 * 785)


def visible():
    """One layer, so that every weight is seen in a potential."""
    rng = np.random.default_rng(4)
    return Network(input_shape=(1, 12, 12), steps=4, readout="potential", layers=(
        Flatten(), Dense(weights=rng.choice([-1, 1], (16, 144)), neurons=SingleSpike(threshold=[9] * 16, psp=Ramp()))))


VISIBLE, SERIAL = visible(), parse("1,1,1")


@pytest.fixture(scope="module")
def sound():
    return synthesise(Accelerator(VISIBLE, SERIAL), "ice40")


def flipped_table(verilog, rng):
    """One table of a look-up table, upside down."""
    at = rng.choice([found.start(1) for found in re.finditer(r"\.LUT_INIT\(16'h(\w{4})\)", verilog)])
    return f"{verilog[:at]}{0xffff ^ int(verilog[at:at + 4], 16):04x}{verilog[at + 4:]}"


def asymmetric(table):
    """True if a look-up table treats its inputs 2 and 3 differently."""
    bits = f"{int(table, 16):016b}"
    return bits[4:8] != bits[8:12]


def swapped_inputs(verilog, rng):
    """Two inputs of a look-up table, which does not treat them alike."""
    luts = re.finditer(r"\.LUT_INIT\(16'h(\w{4})\)[^;]*?\.I2\(([^;]*?)\),\n +\.I3\(([^;]*?)\),\n", verilog)
    found = rng.choice([lut for lut in luts if asymmetric(lut[1])])
    between = verilog[found.end(2):found.start(3)]
    return f"{verilog[:found.start(2)]}{found[3]}{between}{found[2]}{verilog[found.end(3):]}"


def other_weight(verilog, rng):
    """One bit of a block RAM that holds weights."""
    found = re.search(r"SB_RAM40_4K #\(\s+\.INIT_0\(256'h(\w+)\)[^;]*?\\dense1_synapses\.rom", verilog)
    at = rng.randrange(*found.span(1))
    return f"{verilog[:at]}{int(verilog[at], 16) ^ 1:x}{verilog[at + 1:]}"


def planted(sound, fault):
    """The netlist with a fault."""
    verilog = fault(sound.design.verilog, random.Random(0))
    return replace(sound, design=replace(sound.design, packed=zlib.compress(verilog.encode())))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [
    *(pytest.param(fault, marks=pytest.mark.long) for fault in (flipped_table, swapped_inputs)), other_weight])
def test_planted_fault_is_found(sound, fault):
    compiled = planted(sound, fault).design.simulator(DRIVER, CACHE)
    with pytest.raises((Mismatch, Timeout)):
        replay(VISIBLE, SERIAL, vectors(VISIBLE, images(VISIBLE)), compiled)


@pytest.mark.slow
def test_netlist_without_fault_agrees(sound):
    """So what the other tests find is the fault."""
    compiled = sound.design.simulator(DRIVER, CACHE)
    replay(VISIBLE, SERIAL, vectors(VISIBLE, images(VISIBLE)), compiled)


@pytest.mark.long
def test_power_up_does_not_matter():
    """Flip-flops of generic gates start with anything; a reset of two cycles is enough."""
    one, other = (synthesise(Accelerator(VISIBLE, SERIAL), "generic", seed=seed) for seed in (1, 2))
    assert one.design.verilog != other.design.verilog
    replay(VISIBLE, SERIAL, vectors(VISIBLE, images(VISIBLE)), other.design.simulator(DRIVER, CACHE))


def test_net_without_driver_is_refused(monkeypatch):
    monkeypatch.setattr(netlist, "GATES", ("proc", f"delete {TOP}/readout"))
    message = r"synthesis for generic failed with status 1: ERROR: Found \d+ problems in 'check -assert'\."
    with pytest.raises(BuildError, match=f"^{message}$"):
        synthesise(Accelerator(VISIBLE, SERIAL), "generic")


def test_unknown_cells_are_refused():
    with pytest.raises(ValueError, match="^cells must be one of ice40, ecp5, gowin, arora, arora-v, nexus, gatemate, "
                                         "generic, not 'xc7'$"):
        synthesise(Accelerator(VISIBLE, SERIAL), "xc7")


@pytest.fixture
def made(sound, monkeypatch):
    """Function that replaces the netlist of the command; nothing is synthesised."""
    def use(found):
        monkeypatch.setattr(netlist, "Accelerator", lambda *_: None)
        monkeypatch.setattr(netlist, "synthesise", lambda *_: found)
        monkeypatch.setattr("binspike.netlist.CACHE", CACHE)
    return use


@pytest.mark.slow
def test_command_says_what_was_compared(stored, sound, made, capsys):
    made(sound)
    assert cli.main(["netlist", "--network", stored, "--fold", "1,1,1"]) == 0
    printed = dict(re.split("  +", line, maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert printed["images"] == "6, every result as stored"
    assert printed["transfers"] == "870, each in its predicted cycle"
    assert printed["SB_RAM40_4K"] == "4"


@pytest.mark.slow
def test_command_tells_a_difference(stored, sound, made, capsys):
    made(planted(sound, other_weight))
    assert cli.main(["netlist", "--network", stored, "--fold", "1,1,1"]) == 1
    assert capsys.readouterr().err.startswith("binspike: result 0 of the Verilog must be (class, tick, potentials) (")


def test_command_refuses_another_folding(stored, capsys):
    assert cli.main(["netlist", "--network", stored, "--fold", "1,1,1 1,1,1"]) == 2
    assert capsys.readouterr().err == "binspike: folding must have one fold for each of 1 layers with weights, not 2\n"


def test_no_line_has_more_tokens_than_verilator_reads(tmp_path):
    bits = 30_000
    lines = ["module top (input a, output [1:0] y);", f"  wire [{bits - 1}:0] all = {{ {', '.join(['a'] * bits)} }};",
             f"  assign y = {{ all[0], all[{bits - 1}] }};", "endmodule"]
    verilog = "\n".join(lines)
    assert netlist.broken(verilog).replace(",\n", ", ") == verilog
    assert netlist.broken(verilog).splitlines()[-2:] == lines[-2:]
    with pytest.raises(SimulationError, match="Too many preprocessor tokens"):
        compiled_top(verilog, tmp_path)
    compiled_top(netlist.broken(verilog), tmp_path)


def compiled_top(verilog, folder):
    (folder / "top.v").write_text(verilog)
    compiler._execute(str(compiler.verilator_root() / "bin" / "verilator_bin"),
                      ["--lint-only", "-Wno-lint", "top.v"], folder)
