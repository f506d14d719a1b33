"""Neurons: per-channel integers and the rule by which they fire.

Another kind is another class here with a `kind`, listed in `NEURONS`, and its twins in `sim.functional.neurons`,
`sim.functional.oracle`, `sim.cycle.payload` and `hw.cores.neurons.lane`. ``takes`` are the codes that its inputs may
have, ``gives`` is the code of its output, and ``readouts`` are those that can look at it.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..check import integer, integers, member
from .psp import PSPS, Psp, Ramp
from .spike_coding import Binary, SpikeCoding, Times, Trains

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
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Times,)
    gives: ClassVar[SpikeCoding] = Times
    readouts: ClassVar[tuple[str, ...]] = ("first_spike", "potential")
    threshold: tuple[int, ...]
    bias: tuple[int, ...] = ()
    psp: Psp = Ramp()

    def __post_init__(self) -> None:
        _channels(self, -LIMIT)
        if not isinstance(self.psp, tuple(PSPS.values())):
            raise TypeError(f"psp must be a Step or a Ramp, not {self.psp!r}")

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
        return _moved(self.threshold, *self.potential_range(fan_in, steps))


RESETS = ("subtract", "zero")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Neurons that fire in every tick with V >= threshold, and are then reset.

    In each tick V grows by ``n << fraction``, and by the bias; then it is compared; after a spike it is reset; and last
    it leaks, ``V -= V >> leak``, rounded down. V, threshold and bias so are in units of ``2**-fraction`` of a weight.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, 1..2**31 - 1. The comparator is >=.
    bias : sequence of int
        Constant current of each channel, added to V once in every tick. Empty: all zero.
    reset : "subtract" or "zero"
        V -= threshold, or V = 0.
    leak : int or None
        1..16; None: no leak.
    fraction : int
        0..8.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range, or bias and threshold differ in length.
    """

    kind: ClassVar[str] = "rate"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Times, Trains, Binary)
    gives: ClassVar[SpikeCoding] = Trains
    readouts: ClassVar[tuple[str, ...]] = ("count", "potential")
    threshold: tuple[int, ...]
    bias: tuple[int, ...] = ()
    reset: str = "subtract"
    leak: int | None = None
    fraction: int = 0

    def __post_init__(self) -> None:
        _channels(self, 1)
        member("reset", self.reset, RESETS)
        if self.leak is not None:
            object.__setattr__(self, "leak", integer("leak", self.leak, 1, 16))
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 8))

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V before and after the reset, over all inputs with ``|n(t)| <= input_bound``, channels and ticks.

        A tick adds at least ``a = -(input_bound << fraction) + b`` and at most ``c = (input_bound << fraction) + b``. A
        reset takes from V at most what is there above 0, since V >= threshold >= 1: what it leaves lies between 0 and
        V. A leak leaves something between 0 and V too, ``V >> k`` being of the sign of V and no larger, rounded down.
        By induction V lies within ``t * min(0, a)`` and ``t * max(0, c)`` after t ticks.
        """
        peak = input_bound << self.fraction
        return (steps * min(0, *(b - peak for b in self.bias)), steps * max(0, *(b + peak for b in self.bias)))

    def effective_threshold(self, input_bound: int, steps: int) -> tuple[int, ...]:
        """Thresholds moved into the range of V plus one; the neurons behave the same (never fire)."""
        return _moved(self.threshold, *self.potential_range(input_bound, steps))


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Neurons that collect a number and then fire its binary digits, one a tick, the highest first.

    V is the sum of all inputs, which are numbers, ``<< fraction``, plus the bias. Tick t stands for
    ``2**(steps - 1 - t)``: a neuron with ``V >= threshold * 2**(steps - 1 - t)`` spikes in it, and V loses as much.
    What is given in all ticks together is ``V / threshold``, rounded down, within 0..2**steps - 1; a neuron whose V is
    negative stays silent.

    The weighted phase code is that of Kim et al., "Deep neural networks with weighted spikes" (2018); that a neuron
    first collects and then fires is this project's reading of Li et al., "BSNN: towards faster and better conversion of
    artificial neural networks to spiking neural networks with bistable neurons" (2022); its equations were not at hand.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, 1..2**31 - 1. The comparator is >=.
    bias : sequence of int
        Constant of each channel, added to V once. Empty: all zero.
    fraction : int
        0..8: V, threshold and bias are in units of ``2**-fraction`` of a weight.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range, or bias and threshold differ in length.
    """

    kind: ClassVar[str] = "phase"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Binary,)
    gives: ClassVar[SpikeCoding] = Binary
    readouts: ClassVar[tuple[str, ...]] = ()
    threshold: tuple[int, ...]
    bias: tuple[int, ...] = ()
    fraction: int = 0

    def __post_init__(self) -> None:
        _channels(self, 1)
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 8))

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V in all ticks, over all inputs with ``|n| <= input_bound``, and channels.

        V begins within ``-(input_bound << fraction) + b`` and ``(input_bound << fraction) + b``. A spike takes no more
        from V than V has, and only where V is positive: what is left lies between 0 and V.
        """
        peak = input_bound << self.fraction
        return (min(0, -peak + min(self.bias)), max(0, peak + max(self.bias)))

    def effective_threshold(self, input_bound: int, steps: int) -> tuple[int, ...]:
        """Thresholds moved into the range of V plus one; the neurons behave the same (never fire)."""
        return _moved(self.threshold, *self.potential_range(input_bound, steps))


def _channels(neurons: "Neurons", low: int) -> None:
    """Check threshold and bias, and make of an empty bias one of zeros."""
    threshold = integers("threshold", neurons.threshold, low, LIMIT)
    bias = integers("bias", neurons.bias, -LIMIT, LIMIT) or (0,) * len(threshold)
    if len(bias) != len(threshold):
        raise ValueError(f"bias must have one entry a channel ({len(threshold)}), not {len(bias)}")
    object.__setattr__(neurons, "threshold", threshold)
    object.__setattr__(neurons, "bias", bias)


def _moved(threshold: tuple[int, ...], low: int, high: int) -> tuple[int, ...]:
    return tuple(min(max(t, low), high + 1) for t in threshold)


Neurons = SingleSpike | Rate | Phase
NEURONS: dict[str, Any] = {kind.kind: kind for kind in (SingleSpike, Rate, Phase)}
