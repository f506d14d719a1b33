"""Outcome of each fault, as a row of a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A fault and its outcome.

    Parameters
    ----------
    name, where, what : str
    outcome : str
        killed, equivalent or survives.
    by : str
        The check that noticed it, or the proof that it changes nothing.
    seconds : float
        Wall time of all that was tried.
    """

    name: str
    where: str
    what: str
    outcome: str
    by: str
    seconds: float

    @property
    def survives(self) -> bool:
        """True if no check notices the fault and no proof shows that it changes nothing."""
        return self.outcome == "survives"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return self.name, self.where, self.what, self.outcome, self.by, f"{self.seconds:.1f}"


def summary(rows: Sequence[Row]) -> str:
    """Numbers of all outcomes, in one line."""
    count = {outcome: sum(row.outcome == outcome for row in rows) for outcome in ("killed", "equivalent", "survives")}
    return (f"killed {count['killed']} of {len(rows)}, {count['equivalent']} proven equivalent, "
            f"{count['survives']} survive")
