import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.accelerator import Accelerator
from hw.cores.streams.event_frames import EventFrames, event_layout
from image_sets.events.binning import Binning
from image_sets.events.recording import Recording
from quant import Conv2d, Dense, Flatten, Network, Rate
from quant.dataflow import cores
from quant.dataflow.cores.event_frames import parse
from quant.dataflow.folding import folded
from quant.timing.simulation import always
from sim.cycle.event_frames import transfers
from sim.functional.event_frames import event_frames
from sim.functional.network import run
from tests.helpers.cores.bench import RATES, every_stall, observe, pattern
from tests.helpers.refusals import refused


def events(core, count, seed, gap):
    """Events at random places and times, of which some are the last of a recording."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, core.width, count), rng.integers(0, core.height, count)
    time = np.cumsum(rng.integers(0, gap + 1, count)) + rng.integers(0, 2**32)
    last = rng.random(count) < 0.1
    last[-1] = True
    return np.stack([x, y, rng.integers(0, 2, count), time % 2**32, last], 1).tolist()


def words(core, given):
    names = ("x", "y", "polarity", "time", "last")
    return [event_layout(core).const(dict(zip(names, event, strict=True))).as_bits() for event in given]


def check(core, count=40, seed=0, gap=9, stall=0.0):
    """Random events through the hardware: values as of the functional model, cycles as of the cycle model."""
    given = events(core, count, seed, gap)
    due = [value for image in event_frames(core, given) for value in image]
    source, sink = (always, always) if not stall else (pattern(seed, stall), pattern(seed + 1, stall))
    taken, got = observe(EventFrames(core), words(core, given), len(due), source, sink)
    assert [value for _, value in got] == due
    assert (taken, [cycle for cycle, _ in got]) == transfers(core, given, len(due), source, sink)


def core(**fields):
    return cores.EventFrames(**{"width": 5, "height": 4, "rows": 4, "columns": 5, "ticks": 3, "window": 20} | fields)


@every_stall
@pytest.mark.parametrize("fields", [
    {}, {"window": None, "count": 4}, {"window": None, "count": 1, "ticks": 1, "rows": 1},
    {"factor": 2, "rows": 2, "columns": 2, "left": 1, "ticks": 8, "window": 3}, {"top": 2, "rows": 1, "columns": 3}],
    ids=["time", "count", "an event an image", "boxes", "part"])
def test_agrees_with_models(fields, stall):
    check(core(**fields), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), rows=st.integers(1, 3), columns=st.integers(1, 3), factor=st.sampled_from([1, 2, 4]),
       ticks=st.integers(1, 8), length=st.integers(1, 30), by=st.sampled_from(["window", "count"]),
       stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_frames_agree_with_models(data, rows, columns, factor, ticks, length, by, stall, seed):
    left, top = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    check(cores.EventFrames(width=left + columns * factor + data.draw(st.integers(0, 3)), left=left, top=top,
                            height=top + rows * factor + data.draw(st.integers(0, 3)), factor=factor, rows=rows,
                            columns=columns, ticks=ticks, **{by: length}), stall=stall, seed=seed,
          gap=data.draw(st.sampled_from([1, 9, 60])), count=25)


def test_an_event_in_three_cycles_and_an_image_two_cycles_behind_its_last():
    small = core(rows=1, columns=1, width=1, height=1, ticks=2, window=10)
    given = [(0, 0, 1, 100, 0), (0, 0, 0, 112, 0), (0, 0, 0, 113, 1)]
    taken, got = observe(EventFrames(small), words(small, given), 2)
    assert small.start == 8
    assert taken == [8 + 2, 8 + 6, 8 + 9]  # a tick ends in cycle 8 + 3
    assert got == [(8 + 12, 0b10), (8 + 13, 0b01)]


@pytest.mark.parametrize("options", [{"window": 25}, {"count": 6}])
def test_images_are_those_of_the_host(options):
    frames = core(**{"window": None, "factor": 2, "rows": 2, "columns": 2, "top": 1} | options)
    given = events(frames, 60, 3, 9)
    given = [(*event[:4], index == 59) for index, event in enumerate(given)]
    x, y, polarity, time = np.array(given)[:, :4].T
    recording = Recording(x=x, y=y, polarity=polarity, time=(time - time[0]) % 2**32, sensor=(4, 5))
    host = Binning(ticks=3, size=(2, 2), factor=2, corner=(1, 0), **options).images(recording)
    assert list(event_frames(frames, given)) == host.transpose(0, 2, 3, 1).reshape(len(host), -1).tolist()


def test_a_network_behind_event_frames():
    signs = np.random.default_rng(2).choice([-1, 1], 40).tolist()
    network = Network(input_shape=(2, 3, 4), steps=3, coding="events", readout="count", layers=(
        Conv2d(weights=np.array(signs[:16]).reshape(2, 2, 2, 2).tolist(), neurons=Rate(threshold=[1, 2])), Flatten(),
        Dense(weights=np.array(signs[16:]).reshape(2, 12).tolist(), neurons=Rate(threshold=[1, 1]))))
    frames = parse("10x8/2+1+1,count=6", network.input_shape, network.steps)
    sent = events(frames, 90, 4, 9)
    images = np.array(list(event_frames(frames, sent)), np.uint8).reshape(-1, 3, 4, 2).transpose(0, 3, 1, 2)
    design = Accelerator(network, folded(network), events=frames)
    due = run(network, images)
    _, found = observe(design, words(frames, sent), len(images), pattern(1, 0.3), pattern(2, 0.3))
    layout = design.o.payload.shape()
    results = [layout.from_bits(word) for _, word in found]
    assert len(images) > 5
    assert [each.class_index for each in results] == due.class_index.tolist()
    assert [list(each.potentials) for each in results] == due.potentials.tolist()


@pytest.mark.parametrize(("text", "fields"), [
    ("34x34,time=50000", {"factor": 1, "left": 0, "top": 0, "window": 50_000}),
    ("346x260/8+37+2,count=500", {"width": 346, "height": 260, "factor": 8, "left": 37, "top": 2, "count": 500})])
def test_text(text, fields):
    due = {"width": 34, "height": 34, "rows": 17, "columns": 16, "ticks": 5}
    assert parse(text, (2, 17, 16), 5) == cores.EventFrames(**due | fields)


@pytest.mark.parametrize(("text", "message"), [
    ("34x34", "^events must be WIDTHxHEIGHT"), ("34x34,time=0", "^window or count of event frames must be in 1"),
    ("34x34/3,time=9", "^factor of event frames must be a power of two, not 3$"),
    ("34x9999,time=9", r"^height of the sensor must be in 1\.\.4096, not 9999$"),
    ("34x34+40+0,time=9", r"^left of event frames must be in 0\.\.33, not 40$")])
def test_what_does_not_fit_is_refused(text, message):
    with refused(message):
        parse(text, (2, 17, 17), 6)


def test_a_network_of_one_channel_takes_no_events():
    with refused("^channels of a network behind event frames must be 2, not 1$"):
        parse("34x34,time=9", (1, 17, 17), 6)


@pytest.mark.parametrize("options", [{"count": 3}, {"window": None}])
def test_a_window_or_a_count(options):
    with refused("^event frames must have a window or a count, and not both$"):
        core(**options)
