"""Conversion of a network to a JSON document and tensors, and back; independent of the kinds of layers and neurons."""

from collections.abc import Set
from dataclasses import fields
from typing import Any

from ..description.integers import IntegerTensor
from ..description.layers import LAYERS, Feedback, Shortcut
from ..description.network import Network
from ..description.neurons import NEURONS
from ..description.psp import PSPS
from ..description.signs import SignTensor
from .container import Tensor

RECENT = frozenset({"amount", "feedback", "shortcut", "variant"})
"""Fields that older files have not; left out where they are None."""
_MAX_AXES = 4
_MAX_EXTENT = 2**26


def kinds() -> dict[str, Any]:
    """Every class that may stand in a document, by its kind."""
    return {**LAYERS, **NEURONS, **PSPS, Feedback.kind: Feedback, Shortcut.kind: Shortcut}


def describe(network: Network) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Document and tensors of a network.

    Each layer, neuron and kernel is an object of its ``kind`` and its fields, without those of `RECENT` that are None.
    Weights are ``{"signs": shape}``, or ``{"bits": bits of each, "shape": shape}``, with their packed bits in a U8
    tensor, lists of integers ``{"integers": length}`` with an I32 tensor; the tensor is named by the path of its field
    ("layers.0.neurons.threshold").
    """
    tensors: dict[str, Tensor] = {}
    document = {field.name: getattr(network, field.name) for field in fields(network)}
    document["layers"] = [_describe(layer, f"layers.{i}", tensors) for i, layer in enumerate(network.layers)]
    return document, tensors


def restore(document: Any, tensors: dict[str, Tensor]) -> Network:
    """Network of a document and its tensors, the inverse of `describe`.

    Raises
    ------
    TypeError, ValueError
        A field is missing, unknown, of the wrong type, or out of range; or a tensor is missing, mistyped or unused.
    """
    tensors = dict(tensors)
    document = dict(expect("network", document, Network))
    layers = document["layers"]
    if not isinstance(layers, list):
        raise TypeError(f"layers must be a list, not {layers!r:.60}")
    document["layers"] = [_restore(layer, f"layers.{i}", tensors) for i, layer in enumerate(layers)]
    if tensors:
        raise ValueError(f"tensor {min(tensors)!r:.60} belongs to no layer")
    return Network(**document)


def _describe(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, SignTensor):
        tensors[path] = value.packed
        return {"signs": list(value.shape)}
    if isinstance(value, IntegerTensor):
        tensors[path] = value.packed
        return {"bits": value.precision, "shape": list(value.shape)}
    if isinstance(value, tuple):
        tensors[path] = value
        return {"integers": len(value)}
    if type(value) in kinds().values():
        parts = {f.name: _describe(getattr(value, f.name), f"{path}.{f.name}", tensors) for f in fields(value)
                 if f.name not in RECENT or getattr(value, f.name) is not None}
        return {"kind": value.kind, **parts}
    return value


def _restore(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    match value:
        case {"kind": str(name), **rest} if owner := kinds().get(name):
            parts = expect(path, rest, owner, RECENT)
            return owner(**{key: _restore(part, f"{path}.{key}", tensors) for key, part in parts.items()})
        case {"signs": [*shape]} if _extents(shape):
            return SignTensor(tuple(shape), _take(path, tensors, bytes))
        case {"bits": bits, "shape": [*shape]} if _extents(shape):
            return IntegerTensor(tuple(shape), _take(path, tensors, bytes), bits)
        case {"integers": int()}:
            return _take(path, tensors, tuple)
        case dict() | list():
            raise ValueError(f"{path} must be a known kind, signs, bits or integers, not {value!r:.60}")
    return value


def expect(path: str, document: object, owner: Any, optional: Set[str] = frozenset()) -> dict[str, Any]:
    """Return ``document`` if it is an object with just the fields of the dataclass ``owner``.

    Raises
    ------
    ValueError
        It is not; ``path`` names it in the message.
    """
    names = {field.name for field in fields(owner)}
    if not isinstance(document, dict) or not names - optional <= document.keys() <= names:
        raise ValueError(f"{path} must have the fields {', '.join(sorted(names))}, not {document!r:.80}")
    return document


def _extents(shape: list[Any]) -> bool:
    return len(shape) <= _MAX_AXES and all(type(axis) is int and 1 <= axis <= _MAX_EXTENT for axis in shape)


def _take(path: str, tensors: dict[str, Tensor], type: type) -> Any:
    tensor = tensors.pop(path, None)
    if not isinstance(tensor, type):
        raise ValueError(f"tensor {path!r} must be there and hold {'bits' if type is bytes else 'integers'}")
    return tensor
