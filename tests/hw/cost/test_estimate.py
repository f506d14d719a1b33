import json
import random
import re

import pytest

from hw.accelerator import COMPONENTS, Accelerator
from hw.bitstream import toolchain
from hw.bitstream.flow import SYNTHESIS_OPTIONS
from hw.cost.area import size
from hw.cost.estimate import Part, estimate
from hw.cost.fabric import FABRICS, Size
from hw.emit import TOP, to_rtlil
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike
from quant.dataflow import cores, folding
from quant.dataflow.chain import chain
from quant.description.signs import SignTensor
from quant.timing import simulation as timing

ICE40, ECP5 = FABRICS["ice40"], FABRICS["ecp5"]


def layer(kind, *shape, **options):
    """A layer of random weights and different thresholds."""
    rng = random.Random(shape[0])
    weights = SignTensor.of(_random_signs(rng, shape))
    fan_in = weights.size // shape[0]
    return kind(weights=weights, neurons=SingleSpike(threshold=[rng.randint(1, fan_in) for _ in range(shape[0])]),
                **options)


def _random_signs(rng, shape):
    return [_random_signs(rng, shape[1:]) for _ in range(shape[0])] if shape else rng.choice([-1, 1])


@pytest.fixture(scope="module")
def network():
    return Network(input_shape=(1, 12, 12), steps=7, layers=[
        layer(Conv2d, 4, 1, 3, 3), FirstSpikePool(size=2), Flatten(), layer(Dense, 10, 100)])


FOLDING = folding.parse("2,9,1 2,10,1")


def test_cycles_are_those_of_the_exact_timing(network):
    guess = estimate(network, FOLDING, "ice40")
    cycles = timing.initiation_interval(chain(network, FOLDING), 144)
    assert (guess.cycles_per_image, guess.latency_cycles) == cycles


def test_parts_are_the_cores_of_the_chain(network):
    guess = estimate(network, FOLDING, "ecp5")
    assert [part.name for part in guess.parts] == [node.name for node in chain(network, FOLDING)]


@pytest.mark.parametrize("what", ["luts", "flip_flops", "block_rams"])
def test_totals_are_the_sums_of_the_parts(network, what):
    guess = estimate(network, FOLDING, "ice40")
    assert getattr(guess, what) == sum(getattr(part, what) for part in guess.parts)


def test_the_estimate_is_in_whole_numbers(network):
    assert all(isinstance(number, int) for part in estimate(network, FOLDING, "ice40").parts
               for number in (part.luts, part.flip_flops, part.block_rams))


def test_wrong_family(network):
    with pytest.raises(ValueError, match=r"^family must be one of ice40, ecp5, not 'xilinx'$"):
        estimate(network, FOLDING, "xilinx")


def test_wrong_folding(network):
    with pytest.raises(ValueError, match=r"^folding must have one fold for each of 2 layers with weights, not 1$"):
        estimate(network, FOLDING[:1], "ice40")


def test_every_core_has_a_cost_model():
    assert set(COMPONENTS) <= set(size.registry)


def test_unknown_core_is_refused():
    with pytest.raises(TypeError, match=r"^core must have a cost model, not Core\(steps=3, "):
        size(cores.Core(steps=3), ICE40)


def test_pack_is_flip_flops():
    assert size(cores.Pack(steps=7, lanes=4, ratio=4), ICE40).flip_flops == 48 + 2 + 1


def test_a_flip_flop_without_a_lut_takes_a_cell_on_ice40_only():
    pack = cores.Pack(steps=7, lanes=16, ratio=8)
    assert size(pack, ICE40).luts - size(pack, ECP5).luts == 16 * 8 * 3


@pytest.mark.parametrize(("width", "depth", "count"), [
    (16, 256, 1), (17, 256, 2), (8, 512, 1), (4, 1024, 1), (2, 2048, 1), (3, 2048, 2), (16, 512, 2), (48, 256, 3),
    (1, 4096, 1)])  # the halves of one that is too deep lie side by side
def test_ice40_block_ram_shapes(width, depth, count):
    assert ICE40.ram(width, depth, transparent=False).block_rams == count


@pytest.mark.parametrize(("width", "depth", "count"), [
    (36, 512, 1), (37, 512, 2), (18, 1024, 1), (9, 2048, 1), (4, 4096, 1), (1, 16384, 1)])
def test_ecp5_block_ram_shapes(width, depth, count):
    assert ECP5.rom(width, depth).block_rams == count


def test_a_written_word_is_padded_to_bytes_of_nine_on_ecp5():
    assert ECP5.rom(10, 3072).block_rams == 2
    assert ECP5.ram(10, 3072, transparent=False).block_rams == 3


def test_small_tables_are_gates():
    assert ICE40.rom(100, 4).block_rams == 0
    assert ICE40.rom(100, 32).block_rams == 0
    assert ICE40.rom(100, 128).block_rams == 7
    assert ECP5.rom(100, 16).block_rams == 0


def test_equal_columns_of_a_table_are_one():
    assert ICE40.rom(1000, 2).flip_flops == 2


def test_small_memories_are_lut_ram_on_ecp5():
    small = ECP5.ram(12, 48, transparent=True)
    assert small.block_rams == 0
    assert small.luts >= 9 * 6  # nine primitives of 16 words of four bits


def test_one_tick_keeps_no_state():
    neurons = cores.SerialNeurons(steps=1, channels=4, groups=1, ticks=1, input_bound=9,
                                  neurons=SingleSpike(threshold=[3] * 4, psp=Ramp()))
    sums, times, control = 4 * 5, 4, 2
    assert size(neurons, ICE40).flip_flops == sums + times + control


def test_sizes_add_and_repeat():
    assert Size(1, 2, 3) + Size(10, 20, 30) == Size(11, 22, 33)
    assert Size(1.5, 2, 3) * 2 == Size(3, 4, 6)


def test_part_is_plain_data():
    assert Part("readout", 1, 2, 3) == Part(name="readout", luts=1, flip_flops=2, block_rams=3)


@pytest.mark.slow
@pytest.mark.parametrize(("family", "device", "sites"), [
    ("ice40", ("--hx8k", "--package", "ct256"), ("ICESTORM_LC", "ICESTORM_RAM")),
    ("ecp5", ("--85k", "--package", "CABGA756"), ("TRELLIS_COMB", "DP16KD"))])
def test_estimate_is_close_to_what_the_tools_make(network, tmp_path, family, device, sites):
    (tmp_path / "top.il").write_text(to_rtlil(Accelerator(network, FOLDING)))
    script = (f"read_rtlil top.il; delete t:$check t:$print; synth_{family} {SYNTHESIS_OPTIONS[family]} -top {TOP}; "
              "check -assert; write_json top.json")
    assert toolchain.run("yosys", ["-q", "-p", script], tmp_path) == (0, "")
    _, log = toolchain.run(f"nextpnr-{family}", [*device, "--pack-only", "--json", "top.json"], tmp_path)
    luts, block_rams = (int(re.search(rf"{site}:\s*(\d+)/", log)[1]) for site in sites)
    cells = json.loads((tmp_path / "top.json").read_text())["modules"][TOP]["cells"].values()
    flip_flops = sum(cell["type"].startswith(("SB_DFF", "TRELLIS_FF")) for cell in cells)
    guess = estimate(network, FOLDING, family)
    assert guess.block_rams == block_rams
    assert abs(guess.luts - luts) <= luts // 10
    assert abs(guess.flip_flops - flip_flops) <= flip_flops // 10
