"""Order of the layers of a torch module, which must follow each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..form import refuse
from .tracing import Rules, called, first, hooked, leaves

FRAMEWORKS = ("torch", "snntorch", "spikingjelly")


@dataclass(frozen=True)
class Order:
    """Order of the layers of a module.

    Attributes
    ----------
    layers : list of (name, module)
    flattened : list of bool
        Before which of them a map becomes a vector.
    returned : bool
        The module returns what its last layer gives.
    """

    layers: list[tuple[str, Any]]
    flattened: list[bool]
    returned: bool


@dataclass(frozen=True)
class _Call:
    """A call of a layer: the tensors that it takes and gives, and how often each was changed in place by then."""

    name: str
    taken: Any
    given: Any
    seen: int
    made: int


def order(module: Any, sample: Any, rules: Rules, *, sequence: bool) -> Order:
    """Layers that a module calls, in order.

    Parameters
    ----------
    sample : tensor (1, ...) or (ticks, 1, ...)
    sequence : bool
        It has all ticks, tick first.

    Raises
    ------
    ValueError
        A layer has no rule, or takes anything but the unchanged output of the layer before it.
    """
    import torch

    parts = leaves(module, rules)
    calls: list[_Call] = []

    def note(name: str, part: Any, inputs: Any, output: Any) -> None:
        given = first(output)
        calls.append(_Call(name, inputs[0], given, inputs[0]._version, given._version))

    def surprise(name: str, part: Any, inputs: Any, output: Any) -> None:
        refuse(name, f"is a {type(part).__name__}, which has no counterpart", "replace it, or fold it by hand")
    with torch.no_grad(), hooked(parts, note), hooked(_unknown(module, parts), surprise):
        output = first(called(module, sample))
    if not calls:
        raise ValueError(f"module {type(module).__name__}: calls no layer that has a counterpart")
    names = list(dict.fromkeys(call.name for call in calls))
    shown = [sample] if not sequence or len(calls) == len(names) else list(sample)
    for index, call in enumerate(calls):
        tick, at = divmod(index, len(names))
        _check(call, names[at], calls[index - 1] if at else None, shown[min(tick, len(shown) - 1)], sample._version)
    return Order([(name, parts[name]) for name in names],
                 [call.taken.ndim == (calls[at - 1].given if at else sample).ndim - 2
                  for at, call in enumerate(calls[:len(names)])],
                 isinstance(output, torch.Tensor) and _same(output, calls[-1].given))


def _same(one: Any, other: Any) -> bool:
    """True if two tensors are views of the same values in the same order."""
    whole = one.is_contiguous() and other.is_contiguous()
    return bool(whole and one.data_ptr() == other.data_ptr() and one.numel() == other.numel())


def _check(call: _Call, expected: str, last: _Call | None, sample: Any, version: int) -> None:
    """Refuse a call that takes anything but the output of the last one, or the sample."""
    if call.name != expected:
        refuse(call.name, f"is called where {expected} is expected", "call each layer once a tick, in the same order")
    source, before, version = ("the input", sample, version) if last is None else (
        f"the output of {last.name}", last.given, last.made)
    if not _same(call.taken, before) or call.seen != version:
        refuse(call.name, f"takes what the module makes of {source} by itself", "write it as a module (nn.Flatten, "
               "nn.AvgPool2d), and connect layers one behind the other")


def _unknown(module: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Modules that belong to none with a rule, and may compute: those without parts, and those of a framework."""
    def inside(name: str) -> bool:
        return any(name == known or name.startswith(f"{known}.") for known in parts)
    return {name: part for name, part in module.named_modules()
            if name and not inside(name) and (_of_framework(part) or not list(part.children()))}


def _of_framework(part: Any) -> bool:
    """True if a module is of a class of a framework, or of one derived from it, that is no container."""
    from torch import nn

    if isinstance(part, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
        return False
    return any(each.__module__.split(".")[0] in FRAMEWORKS for each in type(part).__mro__ if each is not nn.Module)
