"""Recipes from TOML, and from nested tables. An unknown key is an error."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import image_sets
from quant.check import member
from quant.description.psp import PSPS
from quant.files.container import read

from ..methods import METHODS, Method
from ..methods.distillation import Distillation
from ..model.architecture import LAYERS, LayerRecipe
from .definition import Recipe
from .schedule import Schedule
from .validation import Validation

MAX_FILE = 2**16


def load(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises
    ------
    OSError
        The file cannot be read.
    TypeError, ValueError
        It is no regular file or longer than 64 KiB, no TOML, a key is unknown or missing, or a value is wrong; the
        message begins with the path.
    """
    try:
        table = tomllib.loads(read(path, MAX_FILE).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} must be TOML in UTF-8: {error}") from None
    try:
        return parse(table)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path}: {error}") from None


def parse(table: Mapping[str, Any]) -> Recipe:
    """Make a recipe of nested tables, as TOML gives them.

    Raises
    ------
    TypeError, ValueError
        A key is unknown or missing, or a value is wrong.
    """
    parts: dict[str, Callable[[Any], Any]] = {
        "layers": lambda layers: tuple(_layer(i, layer) for i, layer in enumerate(_typed("layers", layers, list))),
        "schedule": lambda tables: tuple(_make(Schedule, "schedule", table) for table in
                                         (tables if isinstance(tables, list) and tables else [tables])),
        "dataset": lambda value: value if isinstance(value, str) else image_sets.parse(_typed("dataset", value, dict)),
        "input_shape": lambda shape: tuple(_typed("input_shape", shape, list)),
        "method": method,
        "distillation": lambda table: _make(Distillation, "distillation", table),
        "validation": _validation,
        "class_names": lambda names: tuple(_typed("class_names", names, list)),
    }
    return _make(Recipe, "recipe", {key: parts.get(key, _same)(value) for key, value in table.items()})


def method(table: Any) -> Method:
    """A method, of its name or of a table of ``kind`` and options."""
    found: Method = _kind(METHODS, "method", {"kind": table} if isinstance(table, str) else table)
    return found


def _validation(value: Any) -> Validation:
    found: Validation = _make(Validation, "validation", {"images": value} if isinstance(value, int) else value)
    return found


def _same(value: Any) -> Any:
    return value


def _typed(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {'table' if kind is dict else kind.__name__}, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    try:
        return f"{value!r:.60}"
    except (RecursionError, ValueError):  # nested too deeply; an integer of too many digits
        return f"such a {type(value).__name__}"


def _make(kind: Callable[..., Any], name: str, table: Any) -> Any:
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in _typed(name, table, dict):
        if key not in known:
            raise ValueError(f"{name} key must be one of {', '.join(known)}, not {key!r:.60}")
    missing = [key for key, field in known.items() if key not in table and field.default is MISSING]
    if missing:
        raise ValueError(f"{name} must have the key {missing[0]!r}")
    return kind(**table)


def _kind(kinds: Mapping[str, Any], name: str, table: Any) -> Any:
    kind = member(f"{name} kind", _typed(name, table, dict).get("kind"), tuple(kinds))
    return _make(kinds[kind], name, {key: value for key, value in table.items() if key != "kind"})


def _layer(index: int, table: Any) -> LayerRecipe:
    name = f"layers[{index}]"
    if "psp" in _typed(name, table, dict):
        table = table | {"psp": _kind(PSPS, f"{name} psp", table["psp"])}
    return _kind(LAYERS, name, table)


def find(name: str) -> Path:
    """Path of a recipe given as a file, or by the name of one that ships with the package.

    Raises
    ------
    FileNotFoundError
        It is neither.
    """
    shipped = {path.stem: path for path in (Path(__file__).parent / "recipes").glob("*.toml")}
    path = shipped.get(name, Path(name))
    if not path.is_file():
        raise FileNotFoundError(f"recipe must be a TOML file or one of {', '.join(sorted(shipped))}, not {name!r:.200}")
    return path
