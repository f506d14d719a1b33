"""Checks of single values, shared by every description: each says what must be what, and what it was."""

from collections.abc import Iterable, Sequence
from typing import Any


def integer(name: str, value: Any, low: int, high: int) -> int:
    """Return ``value`` as ``int`` if it is a whole number in ``low..high``.

    NumPy integers are accepted and converted; ``bool`` is not a number here.

    Raises
    ------
    TypeError
        The value is not an integer.
    ValueError
        The value lies outside ``low..high``.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, not {value!r:.60}")
    number = value.__index__()
    if not low <= number <= high:
        shown = number if number.bit_length() <= 256 else f"one of {number.bit_length()} bits"
        raise ValueError(f"{name} must be in {low}..{high}, not {shown}")
    return int(number)


def integers(name: str, values: Any, low: int, high: int) -> tuple[int, ...]:
    """Return ``values`` (a sequence or a one-dimensional array) as a tuple of integers in ``low..high``."""
    values = plain(values)
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list of integers, not {values!r:.60}")
    return tuple(integer(f"{name}[{i}]", v, low, high) for i, v in enumerate(values))


def number(name: str, value: Any, low: float, high: float) -> float:
    """``value`` as a float.

    Raises
    ------
    TypeError, ValueError
        It is no number, or not in low..high.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, not {value!r:.60}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be in {low}..{high}, not {value:.6g}")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """``value`` itself; TypeError if it is neither True nor False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false, not {value!r:.60}")
    return value


def member(name: str, value: Any, allowed: Sequence[str]) -> str:
    """Return ``value`` if it is one of ``allowed``."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r:.60}")
    return value


def unique_names(name: str, values: Iterable[Any]) -> tuple[str, ...]:
    """Return ``values`` as a tuple if they are texts of 1 to 64 printable characters, each another."""
    found = tuple(values)
    for each in found:
        if not isinstance(each, str) or not 1 <= len(each) <= 64 or not each.isprintable():
            raise ValueError(f"{name} must be 1 to 64 printable characters each, not {each!r:.80}")
    if len(set(found)) != len(found):
        twice = next(each for index, each in enumerate(found) if each in found[:index])
        raise ValueError(f"{name} must differ, but {twice!r:.80} is given twice")
    return found


def plain(values: Any) -> Any:
    """Turn an array (NumPy, torch) into nested Python lists; leave anything else as it is."""
    return values.tolist() if hasattr(values, "tolist") else values
