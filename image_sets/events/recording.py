"""Recording of an event camera: where, of which polarity and when pixels became brighter or darker."""

from dataclasses import dataclass

import numpy as np

from ..pictures import Array

MAX_EVENTS = 2**24
MAX_TIME = 2**40  # in microseconds, 12 days


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """Events in the order of their times.

    Parameters
    ----------
    x, y : integer arrays (n,)
        Column and row, from the upper left.
    polarity : integer array (n,)
        1: the pixel became brighter (on); 0: darker (off).
    time : integer array (n,)
        In microseconds.
    sensor : (height, width)
        Of the camera, in pixels.

    Raises
    ------
    ValueError
        There are no events or too many, or one lies outside the sensor, has another polarity, or an earlier time than
        the one before; one line that names it, counted from 0.
    """

    x: Array
    y: Array
    polarity: Array
    time: Array
    sensor: tuple[int, int]

    def __post_init__(self) -> None:
        if not 1 <= len(self.time) <= MAX_EVENTS:
            raise ValueError(f"recording must have 1 to {MAX_EVENTS:,} events, not {len(self.time):,}")
        height, width = self.sensor
        for name, values, end in (("x", self.x, width), ("y", self.y, height), ("polarity", self.polarity, 2),
                                  ("time", self.time, MAX_TIME)):
            object.__setattr__(self, name, self._checked(name, values, end))
        backwards = np.flatnonzero(np.diff(self.time) < 0)
        if len(backwards):
            at = int(backwards[0]) + 1
            raise ValueError(f"times must not run backwards, as that of event {at}, {self.time[at]:,} us after "
                             f"{self.time[at - 1]:,} us; sort the events")

    @staticmethod
    def _checked(name: str, values: Array, end: int) -> Array:
        """The values as int64."""
        if values.dtype.kind == "f":
            wrong = ~((values >= 0) & (values < end) & (values == np.floor(values)))
        else:
            wrong = (values < 0) | (values >= end)
        if wrong.any():
            at = int(wrong.argmax())
            raise ValueError(f"{name} must be in 0..{end - 1}, not {values[at]} as of event {at}")
        return values.astype(np.int64)
