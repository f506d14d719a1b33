"""Statistics of one pass, against the golden model used in other ways, and against counting by hand."""

from dataclasses import replace

import numpy as np
import pytest

from quant import Dense, Network, SingleSpike, Step
from quant.description.spike_coding import TicksLeft
from reports import statistics as module
from reports.statistics import planes, statistics
from sim.functional import network as functional
from sim.functional import oracle
from tests.helpers.networks import latencies, phases, rates
from tests.helpers.reported import COUNT, IMAGES, LABELS, STEPS, network


@pytest.fixture(params=["first_spike", "potential"])
def seen(request):
    return statistics(network(request.param), IMAGES, LABELS)


def test_decisions_are_those_of_the_golden_model(seen):
    golden = functional.run(seen.network, IMAGES, times=True)
    assert seen.class_index.tolist() == golden.class_index.tolist()
    assert seen.tick.tolist() == golden.tick.tolist()
    assert seen.potentials.tolist() == golden.potentials.tolist()
    assert seen.output_times.tolist() == golden.times[-1].reshape(COUNT, 10).tolist()


def test_stopped_after_a_tick_is_a_network_of_fewer_ticks(seen):
    spikes = functional.encode(IMAGES, STEPS)
    for tick in range(STEPS):
        part = functional.respond(replace(seen.network, steps=tick + 1), np.minimum(spikes, tick + 1).astype(np.uint8))
        assert seen.answers[:, tick].tolist() == part.class_index.tolist()
    assert len({tuple(column) for column in seen.answers.T.tolist()}) > 2


def test_stopped_by_potential_is_readout_potential(seen):
    spikes = functional.encode(IMAGES, STEPS)
    for tick in range(STEPS):
        shorter = replace(seen.network, steps=tick + 1, readout="potential")
        part = functional.respond(shorter, np.minimum(spikes, tick + 1).astype(np.uint8))
        assert seen.answers_by_potential[:, tick].tolist() == part.class_index.tolist()


def test_last_deadline_is_the_decision(seen):
    assert seen.answers[:, -1].tolist() == seen.class_index.tolist()


def test_spikes_are_counted_by_channel_and_tick():
    net = network()
    seen = statistics(net, IMAGES[:4], LABELS[:4])
    expected = [np.zeros((shape[0], STEPS + 1), int) for shape in net.shapes]
    for image in IMAGES[:4]:
        for count, places in zip(expected, oracle.run(net, image.tolist()).maps, strict=True):
            for (channel, _, _), spikes in places.items():
                count[channel] += (*spikes, not any(spikes))
    kept = [count for count, layer in zip(expected, ["input", *net.layers], strict=True)
            if layer == "input" or layer.kind != "flatten"]
    assert [layer.counts.tolist() for layer in seen.layers] == [count.tolist() for count in kept]


def test_layers_are_named_by_kind_and_place(seen):
    assert [(layer.name, layer.shape) for layer in seen.layers] == [
        ("input", (2, 8, 8)), ("conv2d0", (4, 8, 8)), ("first_spike_pool1", (4, 4, 4)), ("conv2d2", (6, 2, 2)),
        ("dense4", (10, 1, 1))]


def test_parts_add_up_to_the_whole(monkeypatch):
    whole = statistics(network(), IMAGES, LABELS)
    monkeypatch.setattr(module, "TIMES", 5000)  # a few images at a time
    parts = statistics(network(), IMAGES, LABELS)
    assert parts.answers.tolist() == whole.answers.tolist()
    assert [a.counts.tolist() for a in parts.layers] == [b.counts.tolist() for b in whole.layers]


def test_progress_counts_all_images():
    seen = []
    statistics(network(), IMAGES, LABELS, progress=seen.append)
    assert sum(seen) == COUNT


@pytest.mark.parametrize(("images", "labels", "message"), [
    (IMAGES, LABELS + 1, r"^largest label must be in 0\.\.9, not 10$"),
    (IMAGES, LABELS[1:], r"^labels must be one an image \(41\), not of shape \(40,\)$"),
    (IMAGES[:0], LABELS[:0], r"^images must have shape \(n, 2, 8, 8\) with n >= 1, not \(0, 2, 8, 8\)$"),
    (IMAGES[:, :1], LABELS, r"^images must have shape \(n, 2, 8, 8\) with n >= 1, not \(41, 1, 8, 8\)$")])
