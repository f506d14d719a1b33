"""Spikes and numbers of torch modules."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from ..form import Array, Layer, Neurons, Synapses, finite, refuse

Rules = Mapping[type, Callable[[str, Any], list[Layer]]]


def first(output: Any) -> Any:
    """Spikes of what a module of neurons returns: the first of several."""
    return output[0] if isinstance(output, (tuple, list)) else output


def leaves(module: Any, rules: Rules) -> dict[str, Any]:
    """Layers of a module by name: those that have a rule, and those without parts.

    Raises
    ------
    ValueError
        There is one without a rule.
    """
    found: dict[str, Any] = {}
    for name, part in module.named_modules():
        if any(name == known or name.startswith(f"{known}.") for known in found if known):
            continue
        if type(part) in rules:
            found[name or type(part).__name__] = part
    return found


@contextmanager
def hooked(parts: Mapping[str, Any], hook: Callable[[str, Any, Any, Any], None]) -> Iterator[None]:
    """Call ``hook(name, module, inputs, output)`` behind each call of the parts."""
    handles = [part.register_forward_hook(
        lambda module, inputs, output, name=name: hook(name, module, inputs, output)) for name, part in parts.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def called(module: Any, data: Any) -> Any:
    """What a module makes of ``data``; whatever it raises becomes a ValueError of one line."""
    try:
        return module(data)
    except Exception as error:  # of the module or of torch, whatever it is
        told = " ".join(str(error).split())
        where = "" if isinstance(error, ValueError) else (
            f"module {type(module).__name__} fails on an input of shape {tuple(data.shape)}: ")
        raise ValueError(f"{where}{told:.300}") from None


def spikes(module: Any, parts: Mapping[str, Any], inputs: Array, reset: Callable[[Any], None], *,
           sequence: bool) -> list[Array]:
    """Spikes of the neurons ``parts`` of a module, bool, axes (image, tick, neuron).

    A module is called once a tick, or once for all if it makes its ticks itself; that is found by how often it calls
    its neurons.

    Parameters
    ----------
    inputs : float array (image, tick, ...)
    sequence : bool
        The module takes all ticks at once, tick first.

    Raises
    ------
    ValueError
        It calls its neurons neither once nor in every tick.
    """
    import torch

    ticks = inputs.shape[1]
    seen: dict[str, list[Any]] = {name: [] for name in parts}
    data = torch.from_numpy(np.ascontiguousarray(np.moveaxis(inputs, 1, 0), np.float32))
    reset(module)
    with torch.no_grad(), hooked(parts, lambda name, part, _, output: seen[name].append(first(output).clone())):
        called(module, data if sequence else data[0])
        calls = {len(each) for each in seen.values()}
        if not sequence and calls == {1}:
            for tick in range(1, ticks):
                called(module, data[tick])
    reset(module)
    return [_trains(name, each, ticks) for name, each in seen.items()]


def _trains(name: str, outputs: list[Any], ticks: int) -> Array:
    import torch

    trains = outputs[0] if len(outputs) == 1 and ticks > 1 else torch.stack(outputs)
    if trains.shape[0] != ticks:
        refuse(name, f"is called {len(outputs)} times for {ticks} ticks", "call each layer once a tick, for as many "
               "ticks as are converted; say sequence=True if the module takes all ticks at once")
    array: Array = (trains != 0).numpy().reshape(ticks, trains.shape[1], -1).transpose(1, 0, 2)
    return array


def strict(name: str, function: Callable[[Any], Any]) -> bool:
    """Comparator of a neuron of a function of V - threshold: True of ``>``, False of ``>=``.

    Raises
    ------
    ValueError
        It is no step from 0 to 1 at the threshold.
    """
    import torch

    probe = torch.tensor([-64.0, -1.0, -2.0**-16, 2.0**-16, 1.0, 64.0, 0.0]).repeat(16)
    with torch.no_grad():
        found = function(probe).double().reshape(16, -1)
    if not (found[:, :6] == (probe > 0).reshape(16, -1)[:, :6]).all() or found[0, 6] not in (0, 1):
        refuse(name, "fires by something else than a step at its threshold", "use a surrogate function that is a step "
               "forwards")
    return not found[0, 6]


def numbers(name: str, what: str, tensor: Any) -> Array:
    """A tensor as a float64 array of finite numbers."""
    return finite(name, what, tensor.detach().cpu().numpy())


def bias_of(name: str, part: Any, outputs: int) -> Array:
    """The bias of a layer, zeros if there is none."""
    return np.zeros(outputs) if part.bias is None else numbers(name, "bias", part.bias)


def neurons_of(layers: list[list[Layer]], names: list[str]) -> list[str]:
    """Names of the modules that became neurons."""
    return [name for name, made in zip(names, layers, strict=True) if any(isinstance(each, Neurons) for each in made)]


def normalised(layers: list[Layer], name: str, scale: Array, shift: Array) -> list[Layer]:
    """The layers with a normalisation, ``y = scale x + shift`` in each channel, folded into the synapses before it.

    Raises
    ------
    ValueError
        There are none just before it.
    """
    last = layers[-1] if layers else None
    if not isinstance(last, Synapses):
        refuse(name, "is a normalisation that follows no weights", "put it behind a Linear or Conv2d")
    shaped = scale.reshape(-1, *(1,) * (last.weight.ndim - 1))
    return [*layers[:-1], replace(last, name=f"{last.name} + {name}", weight=last.weight * shaped,
                                  bias=last.bias * scale + shift)]
