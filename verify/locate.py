"""Location of the first difference of a design from the golden models: border, cycle, and a waveform around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quant.dataflow.chain import Node, chain, every
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.files import scratch
from sim.cycle.borders import INPUT, Border, driver, predict, record
from sim.functional.psp import Array

from .design import Design, emit

BEFORE, AFTER = 200, 20  # cycles of the waveform around the first transfer that differs

Transfer = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Difference:
    """Transfer that is not as predicted.

    Parameters
    ----------
    stage, taker : str
        Core that outputs the word (`sim.cycle.borders.INPUT` for the pixels), and core that takes it; "output" behind
        the last.
    image, transfer : int
        Index of the image in the stream, and of the transfer in its image.
    expected, got : (cycle, word), or None for no transfer
        Cycles count from reset; numbers of a word are unsigned.
    """

    stage: str
    taker: str
    image: int
    transfer: int
    expected: Transfer | None
    got: Transfer | None

    @property
    def cycle(self) -> int:
        """First cycle in which the design differs."""
        return min(transfer[0] for transfer in (self.expected, self.got) if transfer)


def takers(nodes: Sequence[Node], end: str) -> Iterator[tuple[str, str]]:
    """Pairs of each core of a chain and the one that takes its words; ``end`` takes those of the last."""
    for node, taker in zip(nodes, [*(node.name for node in nodes[1:]), end], strict=True):
        yield node.name, taker
        if node.enclosed:
            yield from takers(node.enclosed, node.name)
        for branch in node.branches:
            yield from takers(branch, node.name)


def _streams(nodes: Sequence[Node], images: int) -> dict[str, range]:
    """Images that pass through each core, by its name."""
    found = {node.name: range(images) for node in every(nodes)} | {INPUT: range(images)}
    for copy, branch in enumerate(nodes[-1].branches):
        found |= {node.name: range(images)[copy::len(nodes[-1].branches)] for node in every(branch)}
    return found


def earliest(nodes: Sequence[Node], due: Mapping[str, Border], got: Mapping[str, Border],
             images: int) -> Difference | None:
    """First transfer in time that differs; of several in one cycle, the one behind the last core of the chain.

    An error of a core is visible behind it before it is visible behind any later core, since outputs are registers. A
    stall reaches all earlier cores in the same cycle, and the one nearest to its cause is the last of them.
    """
    first, passing = None, _streams(nodes, images)
    for stage, taker in ((INPUT, nodes[0].name), *takers(nodes, "output")):
        place = due[stage].first_difference(got[stage])
        if place is None:
            continue
        own = passing[stage] or range(images)  # a copy without an image has moved a border of one that does not come
        image, transfer = divmod(place, max(1, len(due[stage].words) // len(own)))
        found = Difference(stage, taker, own[min(image, len(own) - 1)], transfer, due[stage].at(place),
                           got[stage].at(place))
        if first is None or found.cycle <= first.cycle:
            first = found
    return first


@dataclass(frozen=True)
class Location:
    """Location of a difference.

    Parameters
    ----------
    difference : Difference or None
        None if the design with taps does not differ.
    skipped : int
        Number of images that were left out before those that were streamed.
    said : str
        Message of a simulation that ended early; else empty.
    waveform : Path or None
        File of the waveform, if there is one.
    stretch : (int, int)
        First and last cycle of the waveform.
    """

    difference: Difference | None
    skipped: int
    said: str
    waveform: Path | None
    stretch: tuple[int, int]

    def record(self, first: int) -> dict[str, Any]:
        """Location as a JSON value; ``first`` is the number of the first image in the data set."""
        record: dict[str, Any] = {}
        if self.waveform:
            record |= {"waveform": str(self.waveform), "waveform_cycles": list(self.stretch)}
        if self.said:
            record["said"] = self.said
        if self.difference:
            sides = (("expected", self.difference.expected), ("got", self.difference.got))
            record |= {"image": first + self.skipped + self.difference.image, "images_before": self.difference.image,
                       "stage": self.difference.stage, "taker": self.difference.taker,
                       "transfer": self.difference.transfer,
                       **{side: word and {"cycle": word[0], "word": list(word[1])} for side, word in sides}}
        return record


def locate(network: Network, folding: Folding, design: Design, images: Array, waveform: Path | None, *,
           patience: int, cycle: int, say: Callable[[str], Any] = lambda line: None) -> Location:
    """Find the difference that the last of ``images`` shows, and write its waveform.

    The last two images are streamed through the design with taps; if they agree, all images are. If these agree too,
    the waveform is that of ``design``, around ``cycle``.

    Parameters
    ----------
    images : uint8, (n, ...)
        Images from reset on, in the order in which the design takes pixels.
    waveform : Path or None
        File to write, whole or not at all. None: no waveform.
    patience : int
        Cycles without a transfer after which the simulation ends.
    say : callable
        Called with a message before each long step.
    """
    nodes = chain(network, folding)
    tapped = emit(network, folding, taps=True)
    say("looking for the stage: compiling the design with its borders")
    simulator = tapped.simulator(driver(nodes))
    for skipped in sorted({max(0, len(images) - 2), 0}, reverse=True):
        stream = images[skipped:]
        _, got, error = record(simulator, nodes, stream, patience=patience)
        difference = earliest(nodes, predict(nodes, stream), got, len(stream))
        if difference or error:
            break
    middle = difference.cycle if difference else cycle
    stretch = max(0, middle - BEFORE), middle + AFTER
    if waveform:
        say("compiling the design with a waveform")
        shown = nodes if difference else ()
        traced = (tapped if difference else design).simulator(driver(shown, waveform=True))
        waveform.parent.mkdir(parents=True, exist_ok=True)
        with scratch.beside(waveform) as made:
            record(traced, shown, stream, patience=patience, waveform=made, stretch=stretch)
            scratch.land(made, waveform)
    return Location(difference, skipped, str(error or ""), waveform, stretch)
