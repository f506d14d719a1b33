"""Pictures: what they show is what was counted, they are whole, and they take odd networks."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from reports import canvas, image_grids, pictures, tables
from reports.figures import confusion, deadline, spike_times
from reports.image_grids import density, image_grid
from reports.learning import Learning
from reports.parameters import Weights, thresholds, weights
from reports.sections import SECTIONS
from reports.statistics import statistics
from tests.helpers.networks import small
from tests.helpers.reported import COUNT, IMAGES, LABELS, LEARNING, STEPS, made, network


@pytest.fixture(scope="module")
def found():
    return made()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_section_is_a_picture(found, section):
    picture = Image.open(io.BytesIO(canvas.png(section.draw, section.of(found))))
    picture.load()
    assert picture.width == 100 * canvas.WIDTH
    assert len(np.unique(np.asarray(picture.convert("L")))) > 2
    assert "Software" not in picture.info


def test_same_figure_same_bytes(found):
    section = SECTIONS[1]
    assert canvas.png(section.draw, section.of(found)) == canvas.png(section.draw, section.of(found))


@pytest.mark.parametrize(("net", "names"), [
    (small(10, steps=1, thresholds=(6, 10, 14)), ["deadline", "spikes", "raster"]),
    pytest.param(small(10, steps=256, thresholds=(6, 10, 14)), ["deadline", "raster"], marks=pytest.mark.long),
    (small(1, steps=3, thresholds=(3000, 3, 3)), ["spikes", "raster"]),
    (replace(small(10), class_names=["$x^{$", "\\frac", "漢", "<b>", "%s", "{0}", "a" * 64, "_", "^", "#"]),
     ["confusion", "wrongest", "raster"])], ids=["one tick", "256 ticks", "nothing spikes", "odd names"])
def test_odd_networks_are_drawn(net, names):
    found = made(net, count=12)
    for section in SECTIONS:
        if section.name in names:
            assert canvas.png(section.draw, section.of(found))


def test_readout_by_potential_draws_one_curve():
    axis = pictures.deadline(deadline(statistics(network("potential"), IMAGES, LABELS))).axes[0]
    assert [line.get_label() for line in axis.lines] == ["by the largest potential"]
    assert not axis.collections


@pytest.mark.parametrize(("shape", "text"), [
    ((12, 24, 24), "12x24x24"), ((10, 1, 1), "10"), ((10, 600, 1, 1), "10x600"), ((1, 28, 28), "1x28x28"),
    ((1, 1), "1")])
def test_shapes_in_words(shape, text):
    assert canvas.size(shape) == text.replace("x", "\u00d7")


def test_deadline_draws_shares_of_the_images():
    found = deadline(statistics(network(), IMAGES, LABELS))
    axis = pictures.deadline(found).axes[0]
    curves = {line.get_label(): line.get_ydata() for line in axis.lines}
    assert curves["by its readout, first spike"] == pytest.approx(100 * found.correct / COUNT)
    assert curves["by the largest potential"] == pytest.approx(100 * found.correct_by_potential / COUNT)
    assert pictures.deadline(found).axes[1].lines[0].get_ydata() == pytest.approx(100 - 100 * found.correct / COUNT)


def test_bars_of_spike_times_are_spikes_an_image():
    layers = spike_times(statistics(network(), IMAGES, LABELS))
    for axis, layer in zip(pictures.spike_times(layers).axes, layers, strict=True):
        assert [bar.get_height() for bar in axis.patches] == pytest.approx(layer.counts[:-1] / COUNT)


def test_bars_of_many_ticks_add_them_up():
    layer = spike_times(statistics(small(10, steps=150), IMAGES[:3], LABELS[:3]))[0]
    axis = pictures.spike_times([layer]).axes[0]
    assert len(axis.patches) == 50
    assert axis.patches[1].get_height() == pytest.approx(layer.counts[3:6].sum() / 3)
    assert axis.get_xlabel() == "spike time (tick; 3 a bar)"


def test_learning_draws_what_was_logged():
    axes = {axis.get_ylabel(): axis for axis in pictures.learning(LEARNING).axes}
    assert axes.keys() == {"loss", "accuracy (%)", "seconds an epoch"}
    assert axes["loss"].lines[0].get_ydata().tolist() == [2, 1, .5]
    assert axes["accuracy (%)"].lines[1].get_ydata().tolist() == [25, 50, 50]


def test_learning_of_unknown_figures_is_empty():
    axis, = pictures.learning(Learning(epoch=np.array([1]), curves={"other": np.array([1.])})).axes
    assert not axis.lines


def test_thresholds_count_channels():
    for axis, layer in zip(pictures.thresholds(thresholds(network())).axes[::2], network().synaptic, strict=True):
        assert sum(bar.get_height() for bar in axis.patches) == len(layer.neurons.threshold)


@pytest.mark.parametrize("values", [[5], [-3, 4], [0, 39], [0, 40], [-(2**31 - 1), 2**31 - 1]])
def test_bins_hold_all_values_and_are_not_too_many(values):
    edges = pictures._bins(np.array(values))
    assert len(edges) - 1 <= pictures.BINS
    assert edges[0] < min(values) <= max(values) < edges[-1]


def test_confusion_prints_its_counts():
    found = confusion(statistics(network(), IMAGES, LABELS))
    axis, bars = pictures.confusion(found).axes
    printed = {text.get_position(): text.get_text() for text in axis.texts}
    assert printed == {(answer, label): str(found.counts[label, answer]) for label, answer in
                       np.argwhere(found.counts).tolist()}
    assert [bar.get_width() for bar in bars.patches] == [pair.count for pair in found.pairs[::-1]]


def test_noise_starts_without_noise(found):
    axis = pictures.noise({"alone": found.noise}).axes[0]
    rows = [row.correct for row in found.noise.rows if row.kind == "gaussian"]
    assert axis.lines[1].get_ydata() == pytest.approx([100 * count / 5 for count in (found.noise.clean, *rows)])


def test_image_grid_keeps_tiles_apart():
    sheet = image_grid(np.arange(12.).reshape(1, 2, 2, 3))
    assert np.nan_to_num(sheet, nan=-1).tolist() == [
        [-1, -1, -1, -1, -1, -1, -1, -1, -1], [-1, 0, 1, 2, -1, 6, 7, 8, -1], [-1, 3, 4, 5, -1, 9, 10, 11, -1],
        [-1, -1, -1, -1, -1, -1, -1, -1, -1]]


def test_density_of_few_neurons_is_each_of_them():
    spikes = [[1, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0]]
    assert density(np.array(spikes, bool)).tolist() == spikes


def test_density_of_many_is_the_share_of_neighbours():
    times = np.repeat(np.arange(image_grids.LINES) % 3, 4)
    times[::4] = 2
    shares = density(times[:, None] == np.arange(2))
    assert shares.shape == (image_grids.LINES, 2)
    assert shares[0].tolist() == [.75, 0]
    assert shares[2].tolist() == [0, 0]


def test_density_of_many_ticks_keeps_every_spike():
    spikes = np.arange(257)[:, None] == np.arange(256)
    assert density(spikes[:image_grids.LINES]).sum() == image_grids.LINES
    assert density(spikes[-1:]).sum() == 0


def test_first_layer_shows_the_signs():
    layer = weights(network())[0]
    sheet = image_grids.first_layer(layer).axes[0].images[0].get_array().filled(0)
    assert sheet.shape == (2 * 4 + 1, 4 * 4 + 1)
    assert sheet[5:8, 9:12].tolist() == layer.values[2, 1].tolist()  # channel 1 of output 2


def test_other_layers_show_the_signs():
    layer = weights(network())[2]
    shown = image_grids.other_layers([layer]).axes[0].images[0].get_array()
    assert shown.tolist() == layer.values.reshape(10, 24).tolist()


def test_weights_of_several_bits_are_shades():
    layer = Weights(layer="dense1", fan_in=4, positive=np.array([2]), values=np.array([[[[-3, 0], [2, 1]]]], np.int8))
    axis = image_grids.other_layers([layer]).axes[0]
    assert axis.images[0].get_clim() == (-3, 3)
    assert axis.get_title().endswith("2 of 4 weights are positive (dark), 1 are 0, the largest +-3")


def test_raster_marks_the_decision(found):
    axes = image_grids.raster(found.samples, [str(c) for c in range(10)], found.spikes).axes
    spikes, decisions = axes[-1].images[0].get_array(), axes[-1].collections[0].get_segments()
    assert [int(segment[0][0]) for segment in decisions] == [each.tick for each in found.samples if each.tick < STEPS]
    assert (spikes.filled(0) > 0).sum() == sum(each.spikes["dense4"] for each in found.samples)


def test_tables_state_n_of_n():
    seen = statistics(network(), IMAGES, LABELS)
    rows = tables.deadline(deadline(seen))
    correct = int((seen.class_index == LABELS).sum())
    assert rows[-1][:2] == ("5", f"{correct / COUNT:.2%} ({correct} of {COUNT})")
    assert len(rows) == 1 + STEPS


def test_table_of_many_ticks_keeps_first_and_last():
    rows = tables.deadline(deadline(statistics(small(10, steps=256), IMAGES[:2], LABELS[:2])))
    assert (len(rows), rows[1][0], rows[-1][0]) == (1 + tables.TICKS, "0", "255")
