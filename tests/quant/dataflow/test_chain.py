import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Network, Ramp, Rate, SingleSpike
from quant.dataflow import cores
from quant.dataflow.chain import chain, every
from quant.dataflow.folding import folded, parse, unrolled
from quant.description.spike_coding import Trains
from sim.cycle.wires import widths
from tests.helpers.strategies import foldings, networks


def ones(*shape):
    return [ones(*shape[1:]) for _ in range(shape[0])] if shape else 1


def neurons(channels):
    return SingleSpike(threshold=[1] * channels, psp=Ramp())


NETWORK = Network(input_shape=(2, 4, 4), steps=5, readout="potential", layers=(
    Conv2d(weights=ones(6, 2, 3, 3), neurons=neurons(6), padding=1), FirstSpikePool(size=2),
    Conv2d(weights=ones(4, 6, 2, 2), neurons=neurons(4)), Flatten(),
    Dense(weights=ones(3, 4), neurons=neurons(3))))


def built(folding):
    return {node.name: node.core for node in every(chain(NETWORK, parse(folding)))}


def test_folded_chain():
    assert [(node.name, type(node.core)) for node in every(chain(NETWORK, folded(NETWORK)))] == [
        ("encoder", cores.Encoder), ("encoder_slice", cores.RegisterSlice),
        ("conv2d0_pad", cores.Pad), ("conv2d0_window", cores.MemoryWindow),
        ("conv2d0_window_slice", cores.RegisterSlice), ("conv2d0_synapses", cores.Synapses),
        ("conv2d0_neurons", cores.SerialNeurons), ("conv2d0_slice", cores.RegisterSlice),
        ("first_spike_pool1", cores.Pool),
        ("conv2d2_window", cores.MemoryWindow), ("conv2d2_window_slice", cores.RegisterSlice),
        ("conv2d2_synapses", cores.Synapses), ("conv2d2_neurons", cores.SerialNeurons),
        ("conv2d2_slice", cores.RegisterSlice),
        ("dense4_window", cores.MemoryWindow), ("dense4_window_slice", cores.RegisterSlice),
        ("dense4_synapses", cores.Synapses),
        ("dense4_neurons", cores.OutputNeurons), ("readout", cores.Readout)]


def test_unrolled_chain():
    assert [(node.name, type(node.core)) for node in every(chain(NETWORK, unrolled(NETWORK)))] == [
        ("encoder", cores.Encoder), ("encoder_slice", cores.RegisterSlice), ("conv2d0_pack", cores.Pack),
        ("conv2d0_pad", cores.Pad), ("conv2d0_window", cores.RegisterWindow), ("conv2d0_credits", cores.Credits),
        ("conv2d0_synapses", cores.Synapses), ("conv2d0_neurons", cores.UnrolledNeurons),
        ("first_spike_pool1", cores.Pool),
        ("conv2d2_window", cores.RegisterWindow), ("conv2d2_credits", cores.Credits),
        ("conv2d2_synapses", cores.Synapses), ("conv2d2_neurons", cores.UnrolledNeurons),
        ("dense4_window", cores.RegisterWindow), ("dense4_synapses", cores.Synapses),
        ("dense4_neurons", cores.OutputNeurons), ("readout", cores.Readout)]


def test_widths_without_a_common_divisor_go_through_the_greatest_one():
    nodes = built("6,2,1 1,3,1 1,1,1")
    assert nodes["conv2d2_unpack"] == cores.Unpack(bit_planes=5, lanes=6, ratio=2)
    nodes = built("2,2,1 4,3,1 1,2,1")
    assert nodes["conv2d2_unpack"] == cores.Unpack(bit_planes=5, lanes=2, ratio=2)
    assert nodes["conv2d2_pack"] == cores.Pack(bit_planes=5, lanes=1, ratio=3)
    assert nodes["dense4_unpack"] == cores.Unpack(bit_planes=5, lanes=4, ratio=2)


def recurrent(steps=3):
    layer = Conv2d(weights=ones(4, 1, 2, 2), neurons=Rate(threshold=[5] * 4),
                   feedback=Feedback(weights=ones(4, 4, 3, 3), shift=2))
    return Network(input_shape=(1, 3, 4), steps=steps, coding="direct", readout="count", layers=(
        layer, Flatten(), Dense(weights=ones(2, 24), neurons=Rate(threshold=[9] * 2))))


