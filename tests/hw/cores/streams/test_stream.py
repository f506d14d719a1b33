# amaranth: UnusedElaboratable=no
import re

import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator

from hw.accelerator import COMPONENTS, component
from hw.cores.streams.stream import counter, lanes_layout, pipe, potentials_layout, result_layout, sums_layout
from quant import Rate, SingleSpike, Step
from quant.dataflow import cores
from quant.description.spike_coding import Binary, Trains

NEURONS, RATES = SingleSpike(threshold=[1, 2], psp=Step()), Rate(threshold=[1, 2])
MAP = {"bit_planes": 5, "height": 3, "width": 3, "lanes": 2}
SERIAL = {"bit_planes": 5, "channels": 2, "groups": 1, "ticks": 2, "input_bound": 4, "neurons": NEURONS}
READOUT = cores.Readout(bit_planes=5, kind="first_spike", channels=2, groups=1, membrane_width=4)
ONE_OF_EACH = [
    cores.Encoder(bit_planes=5),
    cores.Pack(bit_planes=5, lanes=2, ratio=2),
    cores.RegisterSlice(bit_planes=5, lanes=2),
    cores.Unpack(bit_planes=5, lanes=4, ratio=2),
    cores.Pad(words=1, padding=1, **MAP),
    cores.RegisterWindow(size=2, stride=1, passes=2, **MAP),
    cores.MemoryWindow(size=2, stride=1, passes=2, words=1, **MAP),
    cores.Synapses(bit_planes=5, lanes=2, words=1, channels=2, groups=2, planes_per_pass=5, planes_outermost=False,
                   rom=(6, 9)),
    cores.IntegerSynapses(bit_planes=5, lanes=2, words=1, channels=2, groups=2, planes_per_pass=5,
                          planes_outermost=False, rom=(0x69, 0x5a), bits=2, bound=4, leaves=(1, 1, 1, 1)),
    cores.DepthwiseSynapses(bit_planes=5, lanes=2, words=1, channels=2, groups=1, planes_per_pass=5,
                            planes_outermost=False, rom=(6,), pixel=2, sources=((0,), (1,))),
    cores.IntegerDepthwiseSynapses(bit_planes=5, lanes=2, words=1, channels=2, groups=1, planes_per_pass=5, bits=2,
                                   planes_outermost=False, rom=(6,), pixel=2, sources=((0,), (1,)), bound=2,
                                   leaves=(1, 1, 1, 1)),
    cores.SerialNeurons(**SERIAL),
    cores.UnrolledNeurons(**SERIAL | {"ticks": 5}),
    cores.OutputNeurons(**SERIAL),
    cores.Current(bit_planes=8, spike_coding=Binary, channels=2, planes_per_pass=3, plane_bound=9, repeats=5),
    cores.RecurrentNeurons(**SERIAL | {"ticks": 1, "neurons": RATES}, spike_coding=Trains, positions=3, before=2,
                           fed=2, shift=0),
    cores.Fork(bit_planes=5, lanes=2, depth=4),
    cores.Queue(bit_planes=8, spike_coding=Binary, lanes=1, depth=4),
    cores.Join(bit_planes=5, spike_coding=Binary, channels=2, groups=1, ticks=1, words=5, gains=(1, 2), shift=0,
               before=4, input_bound=66),
    cores.Pool(groups=1, size=2, **MAP),
    cores.Credits(bit_planes=5, taken=cores.Core(bit_planes=5), taken_lanes=2, period=3, lanes=2, depth=4),
    cores.Copies(bit_planes=5, words=3, number=2, readout=READOUT),
    cores.Resize(width=4, height=2, channels=1, left=0, top=0, factor=2, output_shape=(1, 1, 2)),
    READOUT,
]
every_core = pytest.mark.parametrize("core", ONE_OF_EACH, ids=lambda core: type(core).__name__)


def test_every_core_is_here():
    assert {type(core) for core in ONE_OF_EACH} == set(COMPONENTS)


@pytest.mark.parametrize("core", [core for core in ONE_OF_EACH if not isinstance(core, cores.Credits)],
                         ids=lambda core: type(core).__name__)  # credits have a word for those that they let in alone
def test_valid_does_not_wait_for_ready(core):
    dut = component(core)
    seen = []

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for port in {"shortcut", "enters", "leaves"} & dut.signature.members.keys():
            given = dut.signature.members[port].flow is Out
            ctx.set(getattr(dut, port).ready if given else getattr(dut, port).valid, 1)
        for result in getattr(dut, "results", ()):
            ctx.set(result.valid, 1)
        for _ in range(60):
            seen.append((await ctx.tick().sample(dut.o.valid))[2])

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen[-1] == 1
    assert seen == sorted(seen)


def test_pipe_wrong_payload():
    message = "Cannot pipe payload unsigned(8) into signed(8)"
    source, sink = stream.Signature(unsigned(8)).create(), stream.Signature(signed(8)).flip().create()
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        pipe(Module(), source, sink)


def test_pipe_wrong_layout_of_the_same_width():
    core = ONE_OF_EACH[1]
    source, sink = (stream.Signature(lanes_layout(core, 2)).create(),
                    stream.Signature(data.ArrayLayout(unsigned(2), 3)).flip().create())
    with pytest.raises(TypeError, match=r"^Cannot pipe payload ArrayLayout\(unsigned\(3\), 2\) into "
                                        r"ArrayLayout\(unsigned\(2\), 3\)$"):
        pipe(Module(), source, sink)


def test_spike_times_hold_never():
    assert lanes_layout(cores.Encoder(bit_planes=8), 3) == data.ArrayLayout(unsigned(4), 3)


def test_first_declared_field_is_lowest():
    core = ONE_OF_EACH[-1]
    fields = {name: (field.offset, field.shape) for name, field in result_layout(core)}
    assert fields == {"class_index": (0, range(2)), "tick": (1, range(6)),
                      "potentials": (4, data.ArrayLayout(signed(4), 2))}


def test_sums_and_potentials_of_one_layer_have_the_widths_of_its_cores():
    serial = ONE_OF_EACH[[type(core) for core in ONE_OF_EACH].index(cores.SerialNeurons)]
    assert sums_layout(serial, serial.ticks) == data.ArrayLayout(data.ArrayLayout(signed(4), 2), 2)
    assert potentials_layout(serial).elem_shape == data.StructLayout({"potential": signed(4), "fired": 1})


@pytest.mark.parametrize(("length", "counted"), [(1, [0] * 5), (2, [0, 1, 0, 1, 0]), (3, [0, 1, 2, 0, 1])])
def test_counter_wraps(length, counted):
    m, used = Module(), Signal()
    at, last = counter(m, "at", length, Signal(init=1))
    m.d.sync += used.eq(1)  # a length of one needs no clock, the bench does
    seen = []

    async def bench(ctx):
        for _ in range(5):
            seen.append((await ctx.tick().sample(at, last))[2:])

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [(value, int(value == length - 1)) for value in counted]
