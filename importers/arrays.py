"""Import of plain arrays, `.npz` or `.safetensors`: weights and constants of layers, as BindsNET and others keep them.

`NAME.weight` (outputs, inputs) or (outputs, inputs, k, k), or `NAME.w` (inputs, outputs) as BindsNET has it, makes a
layer; layers follow each other in the order of their names, numbers in them by value. Beside it may stand `NAME.bias`,
`NAME.threshold` or `NAME.thresh`, `NAME.rest`, `NAME.decay` (what V keeps in a tick), `NAME.stride`, `NAME.padding`,
and `NAME.pool`, the size of a sum pool behind its neurons. A layer without threshold adds up, and is the last.
"""

import os
import re
import zipfile
from typing import Any

import numpy as np

from quant.files.container import read as read_bytes

from .form import Array, Chain, Flatten, Layer, Neurons, Pool, Synapses, by_channel, finite, refuse, single
from .pytorch.layers import convolution
from .report import Converted, converted, inputs
from .settings import Settings
from .simulation import run

MAX_FILE = MAX_VALUES = 2**28  # bytes, packed and unpacked
MAX_ARRAYS = 1024
PARTS = ("weight", "w", "bias", "threshold", "thresh", "rest", "decay", "stride", "padding", "pool")


def convert(path: str | os.PathLike[str], ticks: int, input_shape: tuple[int, ...], *, comparator: str = ">=",
            reset: str = "zero", timing: str = "now", images: Array | None = None, **choices: Any) -> Converted:
    """The integer network of a file of arrays, with the report of its conversion.

    The spikes are compared with those of a simulation in float64.

    Parameters
    ----------
    path
        ``.npz``, or ``.safetensors``; nothing in it is unpickled.
    ticks : int
    input_shape : (channels, height, width)
    comparator, reset, timing
        As of `importers.form.Neurons`; the defaults are BindsNET's.
    images : uint8 array (n, channels, height, width), optional
    choices
        As of `importers.settings.Settings`.

    Raises
    ------
    ValueError, OSError
        The file is damaged, too large, or has arrays that make no network; one line names the file.
    """
    settings = Settings(ticks=ticks, **choices)
    chain = chained(read(path), tuple(input_shape), comparator == ">", reset, timing)
    return converted(chain, settings, lambda given: run(chain, inputs(given, settings)), images)


def read(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Arrays of a file, by name; errors as of `convert`."""
    try:
        data = read_bytes(path, MAX_FILE)
        if data[:4] == b"PK\3\4":
            return _npz(path)
        from safetensors.numpy import load

        return dict(load(data))
    except OSError:
        raise
    except Exception as error:  # of zipfile, NumPy or safetensors: whatever they raise, the file is wrong
        raise ValueError(f"{os.fspath(path)}: must be whole arrays in .npz or .safetensors ({error!s:.160})") from None


def _npz(path: str | os.PathLike[str]) -> dict[str, Array]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_ARRAYS or sum(member.file_size for member in members) > MAX_VALUES:
            raise ValueError(f"at most {MAX_ARRAYS} arrays of {MAX_VALUES} bytes together")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def chained(arrays: dict[str, Array], shape: tuple[int, ...], strict: bool, reset: str, timing: str) -> Chain:
    """The chain that arrays describe; a ValueError says why they describe none."""
    layers: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        owner, _, part = name.rpartition(".")
        if part not in PARTS or not owner:
            raise ValueError(f"array {name!r:.60} must be NAME.PART, PART one of {', '.join(PARTS)}")
        layers.setdefault(owner, {})[part] = array
    if len(shape) != 3:
        raise ValueError(f"input shape must be (channels, height, width), not {shape}")
    made: list[Layer] = []
    flat = shape[1:] == (1, 1)
    for name in sorted(layers, key=_natural):
        parts = layers[name]
        weight = _weight(name, parts)
        if weight.ndim == 2 and not flat:
            made, flat = [*made, Flatten(name=f"{name}, flattened")], True
        made += _layer(name, parts, weight, strict, reset, timing)
    return Chain(source="arrays", input_shape=(shape[0], shape[1], shape[2]), layers=tuple(made))


def _natural(name: str) -> list[tuple[bool, int, str]]:
    return [(not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in re.split(r"(\d+)", name) if each]


def _weight(name: str, parts: dict[str, Array]) -> Array:
    if ("weight" in parts) == ("w" in parts):
        refuse(name, "has not one of weight and w", "give one")
    weight = finite(name, "weights", parts.get("weight", parts.get("w")))
    if weight.ndim not in (2, 4) or weight.ndim == 4 and "w" in parts:
        refuse(name, f"weights have {weight.ndim} axes", "use two, or four as weight")
    return weight.T if "w" in parts else weight


def _layer(name: str, parts: dict[str, Array], weight: Array, strict: bool, reset: str, timing: str) -> list[Layer]:

    bias = finite(name, "bias", parts["bias"], weight.shape[:1]) if "bias" in parts else np.zeros(len(weight))
    one = {part: single(name, part, parts[part]) for part in ("rest", "decay", "stride", "padding", "pool")
           if part in parts}
    if weight.ndim == 2:
        made: list[Layer] = [Synapses(name=name, kind="dense", weight=weight, bias=bias)]
    else:
        made = [convolution(name, weight, bias, int(one.get("stride", 1)), int(one.get("padding", 0)), 1, 1)]
    level = parts.get("threshold", parts.get("thresh"))
    if level is not None:
        made.append(Neurons(name=f"{name}.threshold", threshold=by_channel(name, "threshold", level), strict=strict,
                            reset=reset, timing=timing, decay=one.get("decay", 1.0), rest=one.get("rest", 0.0)))
    if "pool" in one:
        made.append(Pool(name=f"{name}.pool", kind="sum", size=int(one["pool"])))
    return made
