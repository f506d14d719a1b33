"""Timing closure: the fastest clock for which a routed design holds, with a margin."""

from collections.abc import Callable
from fractions import Fraction

from .clock import Clock

# Of the clock. A PLL's period is shorter than stated by up to half its jitter, peak to peak at most 5 % of it.
MARGIN = Fraction(3, 100)


def close(target: Clock, slowest: Clock, at_most: Callable[[Fraction], Clock],
          route: Callable[[Clock], float]) -> Clock:
    """The clock that a design holds with `MARGIN`, or ``slowest``, which is not routed here.

    A design comes farther when it is placed for more, so this begins with ``target`` and steps down to what came out.

    Parameters
    ----------
    target, slowest : Clock
        More than the design is expected to reach, and what it may run at in any case.
    at_most : callable
        The highest clock of at most so many Hz that there is; at least ``slowest``.
    route : callable
        Places and routes the design for a clock; returns the frequency in Hz that it reached.
    """
    clock = target
    while clock.exact_hz > slowest.exact_hz:
        held = Fraction(route(clock)) / (1 + MARGIN)
        if held >= clock.exact_hz:
            return clock
        clock = at_most(max(held, slowest.exact_hz))
    return slowest
