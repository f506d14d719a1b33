"""Learning curves: the log of a training, by epoch."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quant.files.container import read
from sim.functional.psp import Array

LIMIT = 2**26  # bytes of a log


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning:
    """Curves over the epochs of a training.

    Attributes
    ----------
    epoch : int64 array (epochs,)
    curves : dict of float arrays (epochs,)
        Each logged figure by its name; NaN where an epoch lacks it. Of a list (spikes of each layer), the sum of its
        numbers.
    """

    epoch: Array
    curves: dict[str, Array]


def load(path: Path) -> Learning | None:
    """Read a log, one JSON object a line; lines without an epoch are passed over. None: no line has one.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is too large, or a line is no JSON object.
    """
    lines = [_record(path, number, line) for number, line in enumerate(_lines(path), 1) if line.strip()]
    records = [record for record in lines if _number(record.get("epoch")) is not None]
    if not records:
        return None
    names = dict.fromkeys(name for record in records for name in record if name != "epoch")
    curves = {name: np.array([_figure(record.get(name)) for record in records]) for name in names}
    return Learning(epoch=np.array([int(record["epoch"]) for record in records]),
                    curves={name: curve for name, curve in curves.items() if not np.isnan(curve).all()})


def _lines(path: Path) -> list[str]:
    try:
        return read(path, LIMIT).decode(errors="replace").splitlines()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _record(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise ValueError(f"{path}: line {number} must be a JSON object, not {line!r:.60}")
    return record


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 2**53 and math.isfinite(value) else None


def _figure(value: Any) -> float:
    numbers = [_number(each) for each in (value if isinstance(value, list) else [value])]
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) and known else math.nan
