"""Every proof, as data."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from hw.accelerator import component
from hw.cores.streams.event_frames import EventFrames
from quant.dataflow import cores
from tests.formal import examples
from tests.formal.promises import events, promise
from tests.formal.sources import function, memory_copies, tick_words
from tests.formal.specifications import copies, credits
from tests.formal.specifications.event_frames import Gathered
from tests.formal.specifications.feedback import Turning
from tests.formal.specifications.feedback import promise as turning
from tests.formal.specifications.serial_link import ENDS, LinkEnd
from tests.formal.specifications.shortcut import PROMISE, Around, Joined
from tests.formal.specifications.stream import Specification, Stream
from tests.helpers.cores.enclosing import Enclosing


@dataclass(frozen=True)
class Proof:
    """A specification of a core, and what it is called.

    Parameters
    ----------
    subject, claim : str
    make : callable
        Gives the specification.
    kind : hashable
        What it is an example of: a kind of core, with its neurons if it has any, and their kernel where all ticks are
        unrolled: the same lane computes them one by one.
    """

    subject: str
    claim: str
    make: Callable[[], Specification | LinkEnd]
    kind: Hashable

    def __str__(self) -> str:
        return f"{self.subject}: {self.claim}"


CLAIMS = {
    cores.MemoryWindow: "ring: read after written, kept until last use, right address",
    cores.Current: "number of arbitrary digits",
    cores.Resize: "sums of boxes by their memory, means",
    cores.Pool: "least, largest or union of an arbitrary window",
    cores.DepthwiseSynapses: "sums of an arbitrary pass",
    cores.IntegerDepthwiseSynapses: "sums of an arbitrary pass",
    cores.IntegerSynapses: "sums of an arbitrary pass",
    cores.Synapses: "sums of an arbitrary pass",
    cores.SerialNeurons: "crossings, widths",
    cores.UnrolledNeurons: "crossings, widths",
    cores.OutputNeurons: "potentials, widths",
    cores.Readout: "stream contract and decision",
}


def _stream(core: cores.Core) -> Specification:
    return Stream(component(core), promise(core))


def _kind(core: cores.Core) -> Hashable:
    if isinstance(core, cores.NeuronCore):
        unrolled = isinstance(core, cores.UnrolledNeurons)
        return type(core), core.neurons.kind, getattr(core.neurons, "psp", None) if unrolled else None
    return (type(core),)


def _proofs() -> list[Proof]:
    proofs = [Proof(name, "stream contract", lambda core=core: _stream(core), type(core))
              for name, core in examples.CORES.items() if not isinstance(core, cores.Readout)]
    proofs += [Proof(name, CLAIMS.get(type(core), "every word is the right copy"), lambda core=core: function(core),
                     _kind(core))
               for name, core in examples.CORES.items() if not isinstance(core, cores.Encoder)]
    proofs += [Proof(name, "every word is the right copy", lambda core=core: memory_copies(core), _kind(core))
               for name, core in examples.SMALLEST_MEMORY_WINDOWS.items()]
    for name, ends in examples.SHORTCUTS.items():
        proofs += [Proof(name, "stream contract", lambda ends=ends: Stream(Around(*ends), PROMISE), Around),
                   Proof(name, "every word meets its copy", lambda ends=ends: Joined(Around(*ends)), Around)]
    proofs += [Proof(name, "stream contract", lambda core=core: Stream(EventFrames(core), events(core)), EventFrames)
               for name, core in examples.EVENT_FRAMES.items()]
    proofs += [Proof(name, "spike trains of arbitrary events", lambda core=core: Gathered(core), Gathered)
               for name, core in examples.GATHERED.items()]
    for name, core in examples.COPIES.items():
        proofs += [Proof(name, "stream contract", lambda core=core: Stream(copies.Around(core), copies.promise(core)),
                         copies.Around),
                   Proof(name, "results of all images, in their order", lambda core=core: copies.InOrder(
                       copies.Around(core)), copies.Around)]
    for name, core in examples.CREDITS.items():
        proofs += [Proof(name, "stream contract", lambda core=core: Stream(credits.Around(core), credits.promise(core)),
                         credits.Around),
                   Proof(name, "results of all words, in their order", lambda core=core: credits.InOrder(
                       credits.Around(core)), credits.Around)]
    for name, node in examples.LOOPS.items():
        proofs += [Proof(name, "stream contract", lambda node=node: Stream(Enclosing(node), turning(node)), Enclosing),
                   Proof(name, "spike trains of neurons with feedback, widths", lambda node=node: Turning(node),
                         Enclosing)]
    proofs += [Proof(f"ticks of {name}", "every word is the right copy", lambda core=core: tick_words(core),
                     tick_words)
               for name, core in examples.CORES.items() if isinstance(core, cores.OutputNeurons)]
    proofs += [Proof(name, "stream contract, flags and escapes", end, name) for name, end in ENDS.items()]
    return proofs


PROOFS = _proofs()