def test_wrong_images(images, labels, message):
    with pytest.raises(ValueError, match=message):
        statistics(network(), images, labels)


def test_too_many_classes():
    wide = Network(input_shape=(1, 1, 1), steps=1, layers=[
        Dense(weights=[[1]] * 1001, neurons=SingleSpike(threshold=[1] * 1001, psp=Step()))])
    with pytest.raises(ValueError, match=r"^number of classes of a report must be in 1\.\.1000, not 1001$"):
        statistics(wide, np.zeros((1, 1, 1, 1), np.uint8), np.zeros(1, int))


def test_too_many_neurons(monkeypatch):
    monkeypatch.setattr(module, "TIMES", 100)
    with pytest.raises(ValueError, match=r"^number of neurons of a report must be in 1\.\.100, not \d+$"):
        statistics(network(), IMAGES, LABELS)


def test_trains_are_counted_by_channel_and_tick():
    """Counts of each layer but those that pass spikes on, and of pixels, which are no spikes."""
    net = rates(steps=STEPS)
    seen = statistics(net, IMAGES[:4], LABELS[:4])
    expected = {index: np.zeros((shape[0], STEPS + 1), int) for index, shape in enumerate(net.shapes)}
    for image in IMAGES[:4]:
        for count, places in zip(expected.values(), oracle.run(net, image.tolist()).maps, strict=True):
            for (channel, _, _), spikes in places.items():
                count[channel] += (*spikes, not any(spikes))
    assert [layer.name for layer in seen.layers] == ["conv2d0", "first_spike_pool1", "conv2d2", "dense5"]
    assert [layer.counts.tolist() for layer in seen.layers] == [expected[index].tolist() for index in (1, 2, 3, 6)]
    assert all(layer.counts[:, :-1].sum() > 20 for layer in seen.layers)


def test_digits_are_counted_by_tick():
    """The oracle has numbers; the highest digit is the spike in tick 0."""
    net = phases(steps=STEPS)
    seen = statistics(net, IMAGES[:4], LABELS[:4])
    expected = {index: np.zeros((shape[0], STEPS + 1), int) for index, shape in enumerate(net.shapes)}
    for image in IMAGES[:4]:
        for count, places in zip(expected.values(), oracle.run(net, image.tolist()).maps, strict=True):
            for (channel, _, _), (number, *_) in places.items():
                count[channel] += (*map(int, f"{number:0{STEPS}b}"[-STEPS:]), number == 0)
    assert [layer.name for layer in seen.layers] == ["conv2d0", "first_spike_pool1", "conv2d2", "conv2d3", "conv2d4",
                                                     "dense6"]
    assert [layer.counts.tolist() for layer in seen.layers[:3]] == [expected[index].tolist() for index in (1, 2, 3)]
    assert all((layer.counts.sum(axis=0) > 0).sum() > 4 for layer in seen.layers[:3])


def test_latencies_are_counted_by_tick():
    """The oracle has the ticks that are left: of 7, 7 are left at tick 0, and none where there is no spike."""
    net = latencies()
    seen = statistics(net, IMAGES[:4], LABELS[:4])
    for layer, place in zip(seen.layers[:4], (1, 2, 3, 4), strict=True):
        expected = np.zeros((net.shapes[place][0], 8), int)
        for image in IMAGES[:4]:
            for (channel, _, _), (left, *_) in oracle.run(net, image.tolist()).maps[place].items():
                expected[channel, 7 - left] += 1
        assert layer.counts.tolist() == expected.tolist()
        assert (layer.counts.sum(axis=0) > 0).sum() > 2


def test_a_latency_is_one_spike():
    assert planes(TicksLeft, np.array([7, 6, 1, 0]), 7).astype(int).tolist() == [
        [1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1], [0] * 7]


def test_counts_are_stopped_after_each_tick():
    seen = statistics(rates(steps=STEPS), IMAGES, LABELS)
    for tick in range(STEPS):
        part = functional.run(rates(steps=tick + 1), IMAGES)
        assert seen.answers[:, tick].tolist() == part.class_index.tolist()
