# amaranth: UnusedElaboratable=no
"""Two networks in one design of plain Verilog: each computes its own."""

import random

import numpy as np
import pytest

from hw.accelerator import Accelerator
from hw.emit import manifest, to_verilog
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, SingleSpike
from quant.dataflow.folding import parse
from sim.compiled.simulator import Simulator
from sim.functional import network as functional
from tests.cocotb.runner import CACHE
from tests.helpers.networks import signs


def network(seed):
    """1 x 4 x 4 pixels, a convolution, a pool, three classes."""
    rng = random.Random(seed)
    neurons = [SingleSpike(threshold=[rng.randrange(1, 4) for _ in range(channels)]) for channels in (2, 3)]
    return Network(input_shape=(1, 4, 4), steps=4, layers=(
        Conv2d(weights=signs(rng, 2, 1, 3, 3), neurons=neurons[0], padding=1), FirstSpikePool(size=2), Flatten(),
        Dense(weights=signs(rng, 3, 8), neurons=neurons[1])))


NETWORKS = {"left": (network(1), parse("1,1,1 1,1,1")), "right": (network(2), parse("2,1,2 3,2,1"))}
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 1, 4, 4), np.uint8)
BOTH = """
module both (input clk, input rst, input [7:0] i__payload, input i__valid, output i__ready,
             output [{top_bit}:0] o__payload, output o__valid, input o__ready);
{cores}
    assign i__ready = {shown}_i_ready, o__payload = {shown}_o_payload, o__valid = {shown}_o_valid;
endmodule
"""
CORE = """\
    wire {name}_i_ready, {name}_o_valid;
    wire [{top_bit}:0] {name}_o_payload;
    {name} core_{name} (
        .clk(clk), .rst(rst), .i__payload(i__payload), .i__valid(i__valid), .i__ready({name}_i_ready),
        .o__payload({name}_o_payload), .o__valid({name}_o_valid), .o__ready(o__ready));
"""


@pytest.fixture(scope="module")
def cores():
    return {name: Accelerator(network, folding) for name, (network, folding) in NETWORKS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("shown", ["right", pytest.param("left", marks=pytest.mark.long)])
def test_each_of_two_cores_in_a_design_gives_its_own_results(tmp_path, cores, shown):
    top_bit = manifest(cores[shown])["ports"]["o__payload"]["width"] - 1
    texts = [to_verilog(core, name) for name, core in cores.items()]
    instances = "".join(CORE.format(name=name, top_bit=manifest(core)["ports"]["o__payload"]["width"] - 1)
                        for name, core in cores.items())
    both = BOTH.format(cores=instances, shown=shown, top_bit=top_bit)
    (tmp_path / "both.v").write_text("".join([*texts, both]))
    seen = Simulator.build(tmp_path / "both.v", manifest(cores[shown], "both"), CACHE).run(IMAGES.transpose(0, 2, 3, 1))
    due = functional.run(NETWORKS[shown][0], IMAGES)
    assert seen.results["potentials"].tolist() == due.potentials.tolist()
    assert seen.results["class_index"].tolist() == due.class_index.tolist()


def test_no_module_is_in_both(cores):
    modules = [{line.split()[1].split("(")[0] for line in to_verilog(core, name).splitlines()
                if line.startswith("module ")} for name, core in cores.items()]
    assert modules[0].isdisjoint(modules[1])
