import random

import pytest

from hw.accelerator import COMPONENTS, Accelerator
from hw.bitstream.packed import pack
from hw.cost.area import size
from hw.cost.estimate import Part, estimate
from hw.emit import to_rtlil
from hw.families import ECP5, ICE40
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike
from quant.dataflow import chain as dataflow
from quant.dataflow import cores, folding
from quant.dataflow.chain import chain
from quant.dataflow.cores.resize import parse
from quant.description.signs import SignTensor
from quant.timing import simulation as timing
from tests.helpers.builds import every
from tests.helpers.networks import small


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
    guess = estimate(network, FOLDING, ICE40)
    cycles = timing.initiation_interval(chain(network, FOLDING), 144)
    assert (guess.cycles_per_image, guess.latency_cycles) == cycles


def test_parts_are_the_cores_of_the_chain(network):
    guess = estimate(network, FOLDING, ECP5)
    assert [part.name for part in guess.parts] == [node.name for node in dataflow.every(chain(network, FOLDING))]


@pytest.mark.parametrize("what", ["luts", "flip_flops", "block_rams"])
def test_totals_are_the_sums_of_the_parts(network, what):
    guess = estimate(network, FOLDING, ICE40)
    assert getattr(guess, what) == sum(getattr(part, what) for part in guess.parts)


def test_the_estimate_is_in_whole_numbers(network):
    assert all(isinstance(number, int) for part in estimate(network, FOLDING, ICE40).parts
               for number in (part.luts, part.flip_flops, part.block_rams))


def test_wrong_folding(network):
    with pytest.raises(ValueError, match=r"^folding must have one fold for each of 2 layers with weights, not 1$"):
        estimate(network, FOLDING[:1], ICE40)


def test_every_core_has_a_cost_model():
    assert set(COMPONENTS) <= set(size.registry)


def test_unknown_core_is_refused():
    with pytest.raises(TypeError, match=r"^core must have a cost model, not Core\(bit_planes=3, "):
        size(cores.Core(bit_planes=3), ICE40.fabric)


def sums_of(leaves, words=1, bits=3):
    """LUTs of synapses of several bits whose average channel has so many wired digits."""
    return size(cores.IntegerSynapses(
        bits=bits, bound=60, leaves=leaves, bit_planes=7, lanes=20, words=words, channels=4, groups=1,
        planes_per_pass=7, planes_outermost=False, rom=(0,) * words), ICE40.fabric).luts


def test_wired_weights_take_the_digits_that_they_have():
    none, few, many = sums_of((0,) * 6), sums_of((3, 2, 0, 3, 2, 0)), sums_of((6, 4, 2, 6, 4, 2))
    assert none < few < many
    assert sums_of((0,) * 6, words=2) == sums_of((9,) * 6, words=2)  # stored ones take all
    assert sums_of((), words=2, bits=2) < sums_of((), words=2, bits=3)


def test_pack_is_flip_flops():
    assert size(cores.Pack(bit_planes=7, lanes=4, ratio=4), ICE40.fabric).flip_flops == 48 + 2 + 1


def test_a_flip_flop_without_a_lut_takes_a_cell_on_ice40_only():
    pack = cores.Pack(bit_planes=7, lanes=16, ratio=8)
    assert size(pack, ICE40.fabric).luts - size(pack, ECP5.fabric).luts == 16 * 8 * 3


def test_one_tick_keeps_no_state():
    neurons = cores.SerialNeurons(bit_planes=1, channels=4, groups=1, ticks=1, input_bound=9,
                                  neurons=SingleSpike(threshold=[3] * 4, psp=Ramp()))
    sums, compared, times, control = 4 * 5, 4 * neurons.membrane_width, 4, 4
    assert size(neurons, ICE40.fabric).flip_flops == sums + compared + times + control


def test_part_is_plain_data():
    assert Part("readout", 1, 2, 3) == Part(name="readout", luts=1, flip_flops=2, block_rams=3)


@pytest.mark.parametrize("family", every(lambda family: [pytest.mark.slow if family == ECP5 else pytest.mark.long]))
def test_estimate_is_close_to_what_the_tools_make(network, tmp_path, family):
    made = pack(to_rtlil(Accelerator(network, FOLDING), "top"), family, tmp_path)
    guess = estimate(network, FOLDING, family)
    assert guess.block_rams == made.block_rams
    assert abs(guess.luts - made.luts) <= made.luts // 10
    assert abs(guess.flip_flops - made.flip_flops) <= made.flip_flops // 10


def test_pictures_of_a_camera_are_timed_and_take_more(network):
    picture = parse("30x24x3/2", network.input_shape)
    plain, guess = (estimate(network, FOLDING, ICE40, resize=each) for each in (None, picture))
    nodes = chain(network, FOLDING, picture)
    assert (guess.cycles_per_image, guess.latency_cycles) == timing.initiation_interval(nodes, 30 * 24 * 3)
    assert guess.cycles_per_image >= 30 * 24 * 3 > plain.cycles_per_image
    assert guess.parts == (Part("resize", *(getattr(guess, what) - getattr(plain, what) for what in (
        "luts", "flip_flops", "block_rams"))), *plain.parts)


@pytest.mark.parametrize("reload", [False, True])
@pytest.mark.long
def test_the_estimate_of_resize_is_close(network, tmp_path, reload):
    design = Accelerator(network, FOLDING, resize=parse("30x24x3/2", network.input_shape), reload=reload)
    made = pack(to_rtlil(design, "top"), ICE40, tmp_path)
    guess = estimate(network, FOLDING, ICE40, resize=parse("30x24x3/2", network.input_shape), reload=reload)
    assert abs(guess.luts - made.luts) <= made.luts // 10
    assert abs(guess.flip_flops - made.flip_flops) <= made.flip_flops // 10


@pytest.mark.long
def test_the_estimate_of_a_core_that_takes_other_networks_is_close(tmp_path):
    network, chosen = small(1), folding.parse("2,2,1 3,2,4 5,2,1")
    made = pack(to_rtlil(Accelerator(network, chosen, reload=True), "top"), ICE40, tmp_path)
    plain, guess = (estimate(network, chosen, ICE40, reload=reload) for reload in (False, True))
    assert guess.block_rams == made.block_rams > plain.block_rams
    assert abs(guess.luts - made.luts) <= made.luts // 10
    assert abs(guess.flip_flops - made.flip_flops) <= made.flip_flops // 10
