"""Sections of a report as data: title, text and picture of each, in the order of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from . import image_grids, pictures, tables
from .canvas import short
from .figures import Figures
from .tables import Rows


@dataclass(frozen=True, kw_only=True)
class Section:
    """Section of a report: one picture with its text.

    Parameters
    ----------
    name : str
        Stem of the picture's file.
    title, text : str
        Heading and text above the picture.
    of : callable
        From all figures to those that the section shows; a false value if the report has no such section.
    draw : callable
        From those to a picture.
    table : callable or None
        From those to the rows of a table below the picture, the header first.
    """

    name: str
    title: str
    text: str
    of: Callable[[Figures], Any]
    draw: Callable[[Any], Figure]
    table: Callable[[Any], Rows] | None = None


def _names(figures: Figures) -> list[str]:
    return [short(name) for name in figures.confusion.class_names]


SECTIONS = (
    Section(name="learning", title="Learning curves",
            text="What the training logged after each epoch.",
            of=lambda figures: figures.learning, draw=pictures.learning),
    Section(name="deadline", title="Accuracy against deadline",
            text="Right answers if the network is stopped after each tick, with what it knows by then: outputs that "
                 "have not spiked count as silent. Grey: images whose decision has been reached. Right: wrong "
                 "answers, on an axis of their own.",
            of=lambda figures: figures.deadline, draw=pictures.deadline, table=tables.deadline),
    Section(name="spikes", title="Spike times",
            text="How many neurons of each layer spike at each tick, as a mean over the images. A neuron spikes once "
                 "or not at all.",
            of=lambda figures: figures.spikes, draw=pictures.spike_times),
    Section(name="raster", title="Spikes of sample images",
            text="The first image of each class. Across: ticks. Down: neurons, in the order channel, row, column; "
                 "where there are more than lines, a line is several neighbours, and the darker the more of them "
                 "spike. The blue mark points at the class among the outputs.",
            of=lambda figures: (figures.samples, _names(figures), figures.spikes),
            draw=lambda parts: image_grids.raster(*parts)),
    Section(name="confusion", title="Confusion matrix",
            text="Images of each class by answer; blue are right ones. The colour is a share of the class, of wrong "
                 "answers only.",
            of=lambda figures: figures.confusion, draw=pictures.confusion),
    Section(name="wrongest", title="The wrongest images",
            text="Class and answer of images with a wrong one, in order of the lead: by how much the potential of the "
                 "answer exceeded that of the class at the decision tick.",
            of=lambda figures: figures.wrongest and (figures.wrongest, _names(figures), figures.summary.ticks),
            draw=lambda parts: image_grids.thumbnails(*parts)),
    Section(name="first-layer", title="Weights of the first layer",
            text="Dark is +1, pale is -1; of more than one bit, the largest weight and its negative.",
            of=lambda figures: figures.weights[0], draw=image_grids.first_layer),
    Section(name="other-layers", title="Weights of the other layers",
            text="Dark is +1, pale is -1; of more than one bit, the largest and its negative. A row is an "
                 "output, a column one of its inputs; where there are more than dots, a shade between is their mean.",
            of=lambda figures: figures.weights[1:], draw=image_grids.other_layers),
    Section(name="thresholds", title="Thresholds",
            text="Firing thresholds of the channels of each layer; a neuron spikes when its potential V reaches its "
                 "threshold. Where channels have a bias, which is added to V in every tick, that too.",
            of=lambda figures: figures.thresholds, draw=pictures.thresholds),
    Section(name="noise", title="Accuracy under noise",
            text="Right answers when the input is disturbed. Levels are stated; the definitions are this project's own "
                 "(docs/report.md).",
            of=lambda figures: figures.noise and {"accuracy": figures.noise}, draw=pictures.noise, table=tables.noise),
)
