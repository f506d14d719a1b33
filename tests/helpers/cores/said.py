"""How much a core says: what is long to elaborate is long to build."""

from amaranth.hdl import Fragment
from amaranth.hdl._ast import Assign, Concat, Operator, Slice, Switch


def _size(said):
    match said:
        case Switch():
            return sum(_size(one) for _, statements, _ in said.cases for one in statements)
        case Assign():
            return _size(said.rhs)
        case Operator():
            return 1 + sum(map(_size, said.operands))
        case Concat():
            return 1 + sum(map(_size, said.parts))
        case Slice():
            return 1 + _size(said.value)
    return 1


def said(core):
    """Signals, constants and operations on the right sides of a core's own statements."""
    return sum(_size(one) for statements in Fragment.get(core, None).statements.values() for one in statements)
