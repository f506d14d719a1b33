import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.cores import spike_coding as gates
from quant.dataflow import cores
from quant.description.spike_coding import SPIKE_CODINGS, Binary, TicksLeft, Times, Trains

every_code = pytest.mark.parametrize("code", SPIKE_CODINGS.values(), ids=list(SPIKE_CODINGS))


def values(code, planes):
    """All values of a lane."""
    return range(planes + 1) if code is Times else range(2**planes)


@pytest.mark.parametrize(("code", "value", "expected"), [
    (Times, 2, [0, 0, 1, 0]), (Times, 4, [0, 0, 0, 0]),
    (Trains, 0b0101, [1, 0, 1, 0]), (Trains, 0b1000, [0, 0, 0, 1]),
    (Binary, 0b0101, [0, 1, 0, 1]), (Binary, 0b1000, [1, 0, 0, 0]), (TicksLeft, 0b0101, [0, 1, 0, 1])])
def test_planes_by_hand(code, value, expected):
    assert [code.spikes(value, 4, plane) for plane in range(4)] == expected


@every_code
def test_a_silent_value_has_no_spike_and_the_width_holds_all(code):
    for planes in (1, 2, 5):
        assert not any(code.spikes(code.silent(planes), planes, plane) for plane in range(planes))
        assert max(values(code, planes)).bit_length() == code.width(planes)


@pytest.mark.parametrize(("code", "expected"), [(Times, 2), (Trains, 0b111), (Binary, 5), (TicksLeft, 5)])
def test_pooled_by_hand(code, expected):
    assert code.pooled([5, 2, 3]) == expected


def test_planes_of_ticks():
    assert [[code.planes(steps) for steps in (1, 3, 15)] for code in (Times, Trains, Binary)] == [[1, 3, 15]] * 3
    assert [TicksLeft.planes(steps) for steps in (1, 3, 15, 255)] == [1, 2, 4, 8]


@pytest.mark.parametrize("steps", [2, 4, 14, 16])
def test_ticks_left_must_fill_their_digits(steps):
    with pytest.raises(ValueError, match=f"^number of ticks must be one less than a power of two, .*, not {steps}$"):
        TicksLeft.planes(steps)


def computed(build, inputs):
    """Outputs of gates for the inputs, given as tuples of integers; ``build`` makes the gates for signals of 8 bits."""
    m, signals = Module(), [Signal(8, name=f"i{i}") for i in range(len(inputs[0]))]
    out, found = Signal(16), []
    m.d.comb += out.eq(build(*signals))

    async def bench(ctx):
        for numbers in inputs:
            for signal, value in zip(signals, numbers, strict=True):
                ctx.set(signal, value)
            await ctx.delay(1e-9)
            found.append(ctx.get(out))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@every_code
@pytest.mark.parametrize("planes", [1, 3, 4])
def test_gates_read_every_plane(code, planes):
    core = cores.Pad(bit_planes=planes, spike_coding=code, lanes=1, words=1, height=1, width=1, padding=1,
                     left=1, right=1)
    inputs = [(value, plane) for value in values(code, planes) for plane in range(planes)]
    expected = [code.spikes(value, planes, plane) for value, plane in inputs]
    assert computed(lambda lane, plane: gates.spikes(core, lane[:core.lane_width], plane[:3]), inputs) == expected
    for fixed in range(planes):
        assert computed(lambda lane, fixed=fixed: gates.spikes(core, lane[:core.lane_width], fixed),
                        [(value,) for value in values(code, planes)]) == [
                            code.spikes(value, planes, fixed) for value in values(code, planes)]


@every_code
def test_gates_pool(code):
    core = cores.Pool(bit_planes=3, spike_coding=code, lanes=1, groups=1, height=2, width=2, size=2)
    inputs = [(new, old, first) for new in values(code, 3) for old in values(code, 3) for first in (0, 1)]
    found = computed(lambda new, old, first: gates.pooled(core, new[:core.lane_width], old[:core.lane_width], first[0]),
                     inputs)
    assert found == [new if first else code.pooled([new, old]) for new, old, first in inputs]


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(fires=st.lists(st.booleans(), min_size=1, max_size=6), code=st.sampled_from(list(SPIKE_CODINGS.values())))
def test_gates_fill_a_lane_tick_by_tick(fires, code):
    steps = len(fires)
    core = cores.Core(bit_planes=steps, spike_coding=code)
    lane = core.silent
    for tick, fired in enumerate(fires):
        lane, = computed(lambda held, now, tick=tick: gates.following(core, held[:core.lane_width], now[0], tick),
                         [(lane, fired)])
    assert [code.spikes(lane, steps, tick) for tick in range(steps)] == [
        fired and not (code is Times and any(fires[:tick])) for tick, fired in enumerate(fires)]
