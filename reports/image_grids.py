"""Pictures of pixels, spikes and weights: grids of tiles, each shown as one image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from sim.functional.psp import Array

from .canvas import BARS, BLUE, GREY, ORANGE, PALE, WIDTH, paper, short, size, whole
from .examples import Sample, Wrong
from .figures import SpikeTimes
from .parameters import Weights

OUTPUTS, CHANNELS = 64, 12  # of the first layer that are shown at most
COLUMNS = 16  # tiles in a row
LINES = 40  # rows of a raster, at most; more neurons share one
DOTS = 800  # across a picture
CLASSES = 40  # of a contact sheet, at most
SHEET = 12  # images across it that fill its width
SHADES = LinearSegmentedColormap.from_list("weights", [PALE, BLUE])


def image_grid(tiles: Array, gap: int = 1) -> Array:
    """Grid of tiles (rows, columns, height, width) as one float array (y, x), with ``gap`` cells of NaN around each."""
    rows, columns, height, width = tiles.shape
    spread = np.full((rows, columns, height + gap, width + gap), np.nan)
    spread[:, :, gap:, gap:] = tiles
    flat = spread.transpose(0, 2, 1, 3).reshape(rows * (height + gap), columns * (width + gap))
    return np.pad(flat, ((0, gap), (0, gap)), constant_values=np.nan)


def first_layer(layer: Weights) -> Figure:
    """Kernels of the first layer, or each output's weights over the input; a row a channel if there are several."""
    shown = layer.values[:OUTPUTS if layer.values.shape[1] == 1 else COLUMNS, :CHANNELS].astype(float)
    outputs, channels, height, width = shown.shape
    columns = min(COLUMNS, outputs)
    empty = np.full((-outputs % columns, channels, height, width), np.nan)
    tiles = np.concatenate([shown, empty]).reshape(-1, columns, channels, height, width).swapaxes(1, 2)
    tiles = tiles.reshape(-1, columns, height, width)
    cells = image_grid(tiles)
    figure = paper(.35 + min(9.0, (WIDTH - .5) * cells.shape[0] / cells.shape[1]))
    axis = figure.add_subplot()
    axis.imshow(cells, **_shades(layer), interpolation=_interpolation(cells.shape[1]))
    axis.set_title(f"{_share(layer)}; outputs 0 to {outputs - 1}" + (", a row a channel" if channels > 1 else ""))
    axis.set_axis_off()
    return figure


def other_layers(layers: Sequence[Weights]) -> Figure:
    """Weights of each layer as a matrix, a row an output."""
    heights = [min(1.8, max(.8, .03 * len(layer.values))) for layer in layers]
    figure = paper(sum(heights) + .65 * len(layers))
    axes = figure.subplots(len(layers), squeeze=False, height_ratios=heights)[:, 0]
    for axis, layer in zip(axes, layers, strict=True):
        axis.imshow(layer.values.reshape(len(layer.values), -1), **_shades(layer), aspect="auto",
                    interpolation=_interpolation(layer.fan_in))
        axis.set_title(_share(layer))
        axis.set(xlabel="input (channel, row, column)", ylabel="output")
        whole(axis.xaxis, axis.yaxis)
    return figure


def _interpolation(columns: int) -> str:
    """Cells with sharp edges, or their mean where there are more than dots."""
    return "nearest" if columns < DOTS else "antialiased"


def _largest(layer: Weights) -> int:
    return int(np.abs(layer.values.astype(int)).max())


def _shades(layer: Weights) -> dict[str, Any]:
    """Colours from the largest weight, dark, to its negative."""
    return {"cmap": SHADES, "vmin": -_largest(layer), "vmax": _largest(layer)}


def _share(layer: Weights) -> str:
    found = f"{layer.layer}, {size(layer.values.shape)}: {int(layer.positive.sum()):,} of {layer.values.size:,} weights"
    if (largest := _largest(layer)) == 1 and layer.values.all():
        return f"{found} are +1 (dark)"
    return f"{found} are positive (dark), {int((layer.values == 0).sum()):,} are 0, the largest +-{largest}"


def raster(samples: Sequence[Sample], names: Sequence[str], layers: Sequence[SpikeTimes]) -> Figure:
    """Spikes of sample images: a block an image, a column a layer with weights; across: ticks, down: neurons."""
    steps, ticks = len(layers[0].counts) - 1, [sample.tick for sample in samples]
    shown = [layer for layer in layers if layer.layer in samples[0].planes]
    height = .9 + .85 * len(samples)
    figure = Figure(figsize=(WIDTH, height))
    bottom, top, pitch = .45 / height, .85 * len(samples) / height, .77 / len(shown)
    _images(figure.add_axes((.13, bottom, .08, top)), samples, names, steps)
    for place, layer in enumerate(shown):
        axis = figure.add_axes((.22 + place * pitch, bottom, .88 * pitch, top))
        _spikes(axis, [density(sample.planes[layer.layer]) for sample in samples], ticks, steps)
        axis.set_title(f"{layer.layer}\n{size(layer.shape)}", fontsize=8)
    _mark(axis, samples, shown[-1].shape[0], steps)
    figure.text(.22, .04 / height, "tick (orange line: the decision; none where no output spiked)")
    return figure


