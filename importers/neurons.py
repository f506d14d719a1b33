"""Lowering of neurons: real thresholds, biases, leaks and resets to integers of a `quant.Rate`."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from quant import Feedback, Rate
from quant.description.integers import weights
from quant.description.layers.synaptic import MAX_SHIFT
from quant.description.neurons import LIMIT

from . import fold
from .form import Neurons, refuse
from .settings import Settings

MAX_FRACTION = 24  # of quant.Rate
ROUNDED_FRACTION = 8  # bits behind the point of what is rounded


@dataclass
class Population:
    """Neurons to be lowered.

    Parameters
    ----------
    layer : Neurons
    unit : list of Fraction
        Of each channel: what V rises by for one input of 1 and weight +1.
    bias : list of Fraction
        Of each channel, as V rises by it in every tick.
    settings : Settings
    """

    layer: Neurons
    unit: list[Fraction]
    bias: list[Fraction]
    settings: Settings
    words: str = ""


def described(one: Population) -> tuple[Rate, list[str]]:
    """The neurons in integers, and what was rounded in words.

    Raises
    ------
    ValueError
        They have no exact form, and the settings allow no rounding.
    """
    layer, ticks = one.layer, one.settings.ticks
    level, currents = _levels(one), _currents(one)
    adds_up, single = bool(np.isinf(layer.threshold).all()), ticks == 1
    reset = "none" if adds_up or single else layer.reset
    leak, losses = (None, []) if single else _leak(one)
    if adds_up and len(set(one.unit)) > 1:
        refuse(layer.name, "the outputs that only add up have scales that differ", "use one scale for all outputs")
    taken = level if reset == "subtract" else []
    bits = _bits(one, [*currents, *taken], _room([*level, *currents]), leak, losses)
    threshold = [LIMIT] * len(level) if adds_up else [
        min(fold.above(each * 2**bits, layer.strict), LIMIT) for each in level]
    fields: dict[str, Any] = {"threshold": threshold, "fraction": bits, "leak": leak,
                              "bias": _within(one, "bias", [fold.nearest(each * 2**bits) for each in currents])}
    if reset == "zero":
        fields["reset"] = "zero"
    else:
        amounts = [fold.nearest(each * 2**bits) for each in taken] or [0] * len(threshold)
        fields["amount"] = [min(amount, max(own, 0)) for amount, own in zip(amounts, threshold, strict=True)]
        fields["variant"] = _variant(one, reset, leak)
    one.words = _words(layer, reset, leak, bits)
    return Rate(**fields), losses


def _levels(one: Population) -> list[Fraction]:
    """Thresholds above rest, in units of a weight."""
    layer = one.layer
    if np.isinf(layer.threshold).any():
        return [Fraction(0)] * len(one.unit)
    level = np.broadcast_to(layer.threshold, (len(one.unit),)) if layer.threshold.size in (1, len(one.unit)) else None
    if level is None:
        refuse(layer.name, f"has {layer.threshold.size} thresholds for {len(one.unit)} channels", "give one each")
    found = [(Fraction(float(each)) - Fraction(layer.rest)) / unit for each, unit in zip(level, one.unit, strict=True)]
    lowest = min(found)
    if one.settings.ticks > 1 and layer.reset != "none" and (lowest < 0 or lowest == 0 and not layer.strict):
        refuse(layer.name, f"a threshold is {float(min(level)):.6g} at a rest of {layer.rest:.6g}, and so it fires at "
               "rest", "use thresholds above the rest")
    return found


def _currents(one: Population) -> list[Fraction]:
    """Biases in units of a weight."""
    more = [Fraction(0)] * len(one.unit)
    if one.layer.feedback is not None:
        more = [Fraction(float(each)) for each in one.layer.feedback.bias]
    return [(bias + own) / unit for bias, own, unit in zip(one.bias, more, one.unit, strict=True)]


def _leak(one: Population) -> tuple[int | None, list[str]]:
    """Shift of the leak, and what was rounded."""
    layer = one.layer
    if layer.decay == 1:
        return None, []
    if not 0 <= layer.decay < 1:
        refuse(layer.name, f"keeps {layer.decay:.6g} of V in a tick", "use a decay from 0 to 1")
    shift = fold.shift_of_leak(layer.decay)
    if shift is not None:
        return shift, []
    nearest = fold.nearest_leak(layer.decay)
    made = 1 - 2.0**-nearest
    if not one.settings.round_leak:
        refuse(layer.name, f"leak keeps {layer.decay:.6g} of V in a tick, which is no 1 - 2**-k",
               f"train with {made:g}, or round to it (--round-leak)")
    return nearest, [f"leak keeps {made:g} in place of {layer.decay:.6g}"]


def _room(values: list[Fraction]) -> int:
    """Most bits behind the point with which all values stay within `LIMIT`."""
    largest = max(1, *(fold.above(abs(value), False) for value in values))
    return max(0, (LIMIT // largest).bit_length() - 1)


def _bits(one: Population, exact: list[Fraction], room: int, leak: int | None, losses: list[str]) -> int:
    """Bits behind the point with which amounts, biases and a leak in every tick are exact, or those that are left."""
    bits = fold.bits_behind_point(exact)
    if bits is None or bits > MAX_FRACTION:
        bits = _rounded(one, exact, min(room, ROUNDED_FRACTION), losses)
    wanted = bits + (leak or 0) * (one.settings.ticks - 1)
    if wanted <= (min(room, MAX_FRACTION) if leak and one.settings.round_leak else MAX_FRACTION):
        return wanted
    if not one.settings.round_leak:
        refuse(one.layer.name, f"exact potentials need {wanted} bits behind the binary point, and there are "
               f"{MAX_FRACTION}", "use fewer ticks or no leak, or round what leaks leave (--round-leak)")
    made = max(bits, min(room, ROUNDED_FRACTION))
    losses.append(f"what a leak leaves is rounded to {made} bits behind the point")
    return made


def _rounded(one: Population, exact: list[Fraction], bits: int, losses: list[str]) -> int:
    if not one.settings.round_amounts:
        what = "what a reset takes" if one.layer.reset == "subtract" else "a bias"
        worst = next(each for each in exact if (each * 2**MAX_FRACTION).denominator > 1)
        refuse(one.layer.name, f"{what}, {float(worst):.9g} weights, has no end within {MAX_FRACTION} bits behind the "
               "binary point", "use thresholds and biases that are multiples of the scale of the weights, or round "
               "them (--round-amounts)")
    made = [fold.nearest(each * 2**bits) for each in exact]
    losses.append(f"amounts and biases rounded by up to {fold.loss(exact, made, bits):.3g} of a weight")
    return bits


def _within(one: Population, what: str, values: list[int]) -> list[int]:
    if any(abs(value) > LIMIT for value in values):
        refuse(one.layer.name, f"a {what} is beyond 2**31 - 1 in units of a weight", "scale it down")
    return values


def _variant(one: Population, reset: str, leak: int | None) -> str | None:
    timing = one.layer.timing
    if reset != "subtract" or timing == "now" or timing == "late" and leak is None:
        return None
    if timing == "late":
        return "leak_first"
    if leak is not None:
        refuse(one.layer.name, "resets at once, by subtraction, with a leak, which keeps V above the threshold in the "
               "source's own way", "use reset_delay=True, reset_mechanism='zero', or no leak")
    return "held"


def _words(layer: Neurons, reset: str, leak: int | None, bits: int) -> str:
    parts = ["adds up" if np.isinf(layer.threshold).all() else f"fires at V {'>' if layer.strict else '>='} threshold"]
    parts.append({"none": "no reset", "zero": "reset to rest", "subtract": f"threshold taken {layer.timing}"}[reset])
    parts += [f"leak V >> {leak}"] if leak is not None else []
    return ", ".join(parts) + f", {bits} bits behind the point" * (bits > 0)


def feedback(layer: Neurons, unit: list[Fraction], kind: str | None) -> tuple[Feedback, str]:
    """The feedback of a layer in integers, and what was rounded to a kind of weights in words.

    Raises
    ------
    ValueError
        Its weights are no integers times a power of two times the scale of those of the input.
    """
    assert layer.feedback is not None
    found = fold.shifted(layer.feedback, unit, range(MAX_SHIFT + 1), kind)
    if found is None:
        largest = float(np.abs(layer.feedback.weight).max() / float(unit[0]))
        refuse(layer.feedback.name, f"recurrent weights, up to {largest:.6g} times those of a pixel, are no integers "
               f"of 8 bits times a power of two from 1 to {2**MAX_SHIFT}", "scale the recurrent weights, or round them "
               "(--weights int4, ternary or sign)")
    numbers, shift, lost = found
    return Feedback(weights=weights(numbers), shift=shift), lost
