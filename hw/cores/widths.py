"""Assignments of wide values to narrow signals: each is guarded by an `Assert` that nothing is cut off.

The widths follow from bounds (`quant.dataflow.cores`) that are proven on paper; simulation of the emitted Verilog
checks them in every cycle that counts, and synthesis drops the checks.
"""

from typing import Any

from amaranth.hdl import Assert, Const, Format, Shape, Value


def fits(shape: Shape, value: Value) -> Value:
    """True if ``value`` is a number of ``shape``."""
    own = value.shape()
    if shape.signed >= own.signed and shape.width - shape.signed >= own.width - own.signed:
        return Const(1)
    kept = value[:shape.width]
    return (kept.as_signed() if shape.signed and shape.width <= own.width else kept) == value


def guard(target: Value, value: Value) -> list[Any]:
    """The `Assert` that ``target`` can hold ``value``; none if its shape alone says so.

    It belongs in a clocked domain, in the branch in which the assignment counts.
    """
    holds = fits(target.shape(), value)
    if isinstance(holds, Const):
        return []
    return [Assert(holds, Format(f"{target.shape()!r} must hold {{}}\n", value))]


def narrow(target: Value, value: Value) -> list[Any]:
    """Assign ``value`` to the register ``target``, in a clocked domain, with its `guard`."""
    return [target.eq(value), *guard(target, value)]
