# amaranth: UnusedElaboratable=no
# (an accelerator may be made for its nodes and ports alone)
"""The whole network as one core: pixels in, results out."""

from collections.abc import Mapping, Sequence

from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.dataflow.chain import Node, chain, every, networks
from quant.dataflow.folding import Folding
from quant.dataflow.memories import memories, of
from quant.description.network import Network
from quant.serial_link.reload import layout

from .cores.neurons.output_neurons import OutputNeurons
from .cores.neurons.recurrent_neurons import RecurrentNeurons
from .cores.neurons.serial_neurons import SerialNeurons
from .cores.neurons.unrolled_neurons import UnrolledNeurons
from .cores.readout import Readout
from .cores.store import load_signature, write
from .cores.streams.copies import Copies
from .cores.streams.credits import Credits
from .cores.streams.encoder import Encoder
from .cores.streams.event_frames import EventFrames
from .cores.streams.fork import Fork
from .cores.streams.queue import Queue
from .cores.streams.register_slice import RegisterSlice
from .cores.streams.resize import Resize
from .cores.streams.stream import pipe, result_layout
from .cores.synapses.current import Current
from .cores.synapses.depthwise import DepthwiseSynapses, IntegerDepthwiseSynapses
from .cores.synapses.integer import IntegerSynapses
from .cores.synapses.join import Join
from .cores.synapses.synapses import Synapses
from .cores.windows.memory_window import MemoryWindow
from .cores.windows.pack import Pack, Unpack
from .cores.windows.pad import Pad
from .cores.windows.pool import Pool
from .cores.windows.register_window import RegisterWindow

COMPONENTS = {
    cores.Copies: Copies,
    cores.Credits: Credits,
    cores.Current: Current,
    cores.DepthwiseSynapses: DepthwiseSynapses,
    cores.IntegerDepthwiseSynapses: IntegerDepthwiseSynapses,
    cores.Encoder: Encoder,
    cores.Fork: Fork,
    cores.IntegerSynapses: IntegerSynapses,
    cores.Join: Join,
    cores.MemoryWindow: MemoryWindow,
    cores.OutputNeurons: OutputNeurons,
    cores.Pack: Pack,
    cores.Pad: Pad,
    cores.Pool: Pool,
    cores.Queue: Queue,
    cores.Readout: Readout,
    cores.RecurrentNeurons: RecurrentNeurons,
    cores.RegisterSlice: RegisterSlice,
    cores.RegisterWindow: RegisterWindow,
    cores.Resize: Resize,
    cores.SerialNeurons: SerialNeurons,
    cores.Synapses: Synapses,
    cores.Unpack: Unpack,
    cores.UnrolledNeurons: UnrolledNeurons,
}


def component(core: cores.Core, *, reload: bool = False) -> wiring.Component:
    """The hardware of any core description; with ``reload``, of one that has a memory."""
    return COMPONENTS[type(core)](core, reload=True) if reload else COMPONENTS[type(core)](core)


def row(m: Module, nodes: Sequence[Node], components: Mapping[str, wiring.Component],
        source: wiring.PureInterface) -> wiring.PureInterface:
    """Put the cores of a chain behind ``source``; return their end."""
    for node in nodes:
        core = m.submodules[node.name] = components[node.name]
        pipe(m, source, core.i)
        if node.fork:
            pipe(m, components[node.fork].shortcut, core.shortcut)
        if node.enclosed:
            pipe(m, row(m, node.enclosed, components, core.enters), core.leaves)
        for place, branch in enumerate(node.branches):
            pipe(m, row(m, branch, components, core.images[place]), core.results[place])
        source = core.o
    return source


class Accelerator(wiring.Component):
    """A chain of cores that computes a network; all layers run at once on successive parts of the stream.

    Images follow each other with no gap and no reset. `quant.timing.simulation` gives the cycle of every transfer.

    Parameters
    ----------
    network : quant.Network
    folding : tuple of quant.dataflow.folding.Fold
        One for each layer with weights; of `quant.dataflow.folding.Copied`, for each of several networks side by side.
    encoded : bool
        Take values of the input's spike coding in place of pixels; not with several networks.
    taps : bool
        Show the handshake and payload of each core's output at ports ``tap_<core>``.
    resize : quant.dataflow.cores.resize.Resize, optional
        Take pictures of a camera in place of images, one for each; not with ``encoded``.
    events : quant.dataflow.cores.event_frames.EventFrames, optional
        Take events of a camera in place of images; not with ``encoded`` or ``resize``.
    reload : bool
        Keep weights and thresholds in `memories` that can be written while no image is on its way.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``, or of the width of a value, or of an `event_layout`
        Pixels in the order row, column, channel.
    o : ``Out(stream.Signature(result_layout(...)))``
        One result an image.
    load : ``In(load_signature(memories.values()))``
        With ``reload``.

    Attributes
    ----------
    input_shape : (channels, height, width)
        Of what it takes: images, or pictures of a camera.
    layout : bytes
        As of `quant.serial_link.reload.layout`, with ``reload``, else empty.

    Raises
    ------
    ValueError
        The folding does not fit the network, or leaves weights or thresholds no memory to reload.
    """

    def __init__(self, network: Network, folding: Folding, *, encoded: bool = False, taps: bool = False,
                 reload: bool = False, resize: cores.Resize | None = None, events: cores.EventFrames | None = None,
                 ) -> None:
        self.network, self.nodes = network, chain(network, folding, resize)
        self.memories = memories(self.nodes) if reload else {}
        self.components = {node.name: component(node.core, reload=reload and of(node.core) is not None)
                           for node in every(self.nodes)}
        if encoded:
            first = self.nodes[0].core
            assert isinstance(first, cores.Encoder)
            self.components[self.nodes[0].name] = Encoder(first, encoded=True)
        self.layout = layout(network, folding) if reload else b""
        self.input_shape = network.input_shape if resize is None else resize.shape
        self.events = EventFrames(events) if events else None
        readout = networks(self.nodes)[0][-1].core
        assert isinstance(readout, cores.Readout)
        members = {"i": (self.events or self.components[self.nodes[0].name]).signature.members["i"],
                   "o": Out(stream.Signature(result_layout(readout)))}
        if taps:
            members |= {f"tap_{name}": Out(_tap_signature(core)) for name, core in self.components.items()}
        if reload:
            members["load"] = In(load_signature(self.memories.values()))
        self.taps = taps
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        source = wiring.flipped(self.i)
        if self.events is not None:
            m.submodules.events = self.events
            pipe(m, source, self.events.i)
            source = self.events.o
        pipe(m, row(m, self.nodes, self.components, source), wiring.flipped(self.o))
        for branch in networks(self.nodes) if self.memories else ():
            held = [node for node in every(branch) if of(node.core) is not None]
            for place, (node, words) in enumerate(zip(held, self.memories.values(), strict=True)):
                m.d.comb += write(self.load, place, words, self.components[node.name].write)
        for name, core in self.components.items() if self.taps else ():
            tap = getattr(self, f"tap_{name}")
            m.d.comb += [tap.valid.eq(core.o.valid), tap.ready.eq(core.o.ready),
                         tap.payload.eq(Value.cast(core.o.payload))]
        return m


def _tap_signature(core: wiring.Component) -> wiring.Signature:
    width = len(Value.cast(core.o.payload))
    return wiring.Signature({"valid": Out(1), "ready": Out(1), "payload": Out(width)})
