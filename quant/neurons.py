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

        Each of ``fan_in`` synapses spikes at most once and adds at most ``psp.gain(steps)``; the bias adds at most
        ``steps`` times itself. Partial sums within a tick stay inside, since the bounds of the parts are added.
        """
        peak = fan_in * self.psp.gain(steps)
        return (-peak + steps * min(0, *self.bias), peak + steps * max(0, *self.bias))

    def effective_threshold(self, fan_in: int, steps: int) -> tuple[int, ...]:
        """Thresholds moved into the range of V plus one; the neurons behave the same (never or always fire)."""
        low, high = self.potential_range(fan_in, steps)
        return tuple(min(max(t, low), high + 1) for t in self.threshold)


Neurons = SingleSpike
NEURONS: dict[str, type[SingleSpike]] = {kind.kind: kind for kind in (SingleSpike,)}
