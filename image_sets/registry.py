"""Registry of the kinds of data sets, and conversion between a data set and its name, table or text."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from quant.check import member

from .archive import Archive
from .cifar import Cifar
from .cifar_100 import Cifar100
from .cifar_python import CifarPython
from .dataset import DataSet
from .events.recordings import Recordings
from .events.simulated import Simulated
from .idx import Idx
from .known import KNOWN, Known
from .tree import Tree

_ALL = (Idx, Cifar, CifarPython, Cifar100, Recordings, Simulated, Tree, Archive)
KINDS: Mapping[str, type[DataSet]] = {kind.kind: kind for kind in _ALL}
MAX_TEXT = 4096
AnyDataSet = Known | DataSet


def parse(value: Any) -> AnyDataSet:
    """Data set of a name ("mnist", in any case), or of a table of ``kind`` and the kind's options.

    Raises
    ------
    TypeError, ValueError
        The name or the kind is unknown, an option is unknown or missing, or its value is wrong.
    """
    if isinstance(value, (Known, DataSet)):
        return value
    if isinstance(value, str):
        return KNOWN[member("dataset", value.lower(), tuple(KNOWN))]
    if not isinstance(value, Mapping):
        raise TypeError(f"dataset must be a name or a table, not such a {type(value).__name__}")
    kind = KINDS[member("dataset kind", value.get("kind"), tuple(KINDS))]
    known = {field.name: field for field in fields(kind)}
    given = {key: part for key, part in value.items() if key != "kind"}
    for key in given:
        member(f"dataset key of kind {kind.kind}", key, tuple(known))
    missing = [name for name, field in known.items() if name not in given and field.default is MISSING]
    if missing:
        raise ValueError(f"dataset must have the key {missing[0]!r}")
    return kind(**given)


def text(data_set: AnyDataSet) -> str:
    """Line from which `of_text` makes the data set again: its name, or its table as JSON."""
    described = data_set.describe()
    return described if isinstance(described, str) else json.dumps(described, sort_keys=True)


def of_text(line: str) -> AnyDataSet:
    """Data set of a line that `text` wrote, or of a name.

    Raises
    ------
    TypeError, ValueError
        It is neither; as for `parse`.
    """
    if not line.startswith("{"):
        return parse(line)
    try:
        return parse(json.loads(line[:MAX_TEXT]))
    except (json.JSONDecodeError, RecursionError):
        raise ValueError(f"dataset must be a name or a table as JSON, not {line!r:.80}") from None
