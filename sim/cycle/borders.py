"""Transfers at every border between cores: as the golden models predict them, and as the simulated Verilog has them.

A design with taps has a port for each border, that is for the output stream of each core.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from quant.dataflow import cores
from quant.dataflow.chain import Node, every, pixels_taken
from quant.timing.simulation import always, run_images

from ..compiled.compiler import STREAMING, Driver, SimulationError
from ..compiled.simulator import PATIENCE, Simulator, transfer
from ..functional.psp import Array
from .payload import Word, borders
from .stalls import ALWAYS, Pattern
from .transfers import Transfers
from .wires import widths

INPUT = "input"
CHUNK = 512  # words taken apart at once


@dataclass(frozen=True, eq=False)
class Border:
    """The transfers of one border, in order.

    Parameters
    ----------
    cycles : int64, (n,)
        Cycle 0 ends with the first clock edge after reset.
    words : int64, (n, numbers)
        Payloads, each number as the unsigned bits on the wires. A prediction may have fewer words than cycles: a pad
        runs ahead into an image that never comes.
    """

    cycles: Array
    words: Array

    def first_difference(self, other: "Border") -> int | None:
        """Index of the first transfer that differs or that only one of both has; None if there is none."""
        count = min(len(self.cycles), len(other.cycles))
        known = min(count, len(self.words), len(other.words))
        differs = self.cycles[:count] != other.cycles[:count]
        differs[:known] |= (self.words[:known] != other.words[:known]).any(axis=1)
        if differs.any():
            return int(differs.argmax())
        return None if len(self.cycles) == len(other.cycles) else count

    def at(self, place: int) -> tuple[int, tuple[int, ...]] | None:
        """Cycle and numbers of the transfer ``place``; None if there is none."""
        if place >= len(self.cycles):
            return None
        return int(self.cycles[place]), tuple(self.words[place].tolist()) if place < len(self.words) else ()


def port(node: Node) -> str:
    """Name of the port for the border behind ``node``."""
    return f"tap_{node.name}"


def driver(nodes: Sequence[Node], *, waveform: bool = False) -> Driver:
    """Driver that records the taps of a design; with ``waveform`` it is compiled quickly and runs slowly."""
    recording = replace(STREAMING, borders=tuple(map(port, every(nodes))))
    if not waveform:
        return recording
    return replace(recording, waveform=True, optimise="-O0", runtime=(*STREAMING.runtime, "verilated_vcd_c.cpp"))


def predict(nodes: Sequence[Node], images: Array, *, input_gap: Pattern = ALWAYS,
            output_stall: Pattern = ALWAYS) -> dict[str, Border]:
    """Predicted transfers at the input and behind each core until the last result is out, by name of the core.

    Parameters
    ----------
    images : uint8, (n, ...)
        Pixels in the order in which the design takes them.
    """
    pixels = images.reshape(len(images), -1).tolist()
    words = borders(nodes, pixels)
    source, sink = (always if pattern == ALWAYS else pattern for pattern in (input_gap, output_stall))
    times = run_images(nodes, pixels=len(pixels[0]), decisions=[word[1] for word in words[nodes[-1].name]],
                       source=source, sink=sink)
    return {INPUT: Border(np.array(times.inputs), images.reshape(-1, pixels_taken(nodes)).astype(np.int64))} | {
        node.name: Border(np.array(times.borders[node.name]), _unsigned(node.core, words[node.name]))
        for node in every(nodes)}


def record(simulator: Simulator, nodes: Sequence[Node], images: Array, *, input_gap: Pattern = ALWAYS,
           output_stall: Pattern = ALWAYS, patience: int = PATIENCE, progress: Callable[[int], Any] | None = None,
           waveform: Path | None = None, stretch: tuple[int, int] = (0, 0),
           ) -> tuple[Transfers, dict[str, Border], SimulationError | None]:
    """Simulated transfers at both ends and at each border, and the error that ended the simulation early, if any.

    ``simulator`` is built with `driver`; the other parameters are those of `Simulator.attempt`.
    """
    with tempfile.TemporaryDirectory() as folder:
        seen, error = simulator.attempt(images, input_gap=input_gap, output_stall=output_stall, patience=patience,
                                        progress=progress, taps=Path(folder), waveform=waveform,
                                        stretch=stretch)
        cycles = seen.input_cycles.ravel()
        words = images.reshape(-1, pixels_taken(nodes))
        found = {INPUT: Border(cycles[cycles >= 0], words[cycles >= 0].astype(np.int64))}
        for node in every(nodes):
            found[node.name] = _recorded(Path(folder) / port(node), node.core, simulator.manifest)
    return seen, found, error


def _recorded(file: Path, core: cores.Core, manifest: Mapping[str, Any]) -> Border:
    records = np.fromfile(file, transfer(manifest["ports"][f"{file.name}__payload"]["width"]))
    return Border(records["cycle"].astype(np.int64), _numbers(core, records["payload"]))


def _numbers(core: cores.Core, payloads: Array) -> Array:
    """The numbers of each payload, (n, bytes) little-endian."""
    sizes = np.array(widths(core))
    starts = np.cumsum(sizes) - sizes
    weights = 1 << (np.arange(sizes.sum()) - np.repeat(starts, sizes))
    words = [np.empty((0, len(sizes)), np.int64)]
    for at in range(0, len(payloads), CHUNK):
        bits = np.unpackbits(payloads[at:at + CHUNK], axis=1, bitorder="little", count=int(sizes.sum()))
        words.append(np.add.reduceat(bits * weights, starts, axis=1))
    return np.concatenate(words) & (1 << sizes) - 1  # reduceat makes a bit of no bits, as the index of one class


def _unsigned(core: cores.Core, words: Sequence[Word]) -> Array:
    sizes = np.array(widths(core))
    return np.array(words, np.int64).reshape(len(words), len(sizes)) & (1 << sizes) - 1