def density(planes: Array) -> Array:
    """Spikes a neuron at each tick, (lines, columns), of a bool array (neurons, steps).

    A line is a neuron, or one of `LINES` groups of neighbours; a column is a tick, or one of `BARS` groups.
    """
    neurons, steps = planes.shape
    lines, columns = min(LINES, neurons), min(BARS, steps)
    line, column = (np.arange(extent) * parts // extent for extent, parts in ((neurons, lines), (steps, columns)))
    counts = np.zeros((lines, columns))
    np.add.at(counts, (line[:, None], column[None]), planes)
    return counts / np.bincount(line)[:, None]


def decision(tick: int, steps: int) -> str:
    """Decision tick of an image in words."""
    return f"tick {tick}" if tick < steps else "no spike"


def _images(axis: Axes, samples: Sequence[Sample], names: Sequence[str], steps: int) -> None:
    for place, sample in enumerate(samples):
        inset = axis.inset_axes((0, 1 - (place + .92) / len(samples), 1, .84 / len(samples)))
        show(inset, sample.pixels)
        inset.set_title(f"class {names[sample.label]}\nanswer {names[sample.answer]}\n{decision(sample.tick, steps)}",
                        x=-.08, y=.5, ha="right", va="center", fontsize=8,
                        color="black" if sample.label == sample.answer else ORANGE)
    axis.set_axis_off()


def _spikes(axis: Axes, blocks: Sequence[Array], ticks: Sequence[int], steps: int) -> None:
    lines = len(blocks[0])
    gap = max(1, lines // 12)
    cells = image_grid(np.array(blocks)[:, None], gap)[:, gap:-gap]
    axis.imshow(np.sqrt(cells), cmap="Greys", vmin=0, vmax=max(1e-9, np.nanmax(cells))**.5, aspect="auto",
                interpolation="nearest", extent=(-.5, steps - .5, len(cells) - .5, -.5))
    edges = [(place * (lines + gap) + gap - .5, (place + 1) * (lines + gap) - .5) for place in range(len(blocks))]
    marks = [((tick, top), (tick, end)) for tick, (top, end) in zip(ticks, edges, strict=True) if tick < steps]
    axis.add_collection(LineCollection(marks, colors=[(*to_rgb(ORANGE), .7)], linewidths=1.2))
    frames = [((-.5, y), (steps - .5, y)) for edge in edges for y in edge]
    axis.add_collection(LineCollection(frames, colors="#cccccc", linewidths=.5))
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    whole(axis.xaxis)


def _mark(axis: Axes, samples: Sequence[Sample], classes: int, steps: int) -> None:
    """Point at the line of each image's class among the outputs."""
    lines = min(LINES, classes)
    gap = max(1, lines // 12)
    for place, sample in enumerate(samples):
        line = place * (lines + gap) + gap + sample.label * lines // classes
        axis.plot(steps - .5, line, marker="<", markersize=3, color=BLUE, clip_on=False)


def show(axis: Axes, pixels: Array) -> None:
    """One image of 8-bit pixels (channels, height, width): three in colour, two as `events`, else the first in grey."""
    pixels = events(pixels.transpose(1, 2, 0)).transpose(2, 0, 1) if len(pixels) == 2 else pixels
    colour: Any = {"cmap": "gray", "vmin": 0, "vmax": 255} if len(pixels) != 3 else {}
    axis.imshow(pixels.transpose(1, 2, 0).astype(np.uint8) if len(pixels) == 3 else pixels[0], **colour)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_color(GREY)


def events(values: Array) -> Array:
    """Red, green and blue, 0..255, of events of two polarities, shape (..., 2): the larger a value the brighter.

    The first polarity is red, the second green and blue.
    """
    return values[..., [0, 1, 1]] * (255 / max(1, np.nanmax(values)))


def contact_sheet(examples: Sequence[Array], names: Sequence[str]) -> Figure:
    """Some images of each class, uint8 (n, channels, height, width): a row a class, of the first `CLASSES` classes.

    Two channels are drawn as `events`.
    """
    examples = examples[:CLASSES]
    columns, shape = max(map(len, examples)), examples[0].shape[1:]
    tiles = np.full((len(examples), columns, *shape), np.nan)
    for row, images in zip(tiles, examples, strict=True):
        row[:len(images)] = images
    sheet = np.stack([image_grid(tiles[:, :, channel]) for channel in range(shape[0])], axis=-1)
    lines, dots, _ = sheet.shape
    figure = paper(.4 + (WIDTH - 1.2) * lines / max(dots, SHEET * (shape[2] + 1)))
    axis = figure.add_subplot()
    sheet = events(sheet) if shape[0] == 2 else sheet
    axis.imshow(np.nan_to_num(sheet, nan=255).astype(np.uint8).repeat(3 // sheet.shape[2], -1), interpolation="nearest")
    axis.set_yticks((np.arange(len(examples)) + .5) * (shape[1] + 1), [short(name) for name in names[:len(examples)]])
    axis.set_xticks([])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_title(f"training images, {shape[2]} \u00d7 {shape[1]}"
                   + (f"; the first {CLASSES} of {len(names)} classes" if len(names) > CLASSES else ""))
    return figure


def thumbnails(wrong: Sequence[Wrong], names: Sequence[str], steps: int) -> Figure:
    """Images with wrong answers: class and answer above, tick and lead below."""
    columns, (arrow, height) = 8, (" \u2192 ", 1.65) if max(map(len, names)) < 4 else ("\n\u2192 ", 1.9)
    rows = -(-len(wrong) // columns)
    figure = paper(height * rows)
    for place, each in enumerate(wrong):
        axis = figure.add_subplot(rows, columns, place + 1)
        show(axis, each.pixels)
        axis.set_title(f"{names[each.label]}{arrow}{names[each.answer]}", fontsize=8, loc="center")
        axis.set_xlabel(f"image {each.image:,}\n{decision(each.tick, steps)}, lead {each.lead:,}", fontsize=7)
    return figure
