"""Registers of values."""

from amaranth.hdl import Module, Signal, Value


def kept(m: Module, enable: Value, name: str, value: Value) -> Signal:
    """Register that takes ``value`` in each cycle with ``enable``."""
    register = Signal(value.shape(), name=name)
    with m.If(enable):
        m.d.sync += register.eq(value)
    return register
