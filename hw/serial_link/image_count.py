"""Counter of the images in a request, as its bytes come: whether it ends with the last of as many as it says."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import CRC_BYTES, MAX_IMAGES


class ImageCount(wiring.Component):
    """Counter of images, which looks back over the bytes of the CRC.

    Parameters
    ----------
    pixels : int
        Of an image.
    coding : quant.serial_link.coding.Coding

    Members
    -------
    clear : In(1)
        No image has come.
    enable : In(1)
        ``byte`` is the next of the request, the first two of which are marked: they are the number of images.
    byte : In(8)
    first, second : In(1)
    whole : Out(1)
        The byte before the last four ended the last image, and not earlier.
    """

    def __init__(self, *, pixels, coding):
        self.pixels, self.coding = pixels, coding
        super().__init__({"clear": In(1), "enable": In(1), "byte": In(8), "first": In(1), "second": In(1),
                          "whole": Out(1)})

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(self.pixels), init=self.pixels - 1)  # pixels of the image, less one
        images = Signal(range(MAX_IMAGES + 1))  # left
        ended = Signal()  # the byte before ended an image: a register for speed
        after = Signal(range(-128, self.pixels))
        history = Signal(CRC_BYTES)  # whether a byte ended the last image, of the last ones but the last one
        held = Signal(7)  # values in the byte, less one
        if self.coding.ticks:
            m.d.comb += held.eq(Mux(self.byte[-1], self.byte[:-1], self.coding.in_a_byte - 1))
        m.d.comb += [after.eq(left + Cat(~held, 1).as_signed()),  # that is left - held - 1
                     self.whole.eq(history[-1])]
        with m.If(self.clear):
            m.d.sync += [left.eq(self.pixels - 1), images.eq(0), ended.eq(0), history.eq(0)]
        with m.Elif(self.enable & self.first):
            m.d.sync += images.eq(self.byte)
        with m.Elif(self.enable & self.second):
            with m.If(self.byte != 0):
                m.d.sync += images.eq(0)
        with m.Elif(self.enable):
            m.d.sync += [left.eq(Mux(after[-1], self.pixels - 1, after)), ended.eq(after[-1]),
                         images.eq(images - (ended & (images != 0))), history.eq(Cat(ended & (images == 1), history))]
        return m
