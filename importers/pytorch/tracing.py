"""Torch modules as chains: which layers a module calls, in which order, and what its neurons give."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
def _hooked(parts: Mapping[str, Any], hook: Callable[[str, Any, Any, Any], None]) -> Iterator[None]:
    handles = [part.register_forward_hook(
        lambda module, inputs, output, name=name: hook(name, module, inputs, output)) for name, part in parts.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _same(one: Any, other: Any) -> bool:
    """True if two tensors are views of the same values."""
    return one.data_ptr() == other.data_ptr() and one.numel() == other.numel()


def order(module: Any, sample: Any, rules: Rules) -> tuple[list[tuple[str, Any]], list[bool]]:
    """Layers that a module calls in the first tick, in order, and before which of them a map becomes a vector.

    Raises
    ------
    ValueError
        A layer takes anything but the unchanged output of the layer before it.
    """
    import torch

    parts, calls, kept = leaves(module, rules), [], [sample]
    unknown = _unknown(module, parts)

    def note(name: str, part: Any, inputs: Any, output: Any) -> None:
        if name not in [known for known, *_ in calls]:
            given = first(output)
            calls.append((name, part, inputs[0], given, inputs[0]._version, given._version))
            kept.append(given)

    def surprise(name: str, part: Any, inputs: Any, output: Any) -> None:
        refuse(name, f"is a {type(part).__name__}, which has no counterpart", "replace it, or fold it by hand")
    with torch.no_grad(), _hooked(parts, note), _hooked(unknown, surprise):
        module(sample)
    if not calls:
        raise ValueError(f"module {type(module).__name__}: calls no layer that has a counterpart")
    flattened, before, version, name_before = [], sample, sample._version, "the input"
    for index, (name, _, taken, given, seen, made) in enumerate(calls):
        if not (_same(taken, before) or index == 0 and taken.data_ptr() == sample.data_ptr()) or seen != version:
            refuse(name, f"takes what the module makes of the output of {name_before} by itself",
                   "write it as a module (nn.Flatten, nn.AvgPool2d), and connect layers one behind the other")
        flattened.append(taken.ndim == before.ndim - 2)
        before, version, name_before = given, made, name
    return [(name, part) for name, part, *_ in calls], flattened


def _unknown(module: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Modules without parts that belong to none with a rule, and are no containers."""
    def inside(name: str) -> bool:
        return any(name == known or name.startswith(f"{known}.") for known in parts)
    return {name: part for name, part in module.named_modules()
            if name and not inside(name) and not list(part.children())}


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
    with torch.no_grad(), _hooked(parts, lambda name, part, _, output: seen[name].append(first(output).clone())):
        module(data if sequence else data[0])
        calls = {len(each) for each in seen.values()}
        if not sequence and calls == {1}:
            for tick in range(1, ticks):
                module(data[tick])
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
    from dataclasses import replace

    last = layers[-1] if layers else None
    if not isinstance(last, Synapses):
        refuse(name, "is a normalisation that follows no weights", "put it behind a Linear or Conv2d")
    shaped = scale.reshape(-1, *(1,) * (last.weight.ndim - 1))
    return [*layers[:-1], replace(last, name=f"{last.name} + {name}", weight=last.weight * shaped,
                                  bias=last.bias * scale + shift)]
