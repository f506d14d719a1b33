"""NIR graphs as chains: nested graphs are taken apart, and nodes are put in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from quant.check import integers
from quant.description.layers import MAX_EXTENT

from .form import refuse

MAX_NODES = 1024
MAX_DEPTH = 8
WEIGHTS = ("Linear", "Affine", "Conv2d")
ENDS = ("Input", "Output")


@dataclass(frozen=True)
class Step:
    """A node in order."""

    name: str
    node: Any


@dataclass(frozen=True)
class Loop:
    """Neurons with their recurrent weights, and the delay between, if there is one."""

    neurons: Step
    weights: Step
    delay: Step | None


@dataclass
class Graph:
    """A graph without graphs in it.

    Attributes
    ----------
    nodes : dict of str to node
    after : dict of str to list of str
        Names behind each.
    """

    nodes: dict[str, Any] = field(default_factory=dict)
    after: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Any) -> "Graph":
        """The graph with all graphs in it taken apart; a ValueError if it is damaged or too large."""
        made = cls()
        made._take(graph, "", 0)
        inner = [name for name, node in made.nodes.items() if _kind(node) in ENDS and "." in name]
        for name in inner:
            made._bypass(name)
        return made

    def _take(self, graph: Any, prefix: str, depth: int) -> None:
        nodes, edges = getattr(graph, "nodes", None), getattr(graph, "edges", None)
        if not isinstance(nodes, dict) or edges is None or depth > MAX_DEPTH:
            raise ValueError(f"graph must have nodes and edges, at most {MAX_DEPTH} graphs inside each other")
        inside = {name for name, node in nodes.items() if _kind(node) == "NIRGraph"}
        for name, node in nodes.items():
            if name in inside:
                self._take(node, f"{prefix}{name}.", depth + 1)
            else:
                self.nodes[f"{prefix}{name}"] = node
        if len(self.nodes) > MAX_NODES:
            raise ValueError(f"graph must have at most {MAX_NODES} nodes")
        for before, behind in edges:
            if before not in nodes or behind not in nodes:
                raise ValueError(f"edge from {before!r:.60} to {behind!r:.60} must join nodes of the graph")
            start = prefix + (f"{before}.{_end(nodes[before], 'Output')}" if before in inside else before)
            stop = prefix + (f"{behind}.{_end(nodes[behind], 'Input')}" if behind in inside else behind)
            if stop not in self.after.setdefault(start, []):
                self.after[start].append(stop)

    def _bypass(self, name: str) -> None:
        """Leave out a node that only passes on."""
        behind = self.after.pop(name, [])
        del self.nodes[name]
        for others in self.after.values():
            if name in others:
                others[:] = [other for other in others if other != name] + [b for b in behind if b not in others]

    def before(self, name: str) -> list[str]:
        """Names of the nodes in front of one."""
        return [start for start, others in self.after.items() if name in others]

    def only(self, kind: str) -> str:
        """Name of the only node of a kind; a ValueError if there are none or several."""
        found = [name for name, node in self.nodes.items() if _kind(node) == kind]
        if len(found) != 1:
            raise ValueError(f"graph must have one {kind}, not {len(found)}")
        return found[0]

    def input_shape(self) -> tuple[int, ...]:
        """Shape of what comes in, without batch and time."""
        shape = (self.nodes[self.only("Input")].input_type or {}).get("input")
        if shape is None:
            raise ValueError("input of the graph must have a shape")
        return integers("shape of the graph's input", shape, 1, MAX_EXTENT * MAX_EXTENT)


def _kind(node: Any) -> str:
    return type(node).__name__


def _end(graph: Any, kind: str) -> str:
    """Name of the only node of a kind of a graph inside another."""
    found = [name for name, node in graph.nodes.items() if _kind(node) == kind]
    if len(found) != 1:
        raise ValueError(f"a graph inside the graph must have one {kind}, not {len(found)}")
    return found[0]


def walk(graph: Graph) -> Iterator[Step | Loop]:
    """The nodes from input to output, in order, neurons together with what feeds them back.

    Raises
    ------
    ValueError
        The graph is no chain.
    """
    stop, seen = graph.only("Output"), set()
    name = graph.only("Input")
    came = ""
    while name != stop:
        if name in seen:
            refuse(name, "is reached twice: the graph goes round", "feed back through one Linear, Affine or Conv2d")
        seen.add(name)
        loop, behind = _loop(graph, name)
        known = {came, loop.weights.name, loop.delay.name if loop.delay else ""} if loop else {came}
        extra = [other for other in graph.before(name) if other not in known]
        last = loop.delay.name if loop and loop.delay else loop.weights.name if loop else None
        if extra and extra != [last] or len(behind) != 1:
            refuse(name, f"has {1 + len(extra)} inputs and {len(behind)} outputs", "import chains alone; a loop goes "
                   "through one Linear, Affine or Conv2d")
        if loop is not None:
            seen |= {loop.weights.name} | ({loop.delay.name} if loop.delay else set())
            yield loop
        elif came:
            yield Step(name, graph.nodes[name])
        came, name = name, behind[0]
    left = set(graph.nodes) - seen - {stop}
    if left or len(graph.before(stop)) != 1:
        refuse(sorted(left)[0] if left else stop, "is not on the way from input to output", "take it out of the graph")


def _loop(graph: Graph, name: str) -> tuple[Loop | None, list[str]]:
    """What feeds a node back to itself, through weights and perhaps a delay; and what else is behind it."""
    behind = list(graph.after.get(name, []))
    for first in behind:
        path = [first]
        while len(path) <= 2 and graph.after.get(path[-1], []) != [name]:
            if len(following := graph.after.get(path[-1], [])) != 1:
                break
            path.append(following[0])
        if len(path) > 2 or graph.after.get(path[-1], []) != [name]:
            continue
        steps = [Step(each, graph.nodes[each]) for each in path]
        weights = [step for step in steps if _kind(step.node) in WEIGHTS]
        delays = [step for step in steps if _kind(step.node) == "Delay"]
        if len(weights) == 1 and len(weights) + len(delays) == len(steps):
            behind.remove(first)
            return Loop(Step(name, graph.nodes[name]), weights[0], delays[0] if delays else None), behind
    return None, behind
