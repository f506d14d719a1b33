"""Recipes: what to train and how, read from TOML into frozen dataclasses. An unknown key is an error."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import image_sets
from quant.check import integer, integers, member
from quant.description.layers import MAX_EXTENT, Conv2d, Dense, Shape
from quant.description.network import READOUTS, Network, Signal, coded
from quant.description.psp import MAX_STEPS, PSPS
from quant.files.container import read

from ..methods import METHODS, Method, Surrogate
from ..ops.synapses import EXACT
from ..run.distillation import Distillation
from .check import number
from .layers import LAYERS, DenseRecipe, LayerRecipe
from .schedule import Schedule

MAX_FILE = 2**16


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One network and its training.

    Parameters
    ----------
    name : str
        Also the stem of the network artefact: 1 to 64 ASCII letters, digits, "-" and "_", one of the first two.
        Not "checkpoint", whose file lies beside it.
    dataset : str or DataSet
        A name in `image_sets.KNOWN`, or one of `image_sets.KINDS`, in TOML a table of ``kind`` and options.
    input_shape : (channels, height, width)
    steps : int
        Ticks an image.
    layers : ConvRecipe and DenseRecipe, the last a DenseRecipe
    schedule : Schedules
        One or more, which follow each other; each has its own cycle of the learning rate.
    readout : "first_spike", "potential" or "count"
        As of `quant.Network`; the method says which it can train.
    class_names : tuple of str
    seed : int
    method : Method
        How the weights are trained; in TOML its name, or a table of ``kind`` and options.
    slack : float
        Share of the training images, 0..1, whose right answer may be given up for earlier decisions when the output
        threshold is chosen: by methods of single spikes but ``bs4nn``, which learns it, for readout ``first_spike``.
    weights : "sign" or "real"
        Real ones make a twin to compare with or to learn from; it is no network that can be exported.
    distillation : Distillation, optional
        Who teaches beside the labels.

    Raises
    ------
    TypeError, ValueError
        A value is wrong; the message says which.
    """

    name: str
    dataset: str | image_sets.DataSet
    steps: int
    layers: tuple[LayerRecipe, ...]
    schedule: tuple[Schedule, ...]
    input_shape: Shape = (1, 28, 28)
    readout: str = "first_spike"
    class_names: tuple[str, ...] = ()
    seed: int = 0
    method: Method = Surrogate()
    slack: float = 0.0005
    weights: str = "sign"
    distillation: Distillation | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"(?!checkpoint$)(?=.*[A-Za-z0-9])[-\w]{1,64}", self.name,
                                                              re.ASCII):
            raise ValueError("name must be 1 to 64 letters, digits, '-' and '_', and not that of the checkpoint, "
                             f"not {self.name!r:.80}")
        image_sets.parse(self.dataset)
        member("readout", self.readout, READOUTS)
        integer("steps", self.steps, 1, MAX_STEPS)
        integer("seed", self.seed, 0, 2**63 - 1)
        number("slack", self.slack, 0, 1)
        if len(integers("input_shape", self.input_shape, 1, MAX_EXTENT)) != 3:
            raise ValueError(f"input_shape must be (channels, height, width), not {self.input_shape!r}")
        if not self.layers or not isinstance(self.layers[-1], DenseRecipe):
            raise ValueError("the last layer must be a dense one")
        self.method.check(self)
        self._check_layers()

    def _check_layers(self) -> None:
        """Refuse what is no network before anything is trained, or made in the memory that its weights would take."""
        shape, layers, taken = self.input_shape, [], []
        for index, recipe in enumerate(self.layers):
            taken.append(shape)
            try:
                for layer in recipe.blank(shape):
                    if isinstance(layer, Conv2d):  # and before any pooling
                        _check_shortcut(getattr(recipe, "shortcut", 0), taken, layer.output_shape(shape))
                    shape = layer.output_shape(shape)
                    layers.append(layer)
            except ValueError as error:
                raise ValueError(f"layers[{index}]: {error}") from None
        Network(input_shape=self.input_shape, steps=self.steps, readout="potential", class_names=self.class_names,
                layers=tuple(layers))
        if self.weights == "sign":
            synaptic = [layer for layer in layers if isinstance(layer, Conv2d | Dense)]
            for index, layer in enumerate(synaptic):
                signal = Signal(self.method.spike_coding, self.steps) if index else coded(self.method.coding,
                                                                                          self.steps)
                integer(f"layers[{index}]: fan-in times the largest input", layer.fan_in * signal.peak, 1, EXACT - 1)

    @property
    def epochs(self) -> int:
        """Epochs of all schedules together."""
        return sum(schedule.epochs for schedule in self.schedule)

    def stage(self, epoch: int) -> tuple[Schedule, int]:
        """Schedule that rules ``epoch``, counted from 0 over all, and the number of its own epoch."""
        for schedule in self.schedule:
            if epoch < schedule.epochs:
                break
            epoch -= schedule.epochs
        return schedule, epoch


def _check_shortcut(around: int, taken: Sequence[Shape], shape: Shape) -> None:
    """Refuse a shortcut around so many layers, the last of which sums to ``shape``; ``taken``: what each takes."""
    if around > len(taken) - 1:
        raise ValueError(f"shortcut must go around {len(taken) - 1} layers at most, not {around}: not around the first")
    if around and taken[-around] != shape:
        raise ValueError(f"shortcut must bring the shape {shape} of what is added to it, not {taken[-around]}")


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
        "class_names": lambda names: tuple(_typed("class_names", names, list)),
    }
    return _make(Recipe, "recipe", {key: parts.get(key, _same)(value) for key, value in table.items()})


def method(table: Any) -> Method:
    """A method, of its name or of a table of ``kind`` and options."""
    found: Method = _kind(METHODS, "method", {"kind": table} if isinstance(table, str) else table)
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
