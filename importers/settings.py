"""Choices of a conversion that its source does not make."""

from dataclasses import dataclass
from fractions import Fraction

from quant.check import integer, member
from quant.description.network import CODINGS

from .fold import RANGES

PIXELS = Fraction(10**30)  # a pixel scale and its inverse are no larger


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Choices of a conversion that the source does not make.

    Parameters
    ----------
    ticks : int
        1..63.
    coding : "direct" or "latency"
        As of `quant.Network`.
    pixel : Fraction
        Of coding ``direct``: what the source sees for a pixel of 1; of ``latency``: for a spike.
    readout : "count", "potential" or None
        None: the spike count of outputs that are neurons, the potential of outputs that only add up.
    weights : "sign", "ternary", "int2" to "int8" or None
        Round weights to such integers times a scale, where they are none.
    round_leak, round_amounts : bool
        Round leaks to the nearest ``1 - 2**-k`` and what they leave of V; and what resets take, and biases.
    class_names : sequence of str
    """

    ticks: int
    coding: str = "direct"
    pixel: Fraction = Fraction(1, 255)
    readout: str | None = None
    weights: str | None = None
    round_leak: bool = False
    round_amounts: bool = False
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        integer("ticks", self.ticks, 1, 63)
        member("coding", self.coding, tuple(CODINGS))
        if self.weights is not None:
            member("weights", self.weights, tuple(RANGES))
        if not 1 / PIXELS <= self.pixel <= PIXELS:
            raise ValueError(f"pixel scale must be positive, {float(1 / PIXELS):g}..{float(PIXELS):g}, not "
                             f"{self.pixel!s:.40}")
