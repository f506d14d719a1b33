"""Neurons: per-channel integers and the rule by which they fire.

Another kind (rate neurons with reset, bistable neurons) is another class here with a `kind`, listed in `NEURONS`, and
its twins in `sim.neurons` and `hw`.
"""

from dataclasses import dataclass
from typing import ClassVar

from .check import integers
from .psp import PSPS, Psp, Ramp

LIMIT = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class SingleSpike:
    """Non-leaky neurons that fire once, at the first tick with V >= threshold, and then stay silent.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, in +-(2**31 - 1). The comparator is >=.
    bias : sequence of int
        Constant current of each channel, added to V once in every tick. Empty: all zero.
    psp : Step or Ramp
        Kernel by which input spikes act on V.

    Raises
    ------
    TypeError, ValueError
        A value is not an integer, lies out of range, or bias and threshold differ in length.
    """

    kind: ClassVar[str] = "single_spike"
    threshold: tuple[int, ...]
    bias: tuple[int, ...] = ()
    psp: Psp = Ramp()

    def __post_init__(self) -> None:
        threshold = integers("threshold", self.threshold, -LIMIT, LIMIT)
        bias = integers("bias", self.bias, -LIMIT, LIMIT) or (0,) * len(threshold)
        if not isinstance(self.psp, tuple(PSPS.values())):
            raise TypeError(f"psp must be a Step or a Ramp, not {self.psp!r}")
        if len(bias) != len(threshold):
            raise ValueError(f"bias must have one entry a channel ({len(threshold)}), not {len(bias)}")
        object.__setattr__(self, "threshold", threshold)
        object.__setattr__(self, "bias", bias)

    def potential_range(self, fan_in: int, steps: int) -> tuple[int, int]:
        """Bounds of V over all inputs, all channels and all ticks.

        V(t) is the sum over the inputs of ``w g(t - s)``, plus ``(t + 1) b``: the weight w is +-1, s is the tick of the
        input's only spike (an input without one has no term), b the bias, and ``g(age)`` what a spike of weight +1 has
        added at that age. g never falls and is never negative, so ``0 <= g <= g(steps - 1) = psp.gain(steps)``. Each of
        the ``fan_in`` terms therefore lies within +-gain, and ``(t + 1) b`` between ``steps * min(0, b)`` and
        ``steps * max(0, b)``: V lies within the sum of these bounds, and so does any part of that sum.

        The end on the side of the bias is attained: all inputs spike at tick 0 with weights of the bias' sign, and V is
        ``+-fan_in * gain + steps * b`` at the last tick. The other end is off by at most ``steps * abs(b)``, and
        attained if b is 0. The slope S of a ramp is a sum of at most ``fan_in`` weights: ``abs(S) <= fan_in``.
        """
        peak = fan_in * self.psp.gain(steps)
        return (-peak + steps * min(0, *self.bias), peak + steps * max(0, *self.bias))

    def effective_threshold(self, fan_in: int, steps: int) -> tuple[int, ...]:
        """Thresholds moved into the range of V plus one; the neurons behave the same (never or always fire)."""
        low, high = self.potential_range(fan_in, steps)
        return tuple(min(max(t, low), high + 1) for t in self.threshold)


Neurons = SingleSpike
NEURONS: dict[str, type[SingleSpike]] = {kind.kind: kind for kind in (SingleSpike,)}
