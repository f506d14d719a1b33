"""Synapses of several window positions at once, and whole networks that take several columns in a word."""

import numpy as np
import pytest

from hw.accelerator import component
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Phase, Rate, Shortcut, SingleSpike
from quant.dataflow import cores
from quant.dataflow.chain import chain, every, pixels_taken
from quant.dataflow.folding import fold_choices, parse, text
from quant.dataflow.lowering import stages, synaptic
from quant.dataflow.stage import Columns
from quant.description.spike_coding import Binary, Times, Trains
from quant.timing.simulation import initiation_interval
from tests.helpers.cores.bench import RATES, check, respond
from tests.helpers.cores.said import said
from tests.helpers.equality import everywhere


def core(fields, channels, planes_per_pass, lanes=6, bit_planes=3, spike_coding=Times, seed=0):
    rom = int.from_bytes(np.random.default_rng(seed).bytes(len(fields[0]) * channels // 8 + 1), "little")
    rom &= 2**(len(fields[0]) * channels) - 1
    return cores.ColumnSynapses(bit_planes=bit_planes, spike_coding=spike_coding, lanes=lanes, words=1,
                                channels=channels * len(fields), groups=1, planes_per_pass=planes_per_pass,
                                planes_outermost=False, rom=(rom,), fields=fields)


CORES = {"two positions": core(((0, 1, 3, 4), (1, 2, 4, 5)), 3, 3), "plane by plane": core(((0, 2), (2, 4)), 2, 1),
         "partial planes": core(((0, 2), (5, 4)), 2, 2), "trains": core(((0,), (3,), (5,)), 1, 3, spike_coding=Trains),
         "numbers": core(((0, 1, 2), (3, 4, 5)), 1, 3, bit_planes=8, spike_coding=Binary)}


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("name", CORES)
def test_words_and_cycles_are_as_predicted(name, stall):
    described = CORES[name]
    words = np.random.default_rng(1).integers(0, 2**described.lane_width, (3 * described.passes, described.lanes))
    check(described, list(map(tuple, words.tolist())), stall=stall)


def test_sums_of_each_position_by_hand():
    described = cores.ColumnSynapses(bit_planes=1, spike_coding=Trains, lanes=3, words=1, channels=4, groups=1,
                                     planes_per_pass=1, planes_outermost=False, rom=(0b1101,), fields=((0, 1), (1, 2)))
    # weights of channel 0: +1 -1, of channel 1: +1 +1
    assert respond(described, [(1, 1, 0), (0, 0, 1), (1, 1, 1)], 3) == [(0, 2, 1, 1), (0, 0, -1, 1), (0, 2, 0, 2)]


def test_no_use_of_a_spike_holds_all_of_them():
    small, large = (said(component(core((range(width), range(width)), 2, 1, lanes=width))) for width in (100, 200))
    assert large < 2.5 * small


def signs(rng, *shape):
    return rng.choice([-1, 1], shape)


def convolution(size, stride, padding, width, channels=1, height=5):
    rng = np.random.default_rng(0)
    layers = [Conv2d(weights=signs(rng, 2, channels, size, size), neurons=SingleSpike(threshold=[1, 2]), stride=stride,
                     padding=padding), Flatten()]
    rows, columns = ((extent + 2 * padding - size) // stride + 1 for extent in (height, width))
    layers.append(Dense(weights=signs(rng, 3, 2 * rows * columns), neurons=SingleSpike(threshold=[1, 2, 3])))
    return Network(input_shape=(channels, height, width), steps=3, layers=tuple(layers))


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("stride", range(1, 4))
@pytest.mark.parametrize("padding", range(4))
def test_every_position_looks_at_the_pixels_of_its_window(size, stride, padding):
    checked = 0
    for width in range(max(size, 2), 29):
        for at_once in range(2, width + 1):
            columns = Columns(at_once=at_once, size=size, stride=stride, padding=padding, width=width,
                              width_out=(width + 2 * padding - size) // stride + 1)
            if width % at_once or at_once % stride or not columns.fits:
                continue
            seen = []  # columns of the map, of the synapses of a row, of each position
            for word in range(columns.row - columns.kernel + 1):
                seen += [[(word - columns.left) * at_once + lane for lane in field[:size]]
                         for field in columns.fields(1)]
            assert seen == [[at * stride - padding + x for x in range(size)] for at in range(columns.width_out)]
            checked += 1
    assert checked or (size % 2 == 0 and stride == 1)  # rows of an odd number of positions


def test_a_convolution_of_the_shipped_kind_takes_two_or_four_columns_but_not_seven():
    assert stages(convolution(5, 1, 0, 28))[0].column_choices == [1, 2, 4]
    assert stages(convolution(5, 1, 2, 28))[0].column_choices == [1, 2, 4, 7, 14, 28]
    assert stages(convolution(5, 2, 0, 28))[0].column_choices == [1, 2, 4]


NETWORKS = {}


def network(name):
    return lambda make: NETWORKS.setdefault(name, make)


@network("two convolutions and pools")
def pooled():
    rng = np.random.default_rng(0)
    return Network(input_shape=(1, 12, 12), steps=4, layers=(
        Conv2d(weights=signs(rng, 3, 1, 3, 3), neurons=SingleSpike(threshold=[1, 2, 3]), padding=1),
        FirstSpikePool(size=2),
        Conv2d(weights=signs(rng, 4, 3, 3, 3), neurons=SingleSpike(threshold=[1, 2, 3, 4])), FirstSpikePool(size=2),
        Flatten(), Dense(weights=signs(rng, 5, 16), neurons=SingleSpike(threshold=[1, 2, 3, 4, 5]))))


@network("two channels, stride 2, rates, a pool that no word holds")
def strided():
    rng = np.random.default_rng(1)
    return Network(input_shape=(2, 7, 12), steps=3, readout="count", layers=(
        Conv2d(weights=signs(rng, 2, 2, 2, 2), neurons=Rate(threshold=[1, 2]), stride=2), FirstSpikePool(size=3),
        Flatten(), Dense(weights=signs(rng, 3, 4), neurons=Rate(threshold=[1, 2, 1]))))


@network("phase neurons in front of a shortcut")
def numbers():
    rng = np.random.default_rng(2)
    return Network(input_shape=(1, 6, 8), steps=3, coding="direct", readout="potential", layers=(
        Conv2d(weights=signs(rng, 2, 1, 3, 3), neurons=Phase(threshold=[60, 40], bias=[3, -2]), padding=1),
        Conv2d(weights=signs(rng, 2, 2, 3, 3), neurons=Phase(threshold=[4, 3]), padding=1,
               shortcut=Shortcut(source=1, gain=(2, 3), shift=1)),
        Flatten(), Dense(weights=signs(rng, 3, 96), neurons=Rate(threshold=[9, 9, 9]))))


FOLDINGS = [("two convolutions and pools", "3,9,4,2 4,27,1,2 1,16,1"),
            ("phase neurons in front of a shortcut", "2,9,8,4 1,18,2 3,96,1"),
            *(pytest.param(*more, marks=pytest.mark.long) for more in (
                ("two convolutions and pools", "3,9,4,4 2,27,4 5,4,4"),
                ("two convolutions and pools", "3,9,1,12 1,3,1 1,4,1"),
                ("two convolutions and pools", "3,9,4,4 4,27,2,2 1,16,1 x2"),
                ("two channels, stride 2, rates, a pool that no word holds", "2,8,3,4 1,2,1")))]


@pytest.mark.parametrize(("name", "fold"), FOLDINGS)
def test_whole_networks_by_everything_that_computes_them(name, fold, tmp_path):
    net = NETWORKS[name]()
    images = np.random.default_rng(3).integers(0, 256, (4, *net.input_shape), np.uint8)
    everywhere(net, parse(fold), images * (images > 99), tmp_path)


def test_words_of_several_columns_take_as_many_times_fewer_cycles():
    net = pooled()
    intervals = [initiation_interval(chain(net, parse(fold)), 144)[0]
                 for fold in ("3,9,4 4,27,4 5,16,1", "3,9,4,2 4,27,4,2 5,16,1", "3,9,4,4 4,27,4,2 5,16,1")]
    assert intervals == [14 * 14, 14 * 8, 14 * 5]  # with the border
    assert pixels_taken(chain(net, parse("3,9,4 4,27,4 5,16,1"))) == 1
    assert pixels_taken(chain(net, parse("3,9,4,4 4,27,4 5,16,1"))) == 4


@pytest.mark.parametrize(("fold", "message"), [
    ("3,9,4,5 4,27,4 5,16,1", "columns must be one of 1, 2, 3, 4, 6, 12, not 5"),
    ("3,9,4,0 4,27,4 5,16,1", "columns must be in 1..12, not 0"),
    ("1,9,4,2 4,27,4 5,16,1", "columns must be 1 where not all 3 channels and 9 synapses are computed at once, not 2"),
    ("3,9,4,2 4,3,4,2 5,16,1", "columns must be 1 where not all 4 channels and 27 synapses"),
    ("3,9,4,2 4,27,4 5,16,1,2", "columns must be in 1..1, not 2")])
def test_columns_that_a_stage_cannot_take_are_refused(fold, message):
    with pytest.raises(ValueError, match=message):
        chain(pooled(), parse(fold))


def test_stages_inside_a_shortcut_or_with_one_take_one_column():
    first, inside, last = synaptic(numbers())
    assert (len(first.column_choices) > 1, inside.column_choices, last.column_choices) == (True, [1], [1])
    assert {fold.columns for fold in fold_choices(inside)} == {1}


def test_text_is_read_back():
    assert text(parse("3,9,4,2 4,27,4 5,16,1 x2")) == "3,9,4,2 4,27,4 5,16,1 x2"


def test_a_narrow_stream_is_gathered_in_front():
    names = [node.name for node in every(chain(pooled(), parse("3,9,4,2 4,27,4 5,16,1"), narrow=True))]
    assert names[:2] == ["gather", "encoder"]
