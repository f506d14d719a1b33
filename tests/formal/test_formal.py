# amaranth: UnusedElaboratable=no
"""Each core is proven against its specification, and each specification refuses a core that is wrong."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from amaranth.hdl import Assert, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.accelerator import COMPONENTS, component
from hw.cores.neurons.recurrent_neurons import RecurrentNeurons
from quant import Ramp, Step
from quant.dataflow import cores
from tests.formal.catalogue import PROOFS
from tests.formal.engine import prove, reach
from tests.formal.examples import COPIES, CORES, CREDITS, LOOPS, SHORTCUTS, SMALLEST_MEMORY_WINDOWS
from tests.formal.paths import paths
from tests.formal.promises import promise
from tests.formal.sources import function, memory_copies
from tests.formal.specifications import credits
from tests.formal.specifications.copies import Around, InOrder
from tests.formal.specifications.decision import Decision
from tests.formal.specifications.feedback import Turning
from tests.formal.specifications.neurons import Potentials, Spikes
from tests.formal.specifications.stream import Promise, Stream
from tests.formal.specifications.sums import Sums
from tests.helpers.cores.enclosing import Enclosing
from tests.helpers.cores.narrow import NarrowLoop, NarrowMembrane

LOOP = LOOPS["loop of two neurons, one by one"]
OF_EACH_KIND = {type(core): core for core in CORES.values()}


@pytest.fixture(scope="module")
def verdicts(request):
    """Verdicts of all proofs that are asked for, from as many processes of Yosys as there are processors."""
    asked = [item.callspec.params["proof"] for item in request.session.items
             if getattr(item, "originalname", "") == "test_proven_for_every_reachable_state"]
    pool = ThreadPoolExecutor(os.cpu_count())
    yield {str(proof): pool.submit(prove, proof.make()) for proof in asked}
    pool.shutdown(cancel_futures=True)


SLOWEST = {
    "output neurons, two groups: potentials, widths",  # rate neurons have the same claim
    "credits for results of 1 words: results of all words, in their order"}  # as has their queue


def by_kind():
    """All proofs; those of further examples of a kind are long."""
    first = {(proof.kind, proof.claim): proof for proof in reversed(PROOFS)}
    quick = [proof for proof in first.values() if str(proof) not in SLOWEST]
    return [pytest.param(proof, id=str(proof), marks=() if proof in quick else pytest.mark.long) for proof in PROOFS]


@pytest.mark.parametrize("proof", by_kind())
def test_proven_for_every_reachable_state(proof, verdicts):
    verdict = verdicts[str(proof)].result()
    assert (verdict.outcome, verdict.reached is not None) == ("proved", True), verdict


def test_every_core_is_proven():
    assert set(map(str, PROOFS)) >= SLOWEST
    ends = {type(core) for pair in SHORTCUTS.values() for core in pair}
    looped = {type(node.core) for node in LOOPS.values()}
    side_by_side = {type(core) for core in COPIES.values()}
    credited = {type(core) for core in CREDITS.values()}
    assert set(OF_EACH_KIND) | ends | looped | side_by_side | credited == set(COMPONENTS)
    assert len({str(proof) for proof in PROOFS}) == len(PROOFS)


@pytest.mark.parametrize("core", OF_EACH_KIND.values(), ids=lambda core: type(core).__name__)
def test_only_ready_may_depend_on_ready_within_a_cycle(core):
    found = paths(component(core))
    assert found["o__valid"] | found["o__payload"] == set()
    assert found["i__ready"] <= {"o__ready"}


def test_only_ready_of_a_loop_may_depend_on_ready_within_a_cycle():
    found = paths(component(LOOP.core))
    assert found["o__valid"] | found["o__payload"] | found["enters__valid"] | found["i__ready"] == set()
    assert found["leaves__ready"] <= {"o__ready"}


def test_copies_have_no_path_from_ready_to_what_they_offer():
    found = paths(component(COPIES["2 networks side by side"]))
    assert {name.partition("__")[0] for name in found["o__valid"] | found["o__payload"]} == {"results"}
    assert {(name.partition("__")[0], name.rpartition("__")[2]) for name in found["i__ready"]} == {("images", "ready")}


def test_no_ready_of_credits_depends_on_another_within_a_cycle():
    found = paths(component(CREDITS["credits for results of 2 words"]))
    assert found["o__valid"] | found["o__payload"] | found["leaves__ready"] | found["i__ready"] == set()


class Buffer(wiring.Component):
    """One register between two streams, with a fault or none."""

    i: In(stream.Signature(unsigned(2)))
    o: Out(stream.Signature(unsigned(2)))

    def __init__(self, fault=""):
        self.fault = fault
        self.core = cores.Encoder(bit_planes=1)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        fault, i, o = self.fault, self.i, self.o
        free = Signal()
        m.d.comb += [free.eq(~o.valid | o.ready), i.ready.eq(free)]
        with m.If(free):
            m.d.sync += [o.valid.eq(i.valid), o.payload.eq(i.payload)]
        if fault == "withdraws":
            m.d.sync += o.valid.eq(i.valid & free)
        if fault == "changes":
            m.d.sync += o.payload.eq(i.payload)
        if fault == "loses":
            with m.If(i.valid & (i.payload == 3)):
                m.d.sync += o.valid.eq(o.valid & ~o.ready)
        if fault == "makes up":
            with m.If(free & (i.payload == 3)):
                m.d.sync += o.valid.eq(1)
        if fault == "waits for ready":
            m.d.sync += o.valid.eq((o.valid & ~o.ready) | (i.valid & free & o.ready))
            m.d.comb += i.ready.eq(free & o.ready)
        if fault == "stops":
            stopped = Signal()
            m.d.sync += stopped.eq(stopped | (i.payload == 3))
            m.d.comb += i.ready.eq(free & ~stopped)
            with m.If(stopped & free):
                m.d.sync += o.valid.eq(0)
        return m


@pytest.mark.parametrize(("fault", "outcome"), [
    ("", "proved"), ("withdraws", "refuted"), ("changes", "refuted"), ("loses", "refuted"), ("makes up", "refuted"),
    ("waits for ready", "refuted"), ("stops", "refuted")])
def test_the_contract_refuses(fault, outcome):
    assert prove(Stream(Buffer(fault), Promise([0], 1, late=0, wait=0 if fault else 1))).outcome == outcome


@dataclass(frozen=True, kw_only=True)
class SmallRing(cores.MemoryWindow):
    """Thinks that its ring holds a row more than it does."""

    @property
    def rows(self):
        return super().rows + 1


@dataclass(frozen=True, kw_only=True)
class EarlyRing(cores.MemoryWindow):
    """Reads a window row before its last row is whole."""

    @property
    def rows_needed(self):
        return super().rows_needed - 1


def as_kind(kind, core):
    return kind(**{name: getattr(core, name) for name in core.__dataclass_fields__})


def another(spec, core):
    """``spec``, around the hardware of another description."""
    spec.dut = COMPONENTS[type(core) if type(core) in COMPONENTS else type(core).__base__](core)
    return spec


def turning(core):
    """Specification of `LOOP` around the hardware of another description of its neurons."""
    spec = Turning(LOOP)
    node = replace(LOOP, core=core)
    spec.dut = Enclosing(LOOP)
    spec.dut.node, spec.dut.components[LOOP.name] = node, RecurrentNeurons(core)
    return spec


def side_by_side(**changes):
    """Specification of two networks side by side, dealt out by another description."""
    core = COPIES["2 networks side by side"]
    spec = InOrder(Around(core))
    spec.dut.copies = COMPONENTS[cores.Copies](replace(core, **changes))
    return spec


def credited(**changes):
    """Specification of credits around the hardware of another description."""
    core = CREDITS["credits for results of 2 words"]
    spec = credits.InOrder(credits.Around(core))
    spec.dut.credits = COMPONENTS[cores.Credits](replace(core, **changes))
    return spec


def neurons(core, **changes):
    return replace(core, neurons=replace(core.neurons, **changes))


PACK, PAD, REGISTER = CORES["pack 3"], CORES["pad 1"], CORES["register window 2x2"]
MEMORY, POOL = CORES["memory window 2x2"], CORES["pool 2x2"]
INTEGERS = CORES["synapses of 4 bits, weights in wires"]
STORED = CORES["synapses of 3 bits, two words, partial ticks"]
SYNAPSES, SERIAL = CORES["synapses, weights in wires"], CORES["serial neurons, ramp that ends, bias"]
OUTPUT, READOUT = CORES["output neurons, ramp that ends, bias"], CORES["readout of spikes"]
PLAIN = CORES["output neurons, two groups"]
TINY = SMALLEST_MEMORY_WINDOWS["memory window of the whole map 2x2"]
FAULTS = {
    "a pad that spikes": lambda: another(function(replace(PAD, bit_planes=2)), replace(PAD, bit_planes=3)),
    "a window of another stride": lambda: another(function(REGISTER), replace(REGISTER, stride=2)),
    "a window of another width": lambda: another(function(REGISTER), replace(REGISTER, width=4)),
    "a ring that overwrites": lambda: another(function(TINY), as_kind(SmallRing, TINY)),
    "a ring that overwrites, seen from outside": lambda: another(memory_copies(TINY), as_kind(SmallRing, TINY)),
    "a ring that reads too early": lambda: another(function(MEMORY), as_kind(EarlyRing, MEMORY)),
    "a ring that reads too early, seen by the contract": lambda: another(Stream(component(MEMORY), promise(MEMORY)),
                                                                         as_kind(EarlyRing, MEMORY)),
    "a pool over the wrong rows": lambda: another(function(POOL), replace(POOL, width=2)),
    "a swapped weight": lambda: another(Sums(SYNAPSES), replace(SYNAPSES, rom=(SYNAPSES.rom[0] ^ 1,))),
    "another weight of 4 bits": lambda: another(Sums(INTEGERS), replace(INTEGERS, rom=(INTEGERS.rom[0] ^ 1 << 24,))),
    "a stored weight of 3 bits of the other sign": lambda: another(
        Sums(STORED), replace(STORED, rom=(STORED.rom[0] ^ 4, *STORED.rom[1:]))),
    "a threshold off by one": lambda: another(Spikes(SERIAL), neurons(SERIAL, threshold=[4])),
    "a bias off by one": lambda: another(Spikes(SERIAL), neurons(SERIAL, bias=[0])),
    "another kernel": lambda: another(Spikes(SERIAL), neurons(SERIAL, psp=Ramp())),
    "another kernel at the output": lambda: another(Potentials(OUTPUT), neurons(OUTPUT, psp=Step())),
    "a membrane one bit too small": lambda: another(Potentials(PLAIN), as_kind(NarrowMembrane, PLAIN)),
    "neurons with a louder feedback": lambda: turning(replace(LOOP.core, shift=1)),
    "neurons of another leak in a loop": lambda: turning(neurons(LOOP.core, leak=1)),
    "a sum one bit too small in a loop": lambda: turning(as_kind(NarrowLoop, LOOP.core)),
    "copies that deal out half an image": lambda: side_by_side(words=1),
    "copies that deal out two images": lambda: side_by_side(words=4),
    "credits for two results": lambda: credited(period=4),
    "a readout of the other kind": lambda: another(Decision(READOUT), replace(READOUT, kind="potential")),
    "a readout of more ticks": lambda: another(Decision(READOUT), replace(READOUT, bit_planes=3)),
}


QUICK = {  # one of each specification
    "a pad that spikes", "a window of another width", "a ring that overwrites", "a pool over the wrong rows",
    "a swapped weight", "a threshold off by one", "a membrane one bit too small", "copies that deal out half an image",
    "credits for two results", "a readout of more ticks"}


@pytest.mark.parametrize("fault", [pytest.param(fault, marks=() if fault in QUICK else pytest.mark.long)
                                   for fault in FAULTS])
def test_a_wrong_core_is_refuted(fault):
    assert prove(FAULTS[fault]()).outcome == "refuted"


class Idle(wiring.Component):
    """Claims something of a counter that never moves."""

    own_asserts = True

    def elaborate(self, platform):
        m = Module()
        count = Signal(3)
        with m.If(count == 5):
            m.d.sync += count.eq(6)
        m.d.comb += Assert(count != 6)
        reach(m, six=count == 6)
        return m


def test_a_claim_about_what_never_happens_does_not_count():
    verdict = prove(Idle({}))
    assert (verdict.outcome, verdict.reached, verdict.holds) == ("proved", None, False)
