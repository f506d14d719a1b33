"""Registers that every bus has: what the core is, how many frames and results there were, and what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.bus_load import digest_memory, layout_word
from quant.dataflow.memories import Memory

from ..accelerator import Accelerator
from ..cores.store import Store, write_signature
from .framed import FramedAccelerator

WIDTH, BYTES, ADDRESS_BITS = 32, 4, 5
MAGIC, VERSION = int.from_bytes(b"bspk", "big"), 1


@dataclass(frozen=True, kw_only=True)
class Register:
    """A register of 32 bits.

    Parameters
    ----------
    name : str
    address : int
        In bytes.
    access : str
        ``r`` or ``w``.
    meaning : str
    """

    name: str
    address: int
    access: str
    meaning: str


CONSTANTS = {
    "MAGIC": "0x6273706B, \"bspk\"",
    "VERSION": f"of these registers: {VERSION}",
    "CHANNELS": "of an image",
    "HEIGHT": "of an image, in pixels",
    "WIDTH": "of an image, in pixels",
    "CLASSES": "potentials of a result",
    "STEPS": "ticks; a result whose tick is this fired no output",
    "LANES": "pixels of a word of a frame",
    **{f"DIGEST{place}": f"of the network: its bytes {4 * place} to {4 * place + 3}, the first one highest"
       for place in range(8)},
}
DIGEST = tuple(f"DIGEST{place}" for place in range(8))
COUNTERS = {
    "STATUS": "bit 0: there are frames without their result; bit 1: a word of a result waits, bit 2: it is the first "
              "of its result, bit 3: it is the last; its frame was, bit 4: too short, bit 5: too long",
    "FRAMES": "frames that came to their end, or to where it should have been",
    "SHORT": "frames among them that were too short",
    "LONG": "frames among them that were too long",
    "RESULTS": "results that were taken whole",
    "CYCLES": "cycles of the bus clock",
}
WINDOW = {
    "SPACE": ("r", "words of frames that can be written now"),
    "LOST": ("r", "words of frames that were written without space for them"),
    "PIXELS": ("w", "a word of a frame, the lowest byte first, in the order row, column, channel"),
    "PIXELS_LAST": ("w", "the last word of a frame"),
    "RESULT": ("r", "the word of a result that waits; what is read is taken. 0 if none waits"),
}
RELOAD = {
    "LAYOUT": ("r", "of the shape of the network, and its folding: what begins a load"),
    "LOAD_STATUS": ("r", "bit 0: a word of a load can be written; bit 1: a load is not yet whole, frames wait for it"),
    "LOAD_BEGIN": ("w", "LAYOUT begins a load of another network; anything else does nothing"),
    "LOAD": ("w", "the next word of a load"),
}


def table(*, window: bool, reload: bool = False) -> tuple[Register, ...]:
    """All registers, by address.

    Parameters
    ----------
    window : bool
        Frames and results go through registers, not through streams beside them.
    reload : bool
        The core takes other networks.
    """
    rows = [(name, "r", meaning) for name, meaning in (CONSTANTS | COUNTERS).items()]
    for more, there in ((WINDOW, window), (RELOAD, reload)):
        rows += [(name, *row) for name, row in more.items()] if there else []
    return tuple(Register(name=name, address=BYTES * place, access=access, meaning=meaning)
                 for place, (name, access, meaning) in enumerate(rows))


def constants(core: Accelerator, digest: str, lanes: int) -> dict[str, int]:
    """Values of the registers that never change.

    Parameters
    ----------
    core : Accelerator
    digest : str
        SHA-256 of the network, in hexadecimal.
    lanes : int
        Pixels of a word.
    """
    values = [MAGIC, VERSION, *core.input_shape, core.network.classes, core.network.steps, lanes,
              *digest_memory(digest).words]
    layout = {"LAYOUT": layout_word(core.layout)} if core.layout else {}
    return dict(zip(CONSTANTS, values, strict=True)) | layout


class RegisterBus(wiring.Signature):
    """A bus to registers, with the members of an `amaranth_soc.csr.Signature` of the same widths."""

    def __init__(self):
        super().__init__({"addr": Out(ADDRESS_BITS), "r_data": In(WIDTH), "r_stb": Out(1), "w_data": Out(WIDTH),
                          "w_stb": Out(1)})


class Registers(wiring.Component):
    """Decoder of registers. What is read comes a cycle after ``r_stb``; in all other cycles, and without a register, 0.

    Parameters
    ----------
    rows : sequence of Register
    values : mapping of str to int
        Of those that never change, by name.
    digest : Memory, optional
        Of the digest, where it changes; ``values`` has what it is at power-up.

    Members
    -------
    bus : In(RegisterBus())
        ``addr`` counts registers.
    <name> : In(32)
        Of each other register that can be read, in small letters: its value.
    <name>_stb : Out(1)
        Of each register without a fixed value: it is read, or ``bus.w_data`` is written to it.
    digest : ``In(write_signature(digest))``
        Where there is one.
    """

    def __init__(self, rows: Sequence[Register], values: Mapping[str, int], digest: Memory | None = None) -> None:
        self.rows, self.held = rows, digest
        self.values = values if digest is None else {name: 0 if name in DIGEST else value
                                                     for name, value in values.items()}
        live = [row for row in rows if row.name not in values]
        super().__init__({"bus": In(RegisterBus())} | {row.name.lower(): In(WIDTH) for row in live if row.access == "r"}
                         | {f"{row.name.lower()}_stb": Out(1) for row in live}
                         | ({} if digest is None else {"digest": In(write_signature(digest))}))

    def elaborate(self, platform):
        m = Module()
        bus = self.bus
        read = bus.r_data if self.held is None else Signal(WIDTH, name="read")
        m.d.sync += read.eq(0)
        with m.Switch(bus.addr):
            for row in self.rows:
                with m.Case(row.address // BYTES):
                    if row.name not in self.values:
                        strobe = bus.r_stb if row.access == "r" else bus.w_stb
                        m.d.comb += getattr(self, f"{row.name.lower()}_stb").eq(strobe)
                    if row.access == "r":
                        value = self.values.get(row.name, getattr(self, row.name.lower(), None))
                        with m.If(bus.r_stb):
                            m.d.sync += read.eq(value)
        if self.held is not None:
            m.d.comb += bus.r_data.eq(read | self._digest(m, self.held))
        return m

    def _digest(self, m: Module, held: Memory) -> Value:
        """What was read of the digest, or 0."""
        m.submodules.digest = store = Store(held)
        wiring.connect(m, wiring.flipped(self.digest), store.write)
        first = list(CONSTANTS).index(DIGEST[0])
        asked = Signal()
        m.d.comb += [store.address.eq(self.bus.addr - first), store.enable.eq(self.bus.r_stb)]
        m.d.sync += asked.eq(self.bus.r_stb & (self.bus.addr >= first) & (self.bus.addr < first + len(DIGEST)))
        return Mux(asked, store.data, 0)


def watch(m: Module, framed: FramedAccelerator, registers: Registers) -> None:
    """Give the registers of `COUNTERS` what happens at an accelerator."""
    word = framed.o
    first = Signal(init=1)
    with m.If(word.valid & word.ready):
        m.d.sync += first.eq(word.p.last)
    of_word = Cat(first, word.p.last, word.p.errors)
    m.d.comb += registers.status.eq(Cat(framed.busy, word.valid, Mux(word.valid, of_word, 0)))
    for name, happens in (("frames", framed.frames), ("short", framed.short), ("long", framed.long),
                          ("results", framed.results), ("cycles", 1)):
        count = Signal(WIDTH, name=name)
        m.d.sync += count.eq(count + happens)
        m.d.comb += getattr(registers, name).eq(count)
