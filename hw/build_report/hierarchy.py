"""Modules of a design before it was flattened, and the one that drives each signal: from Amaranth's RTLIL.

A signal that crosses the border of a module has a name on both sides, of which synthesis keeps one, no matter which.
Amaranth lets one module drive a signal, so each of its names leads there.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

Signal = tuple[str, str]  # path of a module below the top, and name of a wire in it
_MODULE = re.compile(r"module \\top\.?(\S*)")
_WIRE = re.compile(r"  wire .*?(input \d+ +)?(\S+)$")
_MEMORY = re.compile(r"  memory .*\\(\S+)$")
_PORT = re.compile(r"([^.]+)\.\d+\.\d+_[A-Z]+(?:_\d+)?(?:\[\d+\])?")
_INSTANCE = re.compile(r"  cell \\top\.(\S+) ")
_CONNECT = re.compile(r" *connect (\S+) (.*)")
_NAME = re.compile(r"[\\$][^\s]+")


class Hierarchy:
    """Modules, wires and their sources.

    Parameters
    ----------
    rtlil : str
        Of a design whose top is ``top``, every name one that `hw.names.plain` has made.

    Members
    -------
    modules : set of str
        Paths as "device.link"; the top is "".
    """

    def __init__(self, rtlil: str) -> None:
        self.modules: set[str] = set()
        self._wires: set[Signal] = set()
        self._inputs: set[Signal] = set()
        self._memories: set[Signal] = set()
        self._sources: dict[Signal, list[Signal]] = defaultdict(list)
        self._drivers: dict[Signal, str | None] = {}
        self._connect(list(self._parse(rtlil)))

    def _parse(self, rtlil: str) -> Iterator[tuple[Signal, list[Signal], bool]]:
        """Each connection: its end, what it is connected to, and whether its end is a port of an instance."""
        module, instance = "", None
        for line in rtlil.splitlines():
            if found := _MODULE.match(line):
                module = found[1]
                self.modules.add(module)
            elif found := _WIRE.match(line):
                self._wires.add((module, _bare(found[2])))
                if found[1]:
                    self._inputs.add((module, _bare(found[2])))
            elif found := _MEMORY.match(line):
                self._memories.add((module, found[1]))
            elif line.startswith("  cell "):
                found = _INSTANCE.match(line)
                instance = found[1] if found else None
            elif found := _CONNECT.match(line):
                inside = line.startswith("    ")
                if instance or not inside:
                    end = (instance if inside and instance else module), _bare(found[1])
                    yield end, [(module, _bare(name)) for name in _NAME.findall(found[2])], inside

    def _connect(self, connections: list[tuple[Signal, list[Signal], bool]]) -> None:
        for end, others, is_port in connections:
            if is_port and end not in self._inputs:
                for other in others:
                    self._sources[other].append(end)
            else:
                self._sources[end] += others

    def driver(self, signal: Signal) -> str | None:
        """Path of the module that drives a signal; None: parts of it are driven by several."""
        if signal not in self._drivers:
            self._drivers[signal] = signal[0]
            found = {self.driver(source) for source in self._sources.get(signal, ())} or {signal[0]}
            self._drivers[signal] = found.pop() if len(found) == 1 else None
        return self._drivers[signal]

    def signal(self, name: str) -> Signal | None:
        """The signal of which a net of the flat design, as "device.link.at[3]", is a bit; None: a name by synthesis."""
        module = self.module(name)
        found = module, name[len(module) + 1 if module else 0:].partition("[")[0]
        return found if found in self._wires else None

    def memory(self, name: str) -> str | None:
        """Path of the module whose memory a net of the flat design is at, as "core.window.ring.0.2_WDATA_1"."""
        module = self.module(name)
        found = _PORT.fullmatch(name[len(module) + 1 if module else 0:])
        return module if found and (module, found[1]) in self._memories else None

    def nearest(self, name: str) -> Signal | None:
        """The signal after which synthesis has named a net or cell: what is left of the name without what it added."""
        while name and (found := self.signal(name)) is None:
            name = name.rpartition("_")[0]
        return found if name else None

    def module(self, name: str) -> str:
        """Path of the module in which a net or cell of the flat design is, by its name."""
        while name:
            name = name.rpartition(".")[0]
            if name in self.modules:
                break
        return name


def _bare(name: str) -> str:
    return name.removeprefix("\\")
