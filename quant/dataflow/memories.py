"""Memories that hold a network's weights and thresholds: their words under a folding, which a host may replace."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .chain import Node, every, networks
from .cores import Core, IntegerSynapses, NeuronCore, Synapses, UnrolledNeurons


@dataclass(frozen=True)
class Memory:
    """Memory of words.

    Parameters
    ----------
    width : int
        Bits of a word.
    words : tuple of int
        Unsigned.
    """

    width: int
    words: tuple[int, ...]

    @property
    def word_bytes(self) -> int:
        """Bytes of a word."""
        return -(-self.width // 8)

    @property
    def content(self) -> bytes:
        """All words, each little endian, in whole bytes."""
        return b"".join(word.to_bytes(self.word_bytes, "little") for word in self.words)


def of(core: Core) -> Memory | None:
    """Memory of a core: the weights of synapses, the integers of a channel group of neurons; of others None."""
    if isinstance(core, Synapses):
        return Memory(core.stored_bits, core.stored)
    return integers(core) if isinstance(core, NeuronCore) else None


def loaded(core: NeuronCore) -> tuple[tuple[int, ...], ...]:
    """Integers of each channel that a memory may hold, as of `Neurons.loaded`."""
    return core.neurons.loaded(core.input_bound, core.steps)


def integers(core: NeuronCore) -> Memory:
    """Thresholds and, above them, amounts, if there are any: a word a channel group, the first channel lowest."""
    width, mask, rows = core.membrane_width, (1 << core.membrane_width) - 1, loaded(core)
    return Memory(width * core.channels * len(rows), tuple(
        sum((value & mask) << place * width
            for place, value in enumerate(value for row in rows for value in row[start:start + core.channels]))
        for start in range(0, core.channels * core.groups, core.channels)))


def memories(nodes: Sequence[Node]) -> dict[str, Memory]:
    """Memories of a chain by the name of their core, in the order of the chain; of copies, those of the first.

    Raises
    ------
    ValueError
        Weights or thresholds of a layer are no memory under the folding; the message says what to change.
    """
    return dict(_checked(networks(nodes)[0]))


def _checked(nodes: Sequence[Node]) -> Iterator[tuple[str, Memory]]:
    for node in every(nodes):
        reason = _fixed(node.core)
        if reason:
            raise ValueError(f"{node.name} cannot be loaded from a host: {reason}")
        memory = of(node.core)
        if memory is not None:
            yield node.name, memory


def _fixed(core: Core) -> str:
    """Reason for which weights or thresholds are part of the logic; empty if they are not."""
    if isinstance(core, IntegerSynapses):
        return "its weights have several bits, and its widths follow from their values; build without reload"
    if isinstance(core, Synapses) and len(core.rom) == 1:
        return "its folding computes all weights at once, as wires; give it fewer channels or synapses"
    if isinstance(core, NeuronCore) and not loaded(core):
        return f"thresholds of such {core.neurons.kind} neurons are part of its logic; build without reload"
    if isinstance(core, UnrolledNeurons) and core.groups > 1:
        return "its folding computes all ticks of several channel groups at once; give it fewer ticks"
    return ""
