"""Charts of the figures: each function draws one figure; `reports.canvas.png` makes a file of it."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.functional.psp import Array

from .canvas import BARS, BLUE, GREY, ORANGE, grid, paper, short, size, whole
from .conversion import Conversions, Row
from .figures import Confusion, Deadline, SpikeTimes, Thresholds
from .learning import Learning
from .noise import Noise

CURVES = {  # panel -> the logged figures in it, with what the legend calls them, and their factor
    "loss": ({"loss": "loss"}, 1),
    "accuracy (%)": ({"train": "training images, before each was learned",
                      "validation": "validation images, by potential",
                      "quick_accuracy": "first test images, by potential"}, 100),
    "spikes an image": ({"spikes": "spikes"}, 1),
    "learning rate": ({"rate": "rate"}, 1),
    "seconds an epoch": ({"seconds": "seconds"}, 1),
}
SHADES = (BLUE, ORANGE, "#4a7a3a", "#7d3c74")
NUMBERED = 20  # classes up to which a confusion matrix holds numbers
BINS = 40  # of a histogram, at most


def learning(found: Learning) -> Figure:
    """Logged figures over epochs, a panel a unit."""
    panels = {label: ({name: text for name, text in names.items() if name in found.curves}, factor)
              for label, (names, factor) in CURVES.items()}
    panels = {label: (names, factor) for label, (names, factor) in panels.items() if names}
    figure, axes = grid(max(1, len(panels)), 2, 2.5)
    for axis, (label, (names, factor)) in zip(axes, panels.items(), strict=False):
        for colour, (name, text) in zip(SHADES, names.items(), strict=False):
            axis.plot(found.epoch, factor * found.curves[name], color=colour, label=text,
                      marker="o" if len(found.epoch) < 3 else None)
        axis.set(xlabel="epoch", ylabel=label)
        axis.grid(axis="y")
        whole(axis.xaxis)
        if len(names) > 1:
            axis.legend(loc="best")
    return figure


def spike_times(layers: Sequence[SpikeTimes]) -> Figure:
    """Mean spikes an image by tick, a panel a layer."""
    figure, axes = grid(len(layers), 3, 2.2)
    for axis, layer in zip(axes, layers, strict=True):
        spikes = layer.counts[:-1] / layer.images
        together = -(-len(spikes) // BARS)
        starts = np.arange(0, len(spikes), together)
        axis.bar(starts - .5, np.add.reduceat(spikes, starts), width=.85 * together, align="edge", color=BLUE)
        neurons = int(np.prod(layer.shape))
        axis.set_title(f"{layer.layer}, {size(layer.shape)}\n{spikes.sum():,.1f} of {neurons:,} neurons spike")
        axis.set(xlabel="spike time (tick)" if together == 1 else f"spike time (tick; {together} a bar)",
                 xlim=(-.6, len(spikes) - .4))
        axis.set_ylim(bottom=0)
        whole(axis.xaxis)
    for axis in axes[::3]:
        axis.set_ylabel("spikes an image")
    return figure


def deadline(found: Deadline) -> Figure:
    """Accuracy if stopped after each tick, and its error on an axis of its own."""
    figure, (left, right) = grid(2, 2, 3.2)
    ticks = np.arange(len(found.correct))
    curves = {"by the largest potential": (found.correct_by_potential, BLUE, "--")}
    if found.readout != "potential":
        left.fill_between(ticks, 100 * found.decided / found.images, step="mid", color="#d8d8d8", linewidth=0,
                          label="images decided by then")
        curves = {f"by its readout, {found.readout.replace('_', ' ')}": (found.correct, ORANGE, "-")} | curves
    style: Any = {"marker": "o" if len(ticks) <= 32 else None, "markersize": 3.5}
    for text, (correct, colour, line) in curves.items():
        left.plot(ticks, 100 * correct / found.images, line, color=colour, label=text, **style)
        right.plot(ticks, 100 - 100 * correct / found.images, line, color=colour, **style)
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    left.set(xlabel="stopped after tick", ylabel=f"share of {found.images:,} images (%)", ylim=(0, 102))
    right.set(xlabel="stopped after tick", ylabel="wrong answers (%)")
    _logarithmic(right, 100 - 100 * np.concatenate([correct for correct, _, _ in curves.values()]) / found.images)
    for axis in (left, right):
        axis.grid(axis="y")
        whole(axis.xaxis)
    return figure


def _logarithmic(axis: Axes, values: Array) -> None:
    """Make the y axis logarithmic, with plain numbers, if ``values`` have no 0 and spread wide enough."""
    if 0 < 2 * values.min() < values.max():
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("{x:g}")
        axis.tick_params(axis="y", which="minor", labelsize=7)


def confusion(found: Confusion) -> Figure:
    """Answers by class, and the most frequent confusions."""
    figure = paper(4.6)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    classes = len(found.counts)
    wrong = np.where(np.eye(classes, dtype=bool), 0, found.counts)
    totals = np.maximum(1, found.counts.sum(axis=1, keepdims=True))
    left.imshow(wrong / totals, cmap="Oranges", vmin=0, vmax=max(1e-9, 1.5 * (wrong / totals).max()))
    if classes <= NUMBERED:
        for label, answer in np.argwhere(found.counts > 0):
            right_one = label == answer
            left.text(answer, label, f"{found.counts[label, answer]:,}", ha="center", va="center", fontsize=7,
                      color=BLUE if right_one else "black", weight="bold" if right_one else "normal")
        names = [short(name) for name in found.class_names]
        left.set_xticks(range(classes), names, rotation=90 if max(map(len, names)) > 2 else 0)
        left.set_yticks(range(classes), names)
    left.set(xlabel="answer", ylabel="class")
    left.spines[:].set_visible(False)
    left.tick_params(length=0)
    _pairs(right, found)
    return figure


def _pairs(axis: Axes, found: Confusion) -> None:
    pairs = found.pairs[::-1]
    names = [f"{short(pair.label)} \u2192 {short(pair.answer)}" for pair in pairs]
    axis.barh(names, [pair.count for pair in pairs], color=ORANGE, height=.7)
    for place, pair in enumerate(pairs):
        axis.text(pair.count, place, f" {pair.count:,} of {pair.images:,}", va="center", fontsize=8)
    axis.set(title="class \u2192 answer, most frequent", xlabel="images")
    axis.margins(x=.35)
    axis.tick_params(axis="y", length=0)
    whole(axis.xaxis)


def thresholds(layers: Sequence[Thresholds]) -> Figure:
    """Histograms of thresholds, and of biases where there are some, a row a layer."""
    biased = any(layer.bias.any() for layer in layers)
    figure, axes = grid(len(layers) * (1 + biased), 1 + biased if biased else 3, 2.2)
    for place, layer in enumerate(layers):
        panels = {"threshold (units of V)": layer.threshold, "bias (units of V a tick)": layer.bias}
        for axis, (label, values) in zip(axes[place * (1 + biased):], list(panels.items())[:1 + biased], strict=False):
            edges = _bins(values)
            axis.hist(values, bins=edges, color=BLUE, rwidth=.9)
            axis.set(xlabel=label, ylabel="channels")
            axis.set_title(f"{layer.layer}, {len(values):,} channels: median {np.median(values):,g}")
            missing = max(0, 7 - (edges[-1] - edges[0]))
            axis.set_xlim(edges[0] - missing / 2, edges[-1] + missing / 2)
            whole(axis.xaxis, axis.yaxis)
    return figure


def _bins(values: Array) -> list[float]:
    """Edges between whole numbers, as many apart as it takes for at most `BINS` of them."""
    low, high = int(values.min()), int(values.max())
    step = -(-(high - low + 1) // BINS)
    return [edge - .5 for edge in range(low, high + step + 1, step)]


def noise(found: Mapping[str, Noise]) -> Figure:
    """Accuracy by level, a panel a kind, a line a network; the first point is without noise."""
    units = {row.kind: row.unit for each in found.values() for row in each.rows}
    figure, axes = grid(len(units), 3, 2.4)
    for axis, (name, unit) in zip(axes, units.items(), strict=True):
        for (label, each), colour in zip(found.items(), cycle(SHADES), strict=False):
            rows = [row for row in each.rows if row.kind == name]
            shares = [100 * correct / each.images for correct in (each.clean, *(row.correct for row in rows))]
            axis.axhline(shares[0], color=GREY, linewidth=.8, linestyle=":")
            axis.plot(["0", *(f"{row.level:g}" for row in rows)], shares, marker="o", markersize=3.5, color=colour,
                      label=label)
        axis.set(title=name, xlabel=unit, ylabel="accuracy (%)", ylim=(0, 102))
        axis.grid(axis="y")
    if len(found) > 1:
        axes[0].legend(loc="lower left")
    return figure


def conversions(found: Conversions) -> Figure:
    """Accuracy, and spikes, against ticks: phase neurons by cycle and by whole image, and rate neurons."""
    figure, (accuracy, spikes) = grid(2, 2, 3.2)
    phase, rate = found.phase, found.rate
    curves: list[tuple[str, str, str | None, list[int], Sequence[Row]]] = [
        ("phase neurons, ticks of a cycle", BLUE, "o", [row.ticks for row in phase], phase),
        ("phase neurons, ticks of an image", BLUE, "s", [row.whole for row in phase], phase),
        ("rate neurons", ORANGE, None, [row.ticks for row in rate], rate)]
    accuracy.axhline(100 * found.source / found.images, color=GREY, linewidth=.8, linestyle=":", label="source")
    for label, colour, marker, ticks, rows in curves:
        line = "--" if marker == "s" else "-"
        accuracy.plot(ticks, [100 * row.correct / found.images for row in rows], color=colour, marker=marker,
                      markersize=3.5, linestyle=line, label=label)
        if marker != "s":
            spikes.plot(ticks, [row.spikes for row in rows], color=colour, marker=marker, markersize=3.5, label=label)
            spikes.plot(ticks, [row.inactive for row in rows], color=colour, linestyle=":",
                        label=f"{label.split(',')[0]}: inactive in the source")
    top = 100 * max(found.source, *(row.correct for row in (*phase, *rate))) / found.images
    accuracy.set(xlabel="ticks", ylabel="accuracy (%)", ylim=(max(0, top - 15), top + 1))
    spikes.set(xlabel="ticks", ylabel="spikes an image", yscale="log")
    spikes.yaxis.set_major_formatter("{x:,g}")
    for axis in (accuracy, spikes):
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:g}")
        axis.grid(axis="y")
        axis.legend(loc="best")
    return figure
