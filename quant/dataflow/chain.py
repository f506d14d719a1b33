"""From a network and its folding to the chain of cores that computes it, in the order of the stream."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..description.network import PIXEL_BITS, Network
from ..description.signal import Signal
from ..description.spike_coding import Binary
from .cores import Copies, Core, Credits, Encoder, OutputNeurons, Readout, Resize, Synapses
from .folding import Folding, check, copies
from .lowering import stages, synaptic
from .parts import (
    converters,
    copies_core,
    encoder_cores,
    fork_core,
    gatherers,
    input_lanes,
    loop_cores,
    pool_core,
    queue_core,
    readout_core,
    stage_cores,
)
from .stage import PoolStage, SynapticStage


@dataclass(frozen=True)
class Node:
    """A core in the chain and the name of its output stream's border.

    Parameters
    ----------
    name : str
    core : Core
    fork : str
        Of a join, the name of its fork.
    enclosed : tuple of Node
        Of recurrent neurons, the cores from their spikes back to them; of credits, those of the pipeline.
    branches : tuple of tuple of Node
        Of copies, the chain of each.
    """

    name: str
    core: Core
    fork: str = ""
    enclosed: "tuple[Node, ...]" = ()
    branches: "tuple[tuple[Node, ...], ...]" = ()


def every(nodes: Iterable[Node]) -> Iterator[Node]:
    """All nodes of a chain, those enclosed and those of branches included, each before its own."""
    for node in nodes:
        yield node
        for inner in (node.enclosed, *node.branches):
            yield from every(inner)


def networks(nodes: Sequence[Node]) -> tuple[Sequence[Node], ...]:
    """The chains that compute a whole network each, from pixels to result: the branches of copies, or the chain."""
    return nodes[-1].branches or (nodes,)


def _copy(nodes: Iterable[Node], prefix: str) -> tuple[Node, ...]:
    """The same cores by other names."""
    return tuple(replace(node, name=f"{prefix}{node.name}", fork=node.fork and f"{prefix}{node.fork}",
                         enclosed=_copy(node.enclosed, prefix)) for node in nodes)


def pixels_taken(nodes: Sequence[Node]) -> int:
    """Pixels in an input word of a chain."""
    first = nodes[0].core
    return first.lanes if isinstance(first, Encoder | Copies) else 1


def input_words(nodes: Sequence[Node], pixels: int) -> int:
    """Input words of an image of so many pixels."""
    return pixels // pixels_taken(nodes)


def chain(network: Network, folding: Folding, resize: Resize | None = None, *, narrow: bool = False,
          ) -> tuple[Node, ...]:
    """The cores of ``network`` under ``folding``, from pixels to result; from those of pictures with ``resize``.

    Parameters
    ----------
    narrow : bool
        Words of one pixel come, as with ``resize``, where the first layer takes several.

    Raises
    ------
    ValueError
        The folding does not fit the network.
    """
    nodes, number = _chain(network, folding), copies(folding)
    lanes = pixels_taken(nodes)
    front = [] if resize is None else [Node("resize", resize)]
    if narrow or resize:
        front += [Node("gather", core) for core in gatherers(Signal(Binary, PIXEL_BITS), lanes)]
    if number == 1:
        return (*front, *nodes)
    readout = nodes[-1].core
    assert isinstance(readout, Readout)
    queued = (Node("queue", queue_core(network, lanes)), *nodes)
    return (*front, Node("copies", copies_core(network, readout, number, lanes),
                 branches=tuple(_copy(queued, f"copy{index}_") for index in range(number))),)


def enclosed(nodes: list[Node]) -> list[Node]:
    """The nodes of a stage; synapses and what is behind them are enclosed by credits, where there are some."""
    if not isinstance(nodes[-1].core, Credits):
        return nodes
    (first,) = (at for at, node in enumerate(nodes) if isinstance(node.core, Synapses))
    return [*nodes[:first], replace(nodes[-1], enclosed=tuple(nodes[first:-1]))]


def _chain(network: Network, folding: Folding) -> tuple[Node, ...]:
    folds = {stage.name: fold for stage, fold in zip(synaptic(network), check(network, folding), strict=True)}
    plan = [(stage, folds.get(stage.name)) for stage in stages(network)]
    lanes = input_lanes(*plan[0])
    nodes = [Node(name, core) for name, core in encoder_cores(network, lanes)]
    for index, (stage, fold) in enumerate(plan):
        for end, wide in plan[index:]:
            if wide and isinstance(end, SynapticStage) and end.shortcut and end.shortcut.source == index:
                fork = fork_core(end, wide)
                nodes += [Node(f"{end.name}_fork_{type(core).__name__.lower()}", core)
                          for core in converters(end.shortcut.signal, lanes, fork.lanes)]
                nodes.append(Node(f"{end.name}_fork", fork))
                lanes = fork.lanes
        if isinstance(stage, PoolStage):
            nodes += [Node(f"{stage.name}_{type(core).__name__.lower()}", core)
                      for core in converters(stage.signal, lanes, stage.word_lanes(lanes))]
            pool = pool_core(stage, stage.word_lanes(lanes))
            nodes.append(Node(stage.name, pool))
            lanes = pool.lanes_out
        elif fold:
            nodes += [Node(f"{stage.name}_{type(core).__name__.lower()}", core)
                      for core in converters(stage.signal, lanes, stage.word_lanes(fold.synapses, fold.columns))]
            loop = (tuple(Node(f"{stage.loop.stage.name}_{part}", core)
                          for part, core in loop_cores(stage.loop, folds[stage.loop.stage.name])) if stage.loop else ())
            nodes += enclosed([Node(f"{stage.name}_{part}", core, f"{stage.name}_fork" if part == "join" else "",
                                     loop if part == "neurons" else ()) for part, core in stage_cores(stage, fold)])
            lanes = stage.given_lanes(fold.channels, fold.columns)
    last = nodes[-1].core
    assert isinstance(last, OutputNeurons)
    return (*nodes, Node("readout", readout_core(network, last)))
