from amaranth.hdl import Value

from hw.cores.synapses.tick_words import TickWords
from quant.dataflow import cores
from tests.helpers.cores.bench import every_stall, observe, pattern, payload_shape, raw, split
from tests.helpers.cores.neuron_cores import neurons


def ticks_of(core, words, outputs, groups=1, stall=0.0):
    dut = TickWords(core, groups=groups)
    _, given = observe(dut, [raw(payload_shape(dut.i), word) for word in words], outputs, pattern(0, stall),
                       pattern(1, stall))
    assert len(Value.cast(dut.o.payload)) == core.channels * core.sum_width
    return [split(payload_shape(dut.o), value) for _, value in given]


@every_stall
def test_earliest_tick_first_and_a_partial_last_group(stall):
    core = neurons(cores.SerialNeurons, channels=2, ticks=3, steps=4)
    words = [(1, 2, 3, -1, -2, -3), (4, 99, 99, -4, 99, 99)] * 2
    assert ticks_of(core, words, 8, stall=stall) == [(1, -1), (2, -2), (3, -3), (4, -4)] * 2


def test_partial_group_of_every_channel_group():
    core = neurons(cores.SerialNeurons, groups=2, ticks=2, steps=3)
    assert ticks_of(core, [(1, 2), (3, 4), (5, 0), (6, 0)], 6, groups=2) == [(1,), (2,), (3,), (4,), (5,), (6,)]


def test_whole_groups():
    core = neurons(cores.SerialNeurons, ticks=2, steps=4)
    assert ticks_of(core, [(1, 2), (3, 4)] * 2, 8) == [(1,), (2,), (3,), (4,)] * 2
