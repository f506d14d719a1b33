"""Pickles of plain values and NumPy arrays of bytes, read without running anything that they name.

`pickletools` of the standard library takes the operations apart; a stack machine of a few lines carries out those that
make lists, dictionaries, tuples, numbers and texts. Of what a pickle may name, it knows the three constructors by which
NumPy writes an array, and makes the array itself; any other name, and any other operation, is refused.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .pictures import Array

MAX_OPERATIONS = 2**18  # a batch of CIFAR-10 has some 40,000


@dataclass(eq=False)
class _Blank:
    """Array whose content follows later."""

    array: Array | None = None


class _Byte:
    """The type of one unsigned byte."""


def _blank(*arguments: Any) -> _Blank:
    return _Blank()


def _type(*arguments: Any) -> _Byte:
    if arguments[:1] not in (("u1",), ("|u1",)):
        raise ValueError("array in the pickle must be of unsigned bytes (u1)")
    return _Byte()


def _encoded(text: Any, coding: Any) -> bytes:
    if not isinstance(text, str) or coding not in ("latin1", "latin-1"):
        raise ValueError("text in the pickle must be encoded as latin1")
    return text.encode("latin1")


KNOWN: dict[str, Any] = {
    **{f"numpy.{core}.multiarray _reconstruct": _blank for core in ("core", "_core")},
    "numpy ndarray": "numpy.ndarray", "numpy dtype": _type, "_codecs encode": _encoded,
}


def _array(state: Any) -> Array:
    """Array of the state that NumPy stores: version, shape, type, column order flag, bytes."""
    match state:
        case (int(), tuple() as shape, _Byte(), False | 0, str() | bytes() | bytearray() as content):
            if all(type(extent) is int and 0 < extent < 2**31 for extent in shape) and len(shape) <= 4:
                raw = content.encode("latin1") if isinstance(content, str) else bytes(content)
                return np.frombuffer(raw, np.uint8).reshape(shape)
    raise ValueError("array in the pickle must be rows of unsigned bytes, as NumPy stores them")


@dataclass
class _Machine:
    """Stack machine of a pickle: its stack, the stacks that marks have put aside, and its memo."""

    stack: list[Any] = field(default_factory=list)
    aside: list[list[Any]] = field(default_factory=list)
    memory: dict[int, Any] = field(default_factory=dict)

    def mark(self) -> None:
        self.aside.append(self.stack)
        self.stack = []

    def marked(self) -> list[Any]:
        """Values that were put on the stack since the last mark."""
        found, self.stack = self.stack, self.aside.pop()
        return found

    def take(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError
        found = self.stack[-count:]
        del self.stack[-count:]
        return found

    def reduce(self) -> Any:
        function, arguments = self.take(2)
        if not callable(function) or type(arguments) is not tuple:  # what can be called comes from KNOWN alone
            raise ValueError("pickle must hold plain values and an array")
        return function(*arguments)

    def build(self) -> Any:
        value, state = self.take(2)
        if isinstance(value, _Blank):
            value.array = _array(state)
        return value  # of the type, whose state says its byte order, nothing changes

    def extend(self, values: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise ValueError("pickle must append to a list")
        self.stack[-1].extend(values)

    def update(self, values: list[Any]) -> None:
        keys = [key.decode("latin1") if isinstance(key, bytes) else key for key in values[::2]]
        if type(self.stack[-1]) is not dict or len(values) % 2 or any(type(key) is not str for key in keys):
            raise ValueError("pickle must put values into a dictionary, by texts")
        self.stack[-1].update(zip(keys, values[1::2], strict=True))


def _named(*name: Any) -> Any:
    words = " ".join(part if type(part) is str else "?" for part in name)
    if words not in KNOWN:
        raise ValueError(f"pickle must hold plain values and an array, not {words.replace(' ', '.')!r:.80}")
    return KNOWN[words]


def _value(make: Callable[[_Machine, Any], Any]) -> Callable[[_Machine, Any], None]:
    """Operation that puts the result of ``make(machine, argument)`` on the stack."""
    def operate(machine: _Machine, argument: Any) -> None:
        value = make(machine, argument)  # which may exchange the stack
        machine.stack.append(value)
    return operate


def _put(machine: _Machine, place: Any) -> None:
    machine.memory[place] = machine.stack[-1]


OPERATIONS: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda machine, argument: None),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING",
                     "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
                     "BINBYTES8", "BYTEARRAY8"), _value(lambda machine, argument: argument)),
    "NONE": _value(lambda machine, argument: None),
    "NEWTRUE": _value(lambda machine, argument: True),
    "NEWFALSE": _value(lambda machine, argument: False),
    "MARK": lambda machine, argument: machine.mark(),
    "EMPTY_LIST": _value(lambda machine, argument: []),
    "EMPTY_DICT": _value(lambda machine, argument: {}),
    "EMPTY_TUPLE": _value(lambda machine, argument: ()),
    "LIST": _value(lambda machine, argument: machine.marked()),
    "TUPLE": _value(lambda machine, argument: tuple(machine.marked())),
    "TUPLE1": _value(lambda machine, argument: tuple(machine.take(1))),
    "TUPLE2": _value(lambda machine, argument: tuple(machine.take(2))),
    "TUPLE3": _value(lambda machine, argument: tuple(machine.take(3))),
    "APPEND": lambda machine, argument: machine.extend(machine.take(1)),
    "APPENDS": lambda machine, argument: machine.extend(machine.marked()),
    "SETITEM": lambda machine, argument: machine.update(machine.take(2)),
    "SETITEMS": lambda machine, argument: machine.update(machine.marked()),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _put),
    "MEMOIZE": lambda machine, argument: _put(machine, len(machine.memory)),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _value(lambda machine, argument: machine.memory[argument])),
    "GLOBAL": _value(lambda machine, argument: _named(argument)),
    "STACK_GLOBAL": _value(lambda machine, argument: _named(*machine.take(2))),
    "REDUCE": _value(lambda machine, argument: machine.reduce()),
    "BUILD": _value(lambda machine, argument: machine.build()),
}


def load(data: bytes) -> Any:
    """Value of a pickle of any protocol; keys that are bytes become texts.

    Raises
    ------
    ValueError
        It is damaged, too long, or holds anything but plain values and arrays of unsigned bytes; nothing was run.
    """
    machine = _Machine()
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
            if operation.name not in OPERATIONS:
                raise ValueError(f"pickle must hold plain values and an array, without the operation {operation.name}")
            if count >= MAX_OPERATIONS:
                raise ValueError(f"pickle must have at most {MAX_OPERATIONS} operations")
            OPERATIONS[operation.name](machine, argument)
        (value,) = machine.stack
        if type(value) is dict:
            return {key: part.array if isinstance(part, _Blank) else part for key, part in value.items()}
        return value
    except (IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        said = str(error)
        known = isinstance(error, ValueError) and said.startswith(("pickle must", "array in", "text in"))
        raise ValueError(said if known else "pickle must be whole; fetch it again") from None
