"""Switching activity of netlists, core by core: how often their nets toggle an image, in the compiled simulation.

    python -m benchmarks.toggles --family ecp5 mnist-up5k="12,25,7 24,300,1 1,48,1" FILE="12,25,1 24,300,1 1,48,1"

A net toggles if it has settled on another value at a clock edge than at the one before: what it does in between, as a
glitch, is not seen, and the clock is left out. What charging a net takes depends on its length and on the device, so
the figure compares foldings, codings and networks in cells of one family, and is no power.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hw.accelerator import Accelerator
from hw.build_report.hierarchy import Hierarchy
from hw.emit import to_rtlil
from quant.dataflow.chain import chain
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.timing.simulation import run_images
from sim.data import labelled
from sim.functional import network as functional
from verify import builds
from verify.netlist import DRIVER, synthesise
from verify.replay import Mismatch

OUTSIDE = "outside"  # of all cores: the streams at both ends
CLOCK = "clk"
RECORDING = replace(DRIVER, waveform=True, runtime=(*DRIVER.runtime, "verilated_vcd_c.cpp"),
                    verilator_flags=(*DRIVER.verilator_flags, "--trace-depth", "1", "--trace-underscore"))  # nets alone
ONE_NAME = ("opt_clean -purge",)  # of each net
CACHE = Path("build", "netlist")


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Activity of a netlist while images follow each other with no gap, an image in the mean.

    Parameters
    ----------
    cycles : float
    nets : dict of str to int
        Nets of one bit that each core drives, by its name, in the order of the chain.
    toggles : dict of str to float
        Of all of these.
    """

    cycles: float
    nets: Mapping[str, int]
    toggles: Mapping[str, float]

    @property
    def share(self) -> float:
        """Share of the nets that toggle in a cycle, 0..1."""
        return sum(self.toggles.values()) / (sum(self.nets.values()) * self.cycles)


def settled(vcd: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Bits of each net of a waveform, and how often they toggle, both by its name.

    Parameters
    ----------
    vcd : iterable of str
        Lines of a value change dump as `sim/compiled/simulator.cpp` writes it: at even times all has settled, at odd
        times the clock has risen.
    """
    names: dict[str, str] = {}  # the first of each net
    bits: dict[str, int] = {}
    before: dict[str, str] = {}
    now: dict[str, str] = {}
    toggles: Counter[str] = Counter()
    for line in vcd:
        match line[:1]:
            case "0" | "1":
                now[line[1:].rstrip()] = line[0]
            case "b":
                value, _, code = line[1:].rstrip().partition(" ")
                now[code] = value
            case "#" if int(line[1:]) % 2:
                toggles.update(_toggled(before, now))
                before |= now
                now.clear()
            case " " if "$var" in line:
                _, _, width, code, name, *_ = line.split()
                names.setdefault(code, name)
                bits[names[code]] = int(width)
    return bits, {names[code]: count for code, count in toggles.items()}


def _toggled(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Each net that is now another, as often as it has bits that are."""
    for code, value in now.items():
        if code in before and value != before[code]:
            yield from [code] * (int(value, 2) ^ int(before[code], 2)).bit_count()


def measure(network: Network, folding: Folding, images: np.ndarray, family: str, folder: Path) -> Activity:
    """Activity of the netlist of ``network`` under ``folding`` for a device family.

    Parameters
    ----------
    images : uint8, (n, channels, height, width)
        They are streamed three times over, and measured from the result of the last to that of the last
        again: so each core takes each of them once.
    folder : Path
        For compiled programs.

    Raises
    ------
    ValueError
        There are fewer images than the cores hold at once, or no such family.
    Mismatch
        A result does not come in the cycle that is predicted.
    BuildError, SimulationError, ToolchainError
        A tool is missing or failed.
    """
    count, nodes, stream = len(images), chain(network, folding), np.concatenate([images] * 3)
    due = run_images(nodes, pixels=images[0].size, decisions=functional.run(network, stream).tick.tolist())
    results = due.borders[nodes[-1].name]
    first, last = results[count - 1], results[2 * count - 1]
    if due.inputs[-1] < last:
        raise ValueError(f"images must be more than {count}: the cores hold so many at once")
    core = Accelerator(network, folding)
    compiled = synthesise(core, family, more=ONE_NAME).design.simulator(RECORDING, folder)
    with TemporaryDirectory() as scratch:
        waveform = Path(scratch) / "nets.vcd"
        seen, error = compiled.attempt(stream.transpose(0, 2, 3, 1), waveform=waveform, stretch=(first, last))
        if error:
            raise error
        if seen.output_cycles.tolist() != results:
            raise Mismatch(f"results must come in cycles {results}, not {seen.output_cycles.tolist()}")
        with waveform.open() as lines:
            bits, toggles = settled(lines)
    owners = _Owners(core)
    return Activity(cycles=(last - first) / count, nets=owners.sums(bits, bits),
                    toggles={name: number / count for name, number in owners.sums(bits, toggles).items()})


class _Owners:
    """The core that drives each net of a flat design."""

    def __init__(self, core: Accelerator) -> None:
        self._hierarchy, self._cores = Hierarchy(to_rtlil(core, "top")), list(core.components)

    def sums(self, nets: Iterable[str], counts: Mapping[str, int]) -> dict[str, int]:
        """Counts of nets, added up core by core, in the order of the chain."""
        found: Counter[str] = Counter()
        for net in nets:
            if net != CLOCK:
                found[self._core(net)] += counts.get(net, 0)
        return {name: found[name] for name in (*self._cores, OUTSIDE) if name in found}

    def _core(self, net: str) -> str:
        """By the module that drives the signal, or else by the name that synthesis gave to the net."""
        signal = self._hierarchy.signal(net)
        module = self._hierarchy.driver(signal) if signal else None
        found = (self._hierarchy.module(net) if module is None else module).partition(".")[0]
        return found if found in self._cores else OUTSIDE


def table(found: Mapping[str, Activity]) -> list[str]:
    """Toggles an image of each core, a column a design, as lines of Markdown."""
    cores = dict.fromkeys(name for activity in found.values() for name in activity.nets)
    rows = [(core, [f"{activity.toggles.get(core, 0):,.0f}" for activity in found.values()]) for core in cores]
    rows += [("all", [f"{sum(activity.toggles.values()):,.0f}" for activity in found.values()]),
             ("nets", [f"{sum(activity.nets.values()):,}" for activity in found.values()]),
             ("cycles", [f"{activity.cycles:,.0f}" for activity in found.values()]),
             ("nets that toggle in a cycle", [f"{activity.share:.2%}" for activity in found.values()])]
    lines = [(" an image", list(found)), ("---", ["---"] * len(found)), *rows]
    return [f"| {' | '.join((name, *cells))} |" for name, cells in lines]


def main(asked: Sequence[str], family: str, images: int, data: Path | None) -> None:
    """Print the table of networks with their foldings."""
    found = {}
    for design in asked:
        name, _, fold = design.partition("=")
        target = builds.target(name, fold or None)
        _, pixels, _ = labelled(target.source, data)
        found[f"`{target.name}` {fold}".rstrip()] = measure(target.source.network, target.folding, pixels[:images],
                                                            family, CACHE)
    print("\n".join(table(found)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("designs", nargs="+", metavar="NETWORK[=FOLDING]")
    parser.add_argument("--family", default="ice40")
    parser.add_argument("--images", type=int, default=8, help="test images (%(default)s)")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    main(options.designs, options.family, options.images, options.data)
