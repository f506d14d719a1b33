# amaranth: UnusedElaboratable=no
# (registers may be made for their table alone)
"""Another network for a core behind a bus: words of a load in, the memories of core and digest written."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.fifo import AsyncFIFO
from amaranth.lib.wiring import In, Out

from quant.bus_load import digest_memory
from quant.dataflow.memories import Memory

from ..accelerator import Accelerator
from ..cores.store import load_signature, write, write_signature
from ..serial_link.loader import Loader
from .crossing import DEPTH
from .framed import FramedAccelerator
from .registers import WIDTH, Registers, constants, table


class BusLoader(wiring.Component):
    """Writer of memories from words of 32 bits, as of `quant.bus_load.load`, the lowest byte of each first.

    A word takes 33 cycles. Between loads words are dropped. A reset breaks a load off, and leaves all that is loaded.

    Parameters
    ----------
    digest : Memory
        The first of the load.
    memories : sequence of Memory
        Of the core.
    domain : str
        Clock domain of the core.

    Members
    -------
    begin : In(1)
        Begin a load.
    idle : In(1)
        No frame is in the core, so that it can be written; words wait until then.
    word : In(32)
    enable : In(1)
        Take ``word``; it is lost unless ``ready``.
    ready : Out(1)
    loading : Out(1)
        A load has begun, and its CRC was not yet right: there is no network.
    digest : Out(write_signature(digest))
    load : Out(load_signature(memories))
        In ``domain``.
    """

    def __init__(self, digest: Memory, memories: Sequence[Memory], *, domain: str = "sync") -> None:
        self.memories, self.domain = [digest, *memories], domain
        super().__init__({"begin": In(1), "idle": In(1), "word": In(WIDTH), "enable": In(1), "ready": Out(1),
                          "loading": Out(1), "digest": Out(write_signature(digest)),
                          "load": Out(load_signature(memories))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader = loader = Loader(self.memories)
        word = Signal(WIDTH)
        left = Signal(range(WIDTH // 8 + 1))
        space, written = self._connect(m, loader.load)
        m.d.comb += [
            self.ready.eq((left == 0) & ~(self.loading & loader.whole)), loader.clear.eq(self.begin),
            loader.i.payload.eq(word[:8]), loader.i.valid.eq((left != 0) & self.idle & space),
            *write(loader.load, 0, self.memories[0], self.digest),
        ]
        with m.If(self.enable & self.ready):
            m.d.sync += [word.eq(self.word), left.eq(WIDTH // 8)]
        with m.Elif(loader.i.valid & loader.i.ready):
            m.d.sync += [word.eq(word >> 8), left.eq(left - 1)]
        with m.If(self.begin | ~self.loading):
            m.d.sync += left.eq(0)
        loading = Signal(reset_less=True)  # memories are not reset either
        m.d.comb += self.loading.eq(loading)
        with m.If(self.begin):
            m.d.sync += loading.eq(1)
        with m.Elif(loader.whole & written):
            m.d.sync += loading.eq(0)
        return m

    def _connect(self, m, load):
        """Connect the core's memories; whether a word more can be taken, and whether they have all words."""
        parts = [load.enable[1:], load.address[:len(self.load.address)],
                 load.data[len(load.data) - len(self.load.data):]]
        ports = Cat(self.load.enable, self.load.address, self.load.data)
        if self.domain == "sync":
            m.d.comb += ports.eq(Cat(parts))
            return 1, 1
        m.submodules.words = words = AsyncFIFO(width=len(ports), depth=DEPTH, r_domain=self.domain, w_domain="sync")
        m.d.comb += [words.w_data.eq(Cat(parts)), words.w_en.eq(parts[0].any()), words.r_en.eq(1),
                     ports.eq(words.r_data)]
        with m.If(~words.r_rdy):
            m.d.comb += self.load.enable.eq(0)
        return words.w_rdy, words.w_level == 0


def registers(core: Accelerator, digest: str, *, lanes: int, window: bool) -> Registers:
    """Registers of a bus around a core; digest, lanes and window as of `constants` and `table`."""
    return Registers(table(window=window, reload=bool(core.layout)), constants(core, digest, lanes),
                     digest_memory(digest) if core.layout else None)


def connect(m: Module, framed: FramedAccelerator, registers: Registers) -> None:
    """Put a loader between the registers of a bus and its core, if that takes other networks."""
    if not framed.core.layout:
        return
    bus, load = registers.bus, framed.core.load
    assert registers.held is not None
    m.submodules.loader = loader = BusLoader(registers.held, list(framed.core.memories.values()), domain=framed.domain)
    wiring.connect(m, loader.digest, registers.digest)
    m.d.comb += [
        loader.begin.eq(registers.load_begin_stb & (bus.w_data == registers.values["LAYOUT"])),
        loader.word.eq(bus.w_data), loader.enable.eq(registers.load_stb), loader.idle.eq(~framed.busy),
        framed.hold.eq(loader.loading), registers.load_status.eq(Cat(loader.ready, loader.loading)),
        load.enable.eq(loader.load.enable), load.address.eq(loader.load.address), load.data.eq(loader.load.data),
    ]
