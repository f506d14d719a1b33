"""The top of a board's design: an accelerator behind the board's UART, and the last class on its LEDs."""

from amaranth.build import ResourceError
from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Elaboratable, Module, ResetSignal, Signal
from amaranth.lib import io, wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In, Out

from .cores.streams.stream import counter, pipe
from .serial_link.endpoint import SerialEndpoint
from .serial_link.uart import Receiver, Transmitter, divisor


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
        self.divisor = divisor(contents.identity.clock_hz, contents.identity.baud)
        self.link = SerialEndpoint(core, contents)
        shape = self.link.signature.members["class_index"].shape
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "class_index": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = Receiver(self.divisor)
        m.submodules.link = link = self.link
        m.submodules.transmitter = transmitter = Transmitter(self.divisor)
        pipe(m, receiver.o, link.i)
        pipe(m, link.o, transmitter.i)
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx), self.class_index.eq(link.class_index)]
        return m


class Top(Elaboratable):
    """A `SerialAccelerator` on a board's pins and default clock; LED n shows bit n of the last class.

    Parameters
    ----------
    device : SerialAccelerator
    divider : int
        The device runs at the board's clock divided by this, 1 or more.
    """

    def __init__(self, device, *, divider=1):
        self.device, self.divider = device, divider

    def elaborate(self, platform):
        m = Module()
        device = self.device
        m.submodules.device = DomainRenamer(self._domain(m, platform))(device)
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

    def _domain(self, m, platform):
        if self.divider == 1:
            return "sync"
        m.domains.divided = ClockDomain()
        clock = Signal(name="divided_clock", attrs={"keep": "true"})  # the name that the constraint needs
        at, _ = counter(m, "at", self.divider, 1)
        m.d.sync += clock.eq(at < self.divider // 2)
        m.d.comb += ClockSignal("divided").eq(clock)
        m.submodules.reset = ResetSynchronizer(ResetSignal("sync", allow_reset_less=True), domain="divided")
        platform.add_clock_constraint(clock, platform.default_clk_frequency / self.divider)
        return "divided"
