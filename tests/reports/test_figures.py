"""Figures against counting them another way, and against each other."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from quant import Conv2d, Dense, Flatten, Network, Ramp, SingleSpike, Step
from quant.files.artefact import Artefact
from quant.files.provenance import Provenance
from reports.examples import WRONGEST, samples, wrongest
from reports.figures import confusion, deadline, figures, plain, spike_times, summary, winners
from reports.parameters import thresholds, weights
from reports.statistics import statistics
from sim.functional import network as functional
from tests.helpers.networks import phases, rates
from tests.helpers.reported import COUNT, IMAGES, LABELS, STEPS, network


@pytest.fixture(params=["first_spike", "potential"])
def seen(request):
    return statistics(network(request.param), IMAGES, LABELS)


@pytest.fixture
def source(seen):
    return Artefact(seen.network, Provenance(data_set="MNIST", images=100, correct=97, seed=3), "abc")


def test_summary_counts_what_the_golden_model_answers(seen, source):
    golden = functional.run(seen.network, IMAGES, times=True)
    found = summary(source, "small", "random", seen)
    assert (found.images, found.correct) == (COUNT, int((golden.class_index == LABELS).sum()))
    assert found.accuracy == found.correct / COUNT
    assert found.mean_decision_tick == golden.tick.mean()
    assert found.undecided == (golden.tick == STEPS).sum()
    layers = ["input", *seen.network.layers]
    assert [layer.spikes_per_image for layer in found.layers] == pytest.approx(
        [(times < STEPS).sum() / COUNT for times, layer in zip(golden.times, layers, strict=True)
         if not isinstance(layer, Flatten)])


def test_silent_channels_are_counted(seen, source):
    golden = functional.run(seen.network, IMAGES, times=True)
    found = summary(source, "small", "random", seen).layers
    assert found[1].silent_channels == sum((golden.times[1][:, channel] == STEPS).all() for channel in range(4))
    assert found[-1].silent_channels == sum((golden.times[-1][:, channel] == STEPS).all() for channel in range(10)) > 0


def ties(times, trace, label, readout):
    """Membership of the label in the winners, and their number, image by image."""
    if readout == "first_spike" and min(times) < STEPS:
        among = [index for index, time in enumerate(times) if time == min(times)]
    else:
        among = [index for index, value in enumerate(trace[-1]) if value == max(trace[-1])]
    return label in among, len(among)


def test_ties_are_counted_apart(seen, source):
    golden = functional.run(seen.network, IMAGES, times=True)
    each = [ties(times.ravel().tolist(), trace.tolist(), label, seen.network.readout)
            for times, trace, label in zip(golden.times[-1], golden.trace, LABELS, strict=True)]
    found = summary(source, "small", "random", seen)
    assert found.correct_if_ties_count == sum(right for right, _ in each)
    assert found.tied == sum(count > 1 for _, count in each)


def test_a_tie_that_holds_the_label_is_not_right():
    net = Network(input_shape=(1, 1, 1), steps=2, layers=[
        Dense(weights=[[1], [1], [-1]], neurons=SingleSpike(threshold=[1, 1, 1], psp=Step()))])
    seen = statistics(net, np.full((3, 1, 1, 1), 255, np.uint8), np.array([0, 1, 2]))
    found = summary(Artefact(net, Provenance(), ""), "n", "d", seen)
    assert (found.correct, found.correct_if_ties_count, found.tied) == (1, 2, 3)


def test_last_deadline_is_the_accuracy(seen, source):
    found = deadline(seen)
    assert found.correct[-1] == summary(source, "small", "random", seen).correct
    assert len(found.correct) == len(found.correct_by_potential) == len(found.decided) == STEPS


def test_decided_by_a_tick_counts_decisions_up_to_it(seen):
    golden = functional.run(seen.network, IMAGES)
    assert deadline(seen).decided.tolist() == [int((golden.tick <= tick).sum()) for tick in range(STEPS)]


def test_confusion_adds_up(seen):
    found = confusion(seen)
    assert found.counts.sum() == COUNT
    assert found.counts.trace() == (seen.class_index == LABELS).sum()
    assert found.counts.sum(axis=1).tolist() == np.bincount(LABELS, minlength=10).tolist()
    assert found.counts.sum(axis=0).tolist() == np.bincount(seen.class_index, minlength=10).tolist()


def test_worst_pairs_are_the_most_frequent(seen):
    pairs = Counter((str(label), str(answer)) for label, answer in zip(LABELS, seen.class_index, strict=True)
                    if label != answer)
    found = confusion(seen).pairs
    assert [pair.count for pair in found] == [count for _, count in pairs.most_common(10)]
    assert all(pairs[pair.label, pair.answer] == pair.count for pair in found)
    assert all(pair.images == (int(pair.label) == LABELS).sum() for pair in found)


def test_spike_times_add_up_to_all_neurons(seen):
    for layer in spike_times(seen):
        assert layer.counts.sum() == COUNT * np.prod(layer.shape)


def test_samples_are_the_first_of_each_class(seen):
    found = samples(seen)
    assert [sample.image for sample in found] == [LABELS.tolist().index(label) for label in sorted(set(LABELS))]
    golden = functional.run(seen.network, IMAGES, times=True)
    for sample in found:
        assert (sample.answer, sample.tick) == (golden.class_index[sample.image], golden.tick[sample.image])
        times = golden.times[3][sample.image].ravel()
        assert sample.planes["conv2d2"].tolist() == [[time == tick for tick in range(STEPS)] for time in times]
        assert sample.spikes["dense4"] == (golden.times[-1][sample.image] < STEPS).sum()
        assert list(sample.planes) == ["input", "conv2d0", "conv2d2", "dense4"]


def test_wrongest_are_wrong_by_the_most(seen):
    golden = functional.run(seen.network, IMAGES)
    leads = sorted((int(v[answer] - v[label]) for v, answer, label in
                    zip(golden.potentials, golden.class_index, LABELS, strict=True) if answer != label), reverse=True)
    found = wrongest(seen)
    assert [each.lead for each in found] == leads[:WRONGEST]
    assert all(each.answer != each.label == LABELS[each.image] for each in found)


def test_no_wrong_image_is_none():
    net = network()
    assert wrongest(statistics(net, IMAGES, functional.run(net, IMAGES).class_index)) == ()


def test_weights_have_the_shape_of_what_they_look_at():
    found = weights(network())
    assert [(each.layer, each.values.shape, each.fan_in) for each in found] == [
        ("conv2d0", (4, 2, 3, 3), 18), ("conv2d2", (6, 4, 2, 2), 16), ("dense4", (10, 6, 2, 2), 24)]
    for each, layer in zip(found, network().synaptic, strict=True):
        assert ((each.values.ravel() + 1) // 2).tolist() == layer.weights.bits()
        assert each.positive.sum() == sum(layer.weights.bits())


def test_weights_of_a_dense_network_look_at_the_input():
    net = Network(input_shape=(1, 2, 3), steps=2, layers=[
        Flatten(), Dense(weights=[[1] * 6] * 2, neurons=SingleSpike(threshold=[1, 1]))])
    assert weights(net)[0].values.shape == (2, 1, 2, 3)


def test_thresholds_are_those_of_the_neurons():
    found = thresholds(network())
    for each, layer in zip(found, network().synaptic, strict=True):
        assert tuple(each.threshold) == layer.neurons.threshold
        assert tuple(each.bias) == layer.neurons.bias
        assert (each.low, each.high) == layer.neurons.potential_range(layer.fan_in, STEPS)


def test_all_figures_are_json(seen, source):
    record = plain(figures(source, "small", "random", seen))
    again = json.loads(json.dumps(record, allow_nan=False))
    assert again == record
    assert again["summary"]["correct"] == again["deadline"]["correct"][-1]
    assert again["summary"]["provenance"]["seed"] == 3
    assert "pixels" not in again["samples"][0]
    assert (again["learning"], again["noise"]) == (None, None)


def test_a_gap_in_a_curve_is_null():
    assert plain({"loss": np.array([1.5, np.nan])}) == {"loss": [1.5, None]}


def test_a_network_without_pools_and_with_one_layer(source):
    net = replace(network(), input_shape=(1, 1, 1), layers=(
        Conv2d(weights=[[[[1]]]], neurons=SingleSpike(threshold=[1], psp=Ramp())),
        Dense(weights=[[1]], neurons=SingleSpike(threshold=[1]))), class_names=("only",))
    seen = statistics(net, np.array([[[[0]]], [[[9]]]], np.uint8), np.zeros(2, int))
    found = figures(replace(source, network=net), "one", "two", seen)
    assert found.summary.correct == 2
    assert found.confusion.counts.tolist() == [[2]]


def test_most_spikes_win_before_potentials():
    seen = statistics(rates(steps=STEPS), IMAGES, LABELS)
    spikes = np.array([[int(train).bit_count() for train in row] for row in seen.output_times])
    tied = spikes == spikes.max(axis=1, keepdims=True)
    assert winners(seen).tolist() == tied.tolist()
    assert (tied.sum(axis=1) > 1).any()


def test_samples_of_trains_have_all_their_spikes():
    seen = statistics(rates(steps=STEPS), IMAGES, LABELS)
    golden = functional.run(seen.network, IMAGES, times=True)
    for sample in samples(seen):
        trains = golden.times[3][sample.image].ravel()
        assert sample.planes["conv2d2"].tolist() == [[bool(train >> tick & 1) for tick in range(STEPS)]
                                                     for train in trains]
        assert sample.spikes["conv2d2"] == sum(int(train).bit_count() for train in trains) > 0
        assert list(sample.planes) == ["conv2d0", "conv2d2", "dense5"]


def test_samples_of_numbers_have_their_digits():
    seen = statistics(phases(steps=STEPS), IMAGES, LABELS)
    golden = functional.run(seen.network, IMAGES, times=True)
    for sample in samples(seen):
        numbers = golden.times[3][sample.image].ravel()
        assert sample.planes["conv2d2"].astype(int).tolist() == [[*map(int, f"{number:0{STEPS}b}")]
                                                                 for number in numbers]
