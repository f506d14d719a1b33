"""Postsynaptic potentials: what one input spike adds to the membrane potential, tick by tick.

Another kernel is another class here with a `kind`, listed in `PSPS`, and an entry in each of `sim.functional.psp`,
`sim.neurons.single_spike`, `hw.cores.neurons.psp` and `train_binary.ops.coding`.
"""

from dataclasses import dataclass
from typing import ClassVar

from ..check import integer

MAX_STEPS = 256


@dataclass(frozen=True, kw_only=True)
class Step:
    """V += n: each spike adds its weight once, in its own tick."""

    kind: ClassVar[str] = "step"

    def gain(self, steps: int) -> int:
        """Largest potential that one spike of weight +1 can have added after ``steps`` ticks."""
        return 1


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """S += n; V += S: each spike adds its weight in its own tick and in every later one.

    Parameters
    ----------
    length : int or None
        1..256: the spike stops adding after this many ticks (S += n(t) - n(t - length)). None: it never stops.
    """

    kind: ClassVar[str] = "ramp"
    length: int | None = None

    def __post_init__(self) -> None:
        if self.length is not None:
            object.__setattr__(self, "length", integer("ramp length", self.length, 1, MAX_STEPS))

    def gain(self, steps: int) -> int:
        """Largest potential that one spike of weight +1 can have added after ``steps`` ticks."""
        return steps if self.length is None else min(self.length, steps)


Psp = Step | Ramp
PSPS: dict[str, type[Step] | type[Ramp]] = {kind.kind: kind for kind in (Step, Ramp)}
