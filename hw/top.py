# amaranth: UnusedElaboratable=no
# (a design may be refused once its accelerator is made)
"""The top of a board's design: an accelerator behind the board's UART, and the last class on its LEDs."""

from amaranth.build import ResourceError
from amaranth.hdl import DomainRenamer, Elaboratable, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.serial_link.contents import Contents, resize_of

from .accelerator import Accelerator
from .clocking import domain
from .cores.streams.stream import pipe
from .serial_link.endpoint import SerialEndpoint
from .serial_link.uart import Receiver, Transmitter, cycles_a_bit


class SerialAccelerator(wiring.Component):
    """An accelerator behind a serial line; `hw.serial_link.endpoint` is the protocol, `hw.serial_link.uart` the line.

    Parameters
    ----------
    core : Component
        The accelerator.
    contents : quant.serial_link.contents.Contents
        Of its network and folding, with clock and baud rate.

    Members
    -------
    rx : ``In(1)``
    tx : ``Out(1)``
    class_index : ``Out(range(classes))``
        Class of the last result.

    Raises
    ------
    ValueError
        The clock cannot give the baud rate.
    """

    def __init__(self, core, contents):
        self.length = cycles_a_bit(contents.identity.clock_hz, contents.identity.baud)
        self.link = SerialEndpoint(core, contents)
        shape = self.link.signature.members["class_index"].shape
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "class_index": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = Receiver(self.length)
        m.submodules.link = link = self.link
        m.submodules.transmitter = transmitter = Transmitter(self.length)
        pipe(m, receiver.o, link.i)
        pipe(m, link.o, transmitter.i)
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx), self.class_index.eq(link.class_index)]
        return m


def device(network: Network, folding: Folding, contents: Contents) -> SerialAccelerator:
    """The accelerator of a network under a folding, fed as its contents say, behind a serial line."""
    return SerialAccelerator(Accelerator(network, folding, encoded=bool(contents.coding.ticks),
                                         reload=bool(contents.identity.layout),
                                         resize=resize_of(contents.identity, network)), contents)


class Top(Elaboratable):
    """A `SerialAccelerator` on a board's pins; LED n shows bit n of the last class.

    Parameters
    ----------
    device : SerialAccelerator
    clock : Clock
        That the device runs at.
    """

    def __init__(self, device, clock):
        self.device, self.clock = device, clock

    def elaborate(self, platform):
        m = Module()
        device = self.device
        m.submodules.device = DomainRenamer(domain(m, platform, self.clock))(device)
        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [device.rx.eq(rx.i), tx.o.eq(device.tx)]
        for number in sorted(number for name, number in platform.resources if name == "led"):
            try:
                port = platform.request("led", number, dir="-")
            except ResourceError:  # on some boards an LED shares its pin with the UART
                continue
            m.submodules[f"led_{number}"] = led = io.Buffer("o", port)
            m.d.comb += led.o.eq(device.class_index.bit_select(number, 1))
        return m
