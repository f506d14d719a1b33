"""Grids of images: of event cameras in two colours."""

import numpy as np

from reports.canvas import paper
from reports.image_grids import events, show


def test_events_of_two_polarities_have_two_colours():
    values = np.array([[3.0, 0.0], [0.0, 6.0], [np.nan, np.nan]])
    assert events(values)[:2].tolist() == [[127.5, 0, 0], [0, 255, 255]]
    assert events(np.zeros((1, 2))).tolist() == [[0, 0, 0]]
    axis = paper(1).add_subplot()
    show(axis, np.array([[[1, 0]], [[0, 2]]], np.uint8))
    assert axis.images[0].get_array().tolist() == [[[127, 0, 0], [0, 255, 255]]]
