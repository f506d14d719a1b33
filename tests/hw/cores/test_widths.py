# amaranth: UnusedElaboratable=no
import itertools
import json
import os
from collections import Counter

import numpy as np
import pytest
from amaranth.hdl import Const, Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.bitstream import toolchain
from hw.cores import widths
from hw.cores.neurons import recurrent_neurons
from hw.cores.neurons.kinds import phase, rate, single_spike
from hw.cores.neurons.output_neurons import OutputNeurons
from hw.cores.widths import fits, guard, narrow
from hw.cores.windows import register_window
from hw.emit import manifest, to_rtlil, to_verilog
from quant import Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow import cores
from quant.dataflow.folding import parse
from sim.compiled.compiler import SimulationError
from sim.compiled.simulator import Simulator as Compiled
from tests.cocotb.runner import CACHE
from tests.helpers.cores.bench import observe, payload_shape, raw
from tests.helpers.cores.narrow import NarrowMembrane, NarrowSum
from tests.helpers.designs import design

SHAPES = [shape(width) for shape in (unsigned, signed) for width in (1, 2, 3, 4)]


def neurons(kind, threshold=3):
    """Its membrane reaches -9 from three synapses of a ramp over three ticks."""
    return kind(bit_planes=3, channels=1, groups=1, ticks=1, input_bound=3,
                neurons=SingleSpike(threshold=[threshold], psp=Ramp()))


def bounds(shape):
    return (-(1 << shape.width - 1), (1 << shape.width - 1) - 1) if shape.signed else (0, (1 << shape.width) - 1)


def simulated(expression):
    seen = []
    simulator = Simulator(Module())

    async def bench(ctx):
        seen.append(ctx.get(expression))

    simulator.add_testbench(bench)
    simulator.run()
    return seen[0]


@pytest.mark.parametrize(("shape", "own"), [*itertools.product(SHAPES, SHAPES)], ids=repr)
def test_fits_says_whether_a_number_is_of_a_shape(shape, own):
    (low, high), (least, most) = bounds(shape), bounds(own)
    assert [simulated(fits(shape, Const(number, own))) for number in range(least, most + 1)] == [
        int(low <= number <= high) for number in range(least, most + 1)]


@pytest.mark.parametrize(("target", "own", "guards"), [(unsigned(4), unsigned(4), 0), (unsigned(4), unsigned(5), 1),
                                                       (signed(5), unsigned(4), 0), (unsigned(9), signed(2), 1)])
def test_only_what_may_not_fit_is_guarded(target, own, guards):
    made = guard(Signal(target), Signal(own))
    m = Module()
    m.d.sync += made
    assert len(made) == guards


class Adder(wiring.Component):
    """Adds one to four bits, into three."""

    a: In(4)
    enable: In(1)

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable):
            m.d.sync += narrow(Signal(3, name="sum"), self.a + 1)
        return m


@pytest.mark.parametrize(("a", "enable"), [(6, 1), (7, 0)])
def test_a_fitting_or_unused_number_passes(a, enable):
    run(Adder(), a, enable)


def test_a_number_cut_off_stops_the_simulation():
    with pytest.raises(AssertionError, match=r"unsigned\(3\) must hold 8"):
        run(Adder(), 7, 1)


def run(dut, a, enable):
    async def bench(ctx):
        ctx.set(dut.a, a)
        ctx.set(dut.enable, enable)
        await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def ticks(core, *sums):
    """V of one neuron, fed with n(t)."""
    dut = OutputNeurons(core)
    observe(dut, [raw(payload_shape(dut.i), (n,)) for n in sums], len(sums))


@pytest.mark.parametrize(("kind", "sums"), [(NarrowMembrane, (-3, 0, 0)), (NarrowSum, (1, 1, -1))])
def test_a_description_of_one_bit_too_few_is_found(kind, sums):
    ticks(neurons(cores.OutputNeurons), *sums)
    with pytest.raises(AssertionError, match="must hold"):
        ticks(neurons(kind), *sums)


def accelerator():
    """One layer, as `neurons`; two images reach the ends of its membrane."""
    layer = Dense(weights=[[-1] * 3, [1] * 3], neurons=SingleSpike(threshold=[3, 9], psp=Ramp()))
    network = Network(input_shape=(1, 1, 3), steps=3, layers=(Flatten(), layer), readout="potential")
    return Accelerator(network, parse("1,3,1"))


def potentials():
    """V at the end of two images, by the compiled Verilog."""
    core = accelerator()
    CACHE.mkdir(parents=True, exist_ok=True)
    verilog = CACHE / f"widths-{os.getpid()}.v"
    verilog.write_text(to_verilog(core))
    try:
        results = Compiled.build(verilog, manifest(core), CACHE).run(np.array([[255] * 3, [0] * 3], dtype=np.uint8))
    finally:
        verilog.unlink()
    return results.results["potentials"].tolist()


def test_the_emitted_verilog_checks_its_widths(monkeypatch):
    assert potentials() == [[-9, 9], [0, 0]]
    right = cores.NeuronCore.membrane_width.fget
    monkeypatch.setattr(cores.NeuronCore, "membrane_width", property(lambda core: right(core) - 1))
    with pytest.raises(SimulationError, match=r"(?s)signed\(4\) must hold -9.*Verilog \$stop"):
        potentials()


def test_every_assert_is_in_the_verilog():
    core = design()
    asserts = to_rtlil(core).count("cell $check")
    verilog = to_verilog(core)
    assert asserts > 50
    assert verilog.count(") $stop;\n") == asserts
    assert verilog.count("`ifndef SYNTHESIS\n") == asserts


def test_synthesis_drops_every_assert(tmp_path, monkeypatch):
    (tmp_path / "guarded.il").write_text(to_rtlil(design()))
    for module in (widths, single_spike, rate, phase, recurrent_neurons, register_window):
        monkeypatch.setattr(module, "guard", lambda target, value: [])
    (tmp_path / "plain.il").write_text(to_rtlil(design()))
    assert "$check" not in (tmp_path / "plain.il").read_text()
    script = "; ".join(f"read_rtlil {name}.il; delete t:$check t:$print; prep -flatten; write_json {name}.json; "
                       "design -reset" for name in ("guarded", "plain"))
    assert toolchain.run("yosys", ["-q", "-p", script], tmp_path) == (0, "")
    guarded, plain = (Counter(cell["type"] for cell in json.loads((tmp_path / f"{name}.json").read_text())
                              ["modules"]["binspike"]["cells"].values()) for name in ("guarded", "plain"))
    assert guarded == plain
    assert guarded.total() > 300
