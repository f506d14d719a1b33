"""One BS4NN step in plain numpy, image by image: what `native.bs4nn_learn` does, bit for bit and much faster."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray


@dataclass
class Layer:
    """Shadow weights, float32 of shape (inputs, outputs), and the factor that divides the base threshold."""

    weights: Array
    factor: float


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Constants of the rule; time is 0..steps, and a spike at ``steps`` stands for silence."""

    steps: int
    base: float
    rate: float
    factor_rate: float
    gamma: int


def signs(weights: Array) -> Array:
    """-1 or +1, for 0 it is +1."""
    return np.where(weights >= 0, 1, -1)


def integrate(layer: Layer, times: Array, rule: Rule) -> tuple[Array, Array]:
    """Spike times of a layer, one tick after V > base / factor, and V at tick ``steps - 3``."""
    order = np.argsort(times, kind="stable")
    potentials = np.concatenate([np.zeros((1, layer.weights.shape[1]), int), signs(layer.weights)[order].cumsum(0)])
    at_tick = potentials[np.searchsorted(times[order], np.arange(rule.steps - 1), side="right")]
    above = at_tick > math.floor(rule.base / layer.factor)
    return np.where(above.any(0), above.argmax(0) + 1, rule.steps), at_tick[rule.steps - 3]


def compare(times: Array, early: Array, label: int, rule: Rule) -> tuple[Array, bool]:
    """Errors of the outputs in windows of time, and whether the label is among the earliest."""
    first = times.min()
    if first == rule.steps:  # nobody fired: nothing is learned, and V decides
        return np.zeros(len(times)), bool(early.argmax() == label)
    target = np.where(times - first < rule.gamma, min(first + rule.gamma, rule.steps), times)
    target[label] = first
    return (target - times) / rule.steps, bool(times[label] == first)


def learn(layer: Layer, before: Array, times: Array, delta: Array, rule: Rule) -> Array:
    """Change weights and factor for normalised errors ``delta``; return the errors of the inputs, not normalised."""
    causal = (before[:, None] < times) & (delta != 0)
    layer.weights -= np.where(causal, (rule.rate * delta).astype(np.float32), np.float32(0))
    count = np.where(causal, signs(layer.weights), 0).sum(0)
    change = _sum(delta * count)
    layer.factor -= float(rule.factor_rate * (change / layer.weights.size))
    return _sum(np.where(causal, layer.weights * delta, 0.0).T)


def step(layers: list[Layer], times: Array, label: int, rule: Rule) -> tuple[bool, bool]:
    """Learn from one image; return whether it was right before, and whether it changed anything."""
    trace = [times]
    for layer in layers:
        after, early = integrate(layer, trace[-1], rule)
        trace.append(after)
    delta, right = compare(trace[-1], early, label, rule)
    changed = False
    for index in reversed(range(len(layers))):
        square = _sum(delta * delta)
        if square == 0:
            break
        changed = True
        delta = learn(layers[index], trace[index], trace[index + 1], delta / np.sqrt(square), rule)
    return right, changed


def _sum(values: Array) -> Any:
    """Sum over the first axis, one term after the other, as C adds."""
    return np.add.accumulate(values)[-1]
