"""Import of NIR graphs: files of `nir`, or graphs in memory."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant.check import member, number
from quant.files import container

from . import hdf5
from .form import RESETS, TIMINGS, Array, Chain, Flatten, Layer, refuse
from .graph import Graph, Loop, walk
from .nir_nodes import NODES, Reading
from .report import Converted, converted, inputs
from .settings import Settings
from .simulation import run

DT = 1e-4  # seconds a tick, where nothing else is said: what snnTorch and SpikingJelly write


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What NIR leaves to those who run a graph.

    Parameters
    ----------
    dt : float or None
        Seconds a tick; None: 1e-4, and IF neurons of resistance 1 are refused.
    comparator : ">" or ">="
        NIR's is ``>``; SpikingJelly runs its graphs with ``>=``.
    reset : "zero", "subtract" or "none"
        NIR's is that to ``v_reset``.
    timing : "now", "late" or "held"
        Of a reset by subtraction, as of `importers.form.Neurons`.
    """

    dt: float | None = None
    comparator: str = ">"
    reset: str = "zero"
    timing: str = "now"

    def __post_init__(self) -> None:
        member("comparator", self.comparator, (">", ">="))
        member("reset", self.reset, RESETS)
        member("timing", self.timing, TIMINGS)
        if self.dt is not None:
            number("dt", self.dt, 1e-12, 1e6)


def convert(graph: Any, ticks: int, *, dialect: Dialect | None = None, input_shape: tuple[int, ...] | None = None,
            images: Array | None = None, **choices: Any) -> Converted:
    """The integer network of a NIR graph, with the report of its conversion.

    The spikes are compared with those of a simulation of the graph in float64, tick by tick (Euler steps of dt).

    Parameters
    ----------
    graph : path or nir.NIRGraph
    ticks : int
    dialect : Dialect, optional
    input_shape : (channels, height, width), optional
        Of images, where the graph takes a vector of as many values.
    images : uint8 array (n, channels, height, width), optional
        On which both are compared; without: random ones.
    choices
        As of `importers.settings.Settings`.

    Raises
    ------
    ValueError
        The file is damaged, too large, or no NIR graph; or a node or property has no exact form.
    OSError
        The file cannot be opened.
    """
    settings = Settings(ticks=ticks, **choices)
    if isinstance(graph, (str, os.PathLike)):
        graph = read(graph)
    chain = chained(graph, dialect or Dialect(), input_shape)
    return converted(chain, settings, lambda given: run(chain, inputs(given, settings)), images)


def read(path: str | os.PathLike[str]) -> Any:
    """The graph of a file, after its bounds were checked.

    Raises
    ------
    ValueError, OSError
        As of `convert`; one line that names the file.
    """
    import nir

    with container.refusal(path):
        hdf5.check(path)
        try:
            return nir.read(path, type_check=False)
        except Exception as error:  # by assertions, keys, attributes: whatever nir raises, the file is wrong
            what = " ".join(str(error).split())
            raise ValueError(f"file is no whole NIR graph ({type(error).__name__}: {what:.200})") from None


def chained(graph: Any, dialect: Dialect, shape: tuple[int, ...] | None = None) -> Chain:
    """The chain that a graph is.

    Raises
    ------
    ValueError
        It is no chain, or a node has no counterpart.
    """
    reading = Reading(dialect.dt, DT, dialect.comparator == ">", dialect.reset, dialect.timing)
    flat = Graph.of(graph)
    given = flat.input_shape()
    layers: list[Layer] = []
    for step in walk(flat):
        layers += reading.loop(step) if isinstance(step, Loop) else _rule(step.name, step.node)(step.name, step.node,
                                                                                                  reading)
    where = _image_shape(given, shape)
    if len(given) == 1 and np.prod(where[1:]) > 1:
        layers.insert(0, Flatten(name="input"))
    return Chain(source="NIR graph", input_shape=where, layers=tuple(layers), notes=tuple(dict.fromkeys(reading.notes)))


def _rule(name: str, node: Any) -> Any:
    kind = type(node).__name__
    if kind not in NODES:
        refuse(name, f"is a {kind}, which has no counterpart", f"use {', '.join(sorted(NODES))}")
    return NODES[kind]


def _image_shape(given: tuple[int, ...], shape: tuple[int, ...] | None) -> tuple[int, int, int]:
    if shape is not None and len(given) == 1 and int(np.prod(shape)) == given[0] and len(shape) == 3:
        return (shape[0], shape[1], shape[2])
    if shape is not None and tuple(shape) != given:
        raise ValueError(f"input shape must have the values of the graph's input, {given}, not {tuple(shape)}")
    if len(given) == 2:
        return (given[0], 1, given[1])
    if len(given) not in (1, 3):
        raise ValueError(f"input of the graph must have 1 to 3 axes, not {len(given)}")
    return (given[0], 1, 1) if len(given) == 1 else (given[0], given[1], given[2])
