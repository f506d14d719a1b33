"""Neurons that fire once."""

from dataclasses import dataclass
from typing import ClassVar

from ..psp import PSPS, Psp, Ramp
from ..spike_coding import SpikeCoding, Times
from .neurons import LIMIT, NEURONS, Neurons


@dataclass(frozen=True, kw_only=True)
class SingleSpike(Neurons):
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
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Times,)
    gives: ClassVar[SpikeCoding] = Times
    readouts: ClassVar[tuple[str, ...]] = ("first_spike", "potential")
    lowest: ClassVar[int] = -LIMIT
    psp: Psp = Ramp()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.psp, tuple(PSPS.values())):
            raise TypeError(f"psp must be a Step or a Ramp, not {self.psp!r}")

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V over all inputs, all channels and all ticks.

        V(t) is the sum over the inputs of ``w g(t - s)``, plus ``(t + 1) b``: w is the weight, s is the tick of the
        input's only spike (an input without one has no term), b the bias, and ``g(age)`` what a spike of weight +1 has
        added at that age. g never falls and is never negative, so ``0 <= g <= g(steps - 1) = psp.gain(steps)``. Weights
        of one sign add up to at most ``input_bound``, so the sum lies within ``+-input_bound * gain``, and
        ``(t + 1) b`` between ``steps * min(0, b)`` and ``steps * max(0, b)``: V lies within the sum of these bounds,
        and so does any part of that sum.

        The end on the side of the bias is attained: inputs of such weights of the bias' sign spike at tick 0, and V is
        ``+-input_bound * gain + steps * b`` at the last tick. The other end is off by at most ``steps * abs(b)``, and
        attained if b is 0. The slope S of a ramp is a sum of some of the weights, and no larger than ``input_bound``.
        """
        peak = input_bound * self.psp.gain(steps)
        return (-peak + steps * min(0, *self.bias), peak + steps * max(0, *self.bias))

    def loaded(self, input_bound: int, steps: int) -> tuple[tuple[int, ...], ...]:
        """As of `Neurons`."""
        return (self.effective_threshold(input_bound, steps),)


NEURONS[SingleSpike.kind] = SingleSpike
