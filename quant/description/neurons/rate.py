"""Neurons that are reset by each spike, and fire at a rate."""

from dataclasses import dataclass
from typing import ClassVar

from ...check import integer, integers, member
from ..spike_coding import Binary, SpikeCoding, TicksLeft, Times, Trains
from .neurons import LIMIT, NEURONS, Neurons

RESETS = ("subtract", "zero")
VARIANTS = ("leak_first", "held")


@dataclass(frozen=True, kw_only=True)
class Rate(Neurons):
    """Neurons that fire in every tick with V >= threshold, and are then reset.

    In each tick V grows by ``n << fraction``, and by the bias; then it is compared; after a spike it is reset; and last
    it leaks, ``V -= V >> leak``, rounded down. V, threshold, amount and bias so are in units of ``2**-fraction`` of a
    weight.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, 1..2**31 - 1; with an amount also down to -2**31 + 1. The comparator is >=.
    bias : sequence of int
        Constant current of each channel, added to V once in every tick. Empty: all zero.
    reset : "subtract" or "zero"
        V -= amount, or V = 0.
    leak : int or None
        0..16, of which 0 leaves nothing of V; None: no leak.
    fraction : int
        0..24.
    amount : sequence of int, or None
        What a reset by subtraction takes, one for each output channel, 0..max(threshold, 0). None: the threshold. A
        neuron that fires at V > theta and loses theta has the threshold theta + 1 and the amount theta; one that is
        never reset has the amount 0.
    variant : "leak_first", "held" or None
        Of neurons that are reset by subtraction. ``leak_first``, with a leak: V leaks first and then loses the amount,
        as when a reset comes one tick late. ``held``, without a leak: in a tick that begins with V >= threshold, V is
        compared after losing the amount; what a spike, or none, leaves of V is the same.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range, parameters do not go together, or differ in length.
    """

    kind: ClassVar[str] = "rate"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Times, Trains, Binary, TicksLeft)
    gives: ClassVar[SpikeCoding] = Trains
    readouts: ClassVar[tuple[str, ...]] = ("count", "potential")
    recurrent: ClassVar[bool] = True
    lowest: ClassVar[int] = -LIMIT
    reset: str = "subtract"
    leak: int | None = None
    fraction: int = 0
    amount: tuple[int, ...] | None = None
    variant: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        if self.leak is not None:
            object.__setattr__(self, "leak", integer("leak", self.leak, 0, 16))
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 24))
        if self.amount is None:
            integers("threshold", self.threshold, 1, LIMIT)
        else:
            object.__setattr__(self, "amount", self._checked_amount())
        if self.variant is not None:
            self._check_variant()

    def _checked_amount(self) -> tuple[int, ...] | None:
        amount = integers("amount", self.amount, 0, LIMIT)
        if self.reset != "subtract":
            raise ValueError(f"amount must be None of neurons of reset {self.reset}, not {amount!r:.60}")
        if len(amount) != len(self.threshold):
            raise ValueError(f"amount must have one entry a channel ({len(self.threshold)}), not {len(amount)}")
        for index, (taken, threshold) in enumerate(zip(amount, self.threshold, strict=True)):
            integer(f"amount[{index}]", taken, 0, max(threshold, 0))
        return None if amount == self.threshold else amount

    def _check_variant(self) -> None:
        member("variant", self.variant, VARIANTS)
        if self.reset != "subtract" or (self.leak is not None) != (self.variant == "leak_first"):
            raise ValueError("variant must be leak_first of neurons with a leak, or held of neurons without, reset by "
                             f"subtraction, not {self.variant} with reset {self.reset} and leak {self.leak}")

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V before and after the reset, over all inputs with ``|n(t)| <= input_bound``, channels and ticks.

        A tick adds at least ``a = -(input_bound << fraction) + b`` and at most ``c = (input_bound << fraction) + b``. A
        reset takes from V at most what is there above 0, since V >= threshold >= amount >= 0 or amount is 0: what it
        leaves lies between 0 and V. A leak leaves something between 0 and V too, ``V >> k`` being of the sign of V and
        no larger, rounded down. By induction V lies within ``t * min(0, a)`` and ``t * max(0, c)`` after t ticks.

        A reset after the leak may leave less than 0, and no less than ``-amount``, of a neuron whose threshold V can
        reach: then V lies within ``t * (min(0, a) - amount)`` and the same maximum. What ``held`` compares,
        V + n + b - amount with V >= amount, lies within n + b and V + n + b, and so within the same bounds.
        """
        peak = input_bound << self.fraction
        low, high = steps * min(0, *(b - peak for b in self.bias)), steps * max(0, *(b + peak for b in self.bias))
        if self.variant != "leak_first":
            return (low, high)
        late = (amount for amount, threshold in zip(self.taken, self.threshold, strict=True) if threshold <= high)
        return (low - steps * max(late, default=0), high)

    @property
    def taken(self) -> tuple[int, ...]:
        """What a reset by subtraction takes from V, of each channel."""
        return self.threshold if self.amount is None else self.amount

    def effective_amount(self, input_bound: int, steps: int) -> tuple[int, ...]:
        """Amounts, of which those of neurons that never fire are made no larger than their effective threshold."""
        thresholds = self.effective_threshold(input_bound, steps)
        return tuple(min(amount, max(t, 0)) for amount, t in zip(self.taken, thresholds, strict=True))

    def loaded(self, input_bound: int, steps: int) -> tuple[tuple[int, ...], ...]:
        """As of `Neurons`: with amounts, if there are some. Not of ``leak_first``, whose V grows with the amount."""
        if self.variant == "leak_first":
            return ()
        amounts = () if self.amount is None else (self.effective_amount(input_bound, steps),)
        return (self.effective_threshold(input_bound, steps), *amounts)


NEURONS[Rate.kind] = Rate
