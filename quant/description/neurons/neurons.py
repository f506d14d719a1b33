"""Base of all kinds of neurons: per-channel integers and the rule by which they fire."""

from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self

from ...check import integers
from ...kinds import Kinds
from ..spike_coding import SpikeCoding

LIMIT = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """Neurons of one layer; a kind is a subclass, a frozen dataclass in `NEURONS`.

    Its parts elsewhere: `sim.neurons` (models), `hw.cores.neurons.kinds` (hardware and area) and
    `train_binary.model.integer_neurons` (the integer version in torch).

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, ``lowest``..2**31 - 1. The comparator is >=.
    bias : sequence of int
        Constant of each channel. Empty: all zero.

    Attributes
    ----------
    kind : str
        Its name in artefacts and in every registry.
    takes : tuple of codes
        Codes that inputs may have.
    gives : code
        Code of the output.
    readouts : tuple of str
        Readouts that can look at such neurons; none if they cannot be outputs.
    recurrent : bool
        Whether they may have feedback: they take and give spikes in every tick, and keep V alone between ticks.
    lowest : int
        Smallest threshold.

    Raises
    ------
    TypeError, ValueError
        A value is not an integer, lies out of range, or bias and threshold differ in length.
    """

    kind: ClassVar[str]
    takes: ClassVar[tuple[SpikeCoding, ...]]
    gives: ClassVar[SpikeCoding]
    readouts: ClassVar[tuple[str, ...]] = ()
    recurrent: ClassVar[bool] = False
    lowest: ClassVar[int] = 1
    threshold: tuple[int, ...]
    bias: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        threshold = integers("threshold", self.threshold, self.lowest, LIMIT)
        bias = integers("bias", self.bias, -LIMIT, LIMIT) or (0,) * len(threshold)
        if len(bias) != len(threshold):
            raise ValueError(f"bias must have one entry a channel ({len(threshold)}), not {len(bias)}")
        object.__setattr__(self, "threshold", threshold)
        object.__setattr__(self, "bias", bias)

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V over all inputs with ``|n(t)| <= input_bound``, all channels and all ticks.

        Of inputs that spike only once the sum of n(t) over any ticks is at most ``input_bound`` too.
        """
        raise NotImplementedError

    def effective_threshold(self, input_bound: int, steps: int) -> tuple[int, ...]:
        """Thresholds moved into the range of V plus one; the neurons behave the same (never or always fire)."""
        low, high = self.potential_range(input_bound, steps)
        return tuple(min(max(t, low), high + 1) for t in self.threshold)

    def repeated(self, times: int) -> Self:
        """The same neurons at several places, those of one after those of the other."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        each = {name: value * times for name, value in values.items() if isinstance(value, tuple)}
        return replace(self, **each) if times > 1 else self

    def loaded(self, input_bound: int, steps: int) -> tuple[tuple[int, ...], ...]:
        """Integers of each channel that hardware may take from a memory, within the width of V: first the thresholds.

        Empty where hardware has them in its logic, or where a width depends on one of them.
        """
        return ()


NEURONS: Kinds[type[Neurons]] = Kinds("neurons")