def test_chain_with_a_loop():
    nodes = chain(recurrent(), parse("2,1,8 2,4,1 2,1,3"))
    assert [(node.name, type(node.core)) for node in nodes[:7]] == [
        ("encoder", cores.Encoder), ("encoder_slice", cores.RegisterSlice), ("conv2d0_window", cores.MemoryWindow),
        ("conv2d0_window_slice", cores.RegisterSlice), ("conv2d0_synapses", cores.Synapses),
        ("conv2d0_current", cores.Current), ("conv2d0_neurons", cores.RecurrentNeurons)]
    assert [(node.name, type(node.core)) for node in nodes[6].enclosed] == [
        ("conv2d0_feedback_pack", cores.Pack), ("conv2d0_feedback_pad", cores.Pad),
        ("conv2d0_feedback_window", cores.MemoryWindow), ("conv2d0_feedback_window_slice", cores.RegisterSlice),
        ("conv2d0_feedback_synapses", cores.Synapses)]
    assert nodes[5].core.repeats == 1
    assert nodes[6].core == cores.RecurrentNeurons(
        bit_planes=3, spike_coding=Trains, channels=2, groups=2, ticks=1, input_bound=4 * 255 + (36 << 2), positions=6,
        before=4 * 255,
        fed=36, shift=2, neurons=Rate(threshold=[5] * 4))
    assert nodes[6].core.places == 12
    assert nodes[6].core.depth == 16
    assert nodes[6].enclosed[2].core.passes == nodes[6].enclosed[4].core.groups == 2


def test_in_a_single_tick_there_is_no_loop():
    nodes = list(every(chain(recurrent(steps=1), parse("2,1,8 2,1,1"))))
    assert not any("feedback" in node.name for node in nodes)
    assert {type(node.core) for node in nodes} >= {cores.SerialNeurons, cores.Current}


def test_serial_neurons_where_a_pass_takes_as_long_as_the_ticks():
    def layer(synapses):
        network = Network(input_shape=(4, 1, 1), steps=2, layers=(
            Dense(weights=ones(1, 4), neurons=neurons(1)), Dense(weights=ones(1, 1), neurons=neurons(1))))
        nodes = chain(network, parse(f"1,{synapses},2 1,1,1"))
        return {node.name: type(node.core) for node in every(nodes)}["dense0_neurons"]

    assert [layer(synapses) for synapses in (1, 2, 4)] == [
        cores.SerialNeurons, cores.SerialNeurons, cores.UnrolledNeurons]


def test_rom_holds_a_word_for_each_group_and_part_of_the_fan_in():
    weights = [[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, -1, -1], [1, 1, 1, 1]]
    network = Network(input_shape=(4, 1, 1), steps=2, layers=(Dense(weights=weights, neurons=neurons(4)),))
    nodes = {node.name: node.core for node in every(chain(network, parse("2,2,1")))}
    # lane 0 of channel 0 is the lowest bit
    assert nodes["dense0_synapses"].rom == (0b00_01, 0b01_11, 0b11_11, 0b11_00)


def test_passes_of_a_window_are_groups_times_plane_groups():
    assert built("2,1,2 1,1,1 1,1,1")["conv2d0_window"].passes == 3 * 3


def test_padding_widens_the_window():
    window = built("1,1,1 1,1,1 1,1,1")["conv2d0_window"]
    assert (window.height, window.width, window.words, window.positions) == (6, 6, 2, 16)


def test_readout_has_the_membrane_of_the_last_layer():
    nodes = built("1,1,1 1,1,1 1,1,1")
    assert nodes["readout"] == cores.Readout(bit_planes=5, kind="potential", channels=1, groups=3, membrane_width=6)
    assert nodes["dense4_neurons"].membrane_width == 6  # +-20, and 21 for a threshold above


def test_wrong_folding():
    with pytest.raises(ValueError, match=r"^folding must have one fold for each of 3 layers with weights, not 0$"):
        chain(NETWORK, ())


def lanes_in(core):
    if isinstance(core, cores.RecurrentNeurons):
        return [core.taken_width] * core.channels
    if isinstance(core, cores.Credits):
        return [core.taken.lane_width] * core.taken_lanes
    if isinstance(core, cores.NeuronCore):
        return [core.sum_width] * (core.channels * core.ticks)
    if isinstance(core, cores.Current):
        return [core.plane_width] * (core.channels * core.planes_per_pass)
    if isinstance(core, cores.Join):
        return [core.taken_width] * (core.channels * core.ticks)
    if isinstance(core, cores.Readout):
        return [core.membrane_width, 1] * core.channels
    return [core.lane_width] * core.lanes


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_each_core_takes_what_the_one_before_gives(data):
    network = data.draw(networks())
    nodes = chain(network, data.draw(foldings(network)))
    rows = [nodes, *(node.enclosed for node in every(nodes) if node.enclosed)]
    for source, sink in (pair for row in rows for pair in zip(row, row[1:], strict=False)):
        assert widths(source.core) == lanes_in(sink.core)
    for node in every(nodes):
        if isinstance(node.core, cores.RecurrentNeurons):
            assert lanes_in(node.enclosed[0].core) == [1] * node.core.channels
            assert widths(node.enclosed[-1].core) == [node.core.fed_width] * node.core.channels
        if isinstance(node.core, cores.Credits):
            assert lanes_in(node.enclosed[0].core) == lanes_in(node.core)
            assert widths(node.enclosed[-1].core) == widths(node.core)
    ends = {node.name: node.core for node in nodes}
    for node in nodes:
        assert not node.fork or widths(ends[node.fork]) == [node.core.lane_width] * node.core.channels


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_names_are_unique(data):
    network = data.draw(networks())
    names = [node.name for node in every(chain(network, data.draw(foldings(network))))]
    assert len(set(names)) == len(names)
