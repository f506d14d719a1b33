"""Checks of numbers that are not integers; `quant.check` has the others."""

from typing import Any


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
