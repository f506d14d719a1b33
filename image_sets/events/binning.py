"""Binning of events into ticks: spike trains, the time of each pixel's first event, or its rate of events."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from quant.check import integer, integers, member

from ..pictures import Array
from .recording import Recording

MAX_TICKS = {"trains": 8, "first": 128, "rates": 255}
MAX_SIDE = 4096
MAX_FACTOR = 64
MAX_IMAGES = 2**16
MAX_VALUES = 2**28


@dataclass(frozen=True, kw_only=True)
class Binning:
    """Windows of a recording as the ticks of images.

    Parameters
    ----------
    ticks : int
        Of an image: 1..8 of spike trains, a bit of a value each; 1..128 of first events; 1..255 of rates.
    window : int, optional
        Microseconds of a tick, from the first event on; images follow each other. Without it a recording is one image,
        of ``ticks`` equal windows from its first event to its last.
    count : int, optional
        Events of a tick, in place of a window.
    size : (height, width)
        Of an image.
    factor : int
        Rows and columns of the sensor that become one of an image, which has an event where any of them has.
    corner : (row, column)
        Of the sensor, where the image begins; what lies outside of it is left out.
    code : "trains", "first" or "rates"
        Bit t of a value is a spike in tick t, for networks of coding ``events``; or a value is a pixel that spikes at
        the tick of its first event, for networks of coding ``latency`` with as many ticks; or it is 255 times the share
        of the ticks with an event, for networks of coding ``direct`` with any number of ticks.

    Raises
    ------
    TypeError, ValueError
        A value is wrong, or there is a window and a count.
    """

    ticks: int
    window: int | None = None
    count: int | None = None
    size: tuple[int, int] = (34, 34)
    factor: int = 1
    corner: tuple[int, int] = (0, 0)
    code: str = "trains"

    def __post_init__(self) -> None:
        member("code of events", self.code, tuple(CODES))
        integer(f"ticks of {self.code}", self.ticks, 1, MAX_TICKS[self.code])
        if self.window is not None and self.count is not None:
            raise ValueError("window and count must not be given both: a tick ends by time or by number of events")
        if self.window is not None:
            integer("window in microseconds", self.window, 1, 2**31 - 1)
        if self.count is not None:
            integer("count of events", self.count, 1, 2**31 - 1)
        integer("factor", self.factor, 1, MAX_FACTOR)
        for name, low, high in (("size", 1, MAX_SIDE), ("corner", 0, MAX_SIDE)):
            values = integers(name, getattr(self, name), low, high)
            if len(values) != 2:
                raise ValueError(f"{name} must be two numbers, not {values}")
            object.__setattr__(self, name, values)

    @property
    def words(self) -> str:
        """Ticks in words: "8 ticks of equal length", "6 ticks of 50,000 us"."""
        length = (f"{self.window:,} us" if self.window is not None else
                  f"{self.count:,} events" if self.count is not None else "equal length")
        return f"{self.ticks} ticks of {length}"

    def numbers(self, recording: Recording) -> Array:
        """Number of the tick of each event, counted through all images."""
        if self.count is not None:
            return np.arange(len(recording.time)) // self.count
        since = recording.time - recording.time[0]
        if self.window is not None:
            return since // self.window
        return since * self.ticks // (since[-1] + 1)

    def planes(self, recording: Recording, limit: int | None = None) -> Array:
        """Spikes, uint8 0 or 1 of shape (images, ticks, 2, rows, columns); a channel is a polarity.

        With a ``limit`` of the first so many images alone.

        Raises
        ------
        ValueError
            There are more than 65,536 images, or more than 2**28 values.
        """
        number = self.numbers(recording)
        whole = int(number[-1]) // self.ticks + 1
        images = integer("number of images of a recording", min(whole, limit or whole), 1, MAX_IMAGES)
        integer("number of values of a recording", images * self.ticks * 2 * math.prod(self.size), 1, MAX_VALUES)
        row, column = recording.y - self.corner[0], recording.x - self.corner[1]
        inside = (row >= 0) & (column >= 0) & (number < images * self.ticks)
        row, column = row // self.factor, column // self.factor
        inside &= (row < self.size[0]) & (column < self.size[1])
        planes = np.zeros((images * self.ticks, 2, *self.size), np.uint8)
        planes[number[inside], recording.polarity[inside], row[inside], column[inside]] = 1
        return planes.reshape(images, self.ticks, 2, *self.size)

    def ends(self, recording: Recording, count: int) -> list[float]:
        """Seconds from the first event until each of the first ``count`` images of a recording is complete.

        The last image of all is complete at the last event.
        """
        number, since = self.numbers(recording) // self.ticks, recording.time - recording.time[0]
        last = int(since[-1])
        if self.window is not None:
            ends = [min((image + 1) * self.ticks * self.window, last) for image in range(count)]
        else:
            ends = since[np.searchsorted(number, np.arange(count), "right") - 1].tolist()
        return [end / 1e6 for end in ends]

    def fitted(self, planes: Array) -> Array:
        """Spikes of an image of those of a whole sensor, uint8 0 or 1 of shape (..., height, width)."""
        rows, columns = (extent * self.factor for extent in self.size)
        part = planes[..., self.corner[0]:self.corner[0] + rows, self.corner[1]:self.corner[1] + columns]
        missing = [(0, 0)] * (planes.ndim - 2) + [(0, rows - part.shape[-2]), (0, columns - part.shape[-1])]
        boxes = np.pad(part, missing).reshape(*planes.shape[:-2], self.size[0], self.factor, self.size[1], self.factor)
        return boxes.max((-3, -1))

    def values(self, planes: Array) -> Array:
        """Values of the code, uint8 of shape (images, 2, rows, columns), of `planes`."""
        return CODES[self.code](planes)

    def images(self, recording: Recording, limit: int | None = None) -> Array:
        """Values of the code, uint8 of shape (images, 2, rows, columns); ``limit`` as of `planes`."""
        return self.values(self.planes(recording, limit))


def trains(planes: Array) -> Array:
    """Spike trains of planes (images, ticks, ...): bit t of each value is the spike in tick t."""
    return np.packbits(planes, axis=1, bitorder="little")[:, 0]


def first(planes: Array) -> Array:
    """Pixels of planes (images, ticks, ...): the brightest that spikes at the tick of the first; 0: none does."""
    ticks = planes.shape[1]
    pixels = np.array([255 + -256 * tick // ticks for tick in range(ticks)], np.uint8)
    return np.where(planes.any(1), pixels[planes.argmax(1)], 0).astype(np.uint8)


def rates(planes: Array) -> Array:
    """Shares of the ticks with a spike, of 255, of planes (images, ticks, ...); rounded down."""
    return (planes.sum(1, np.uint16) * 255 // planes.shape[1]).astype(np.uint8)


CODES: Mapping[str, Callable[[Array], Array]] = {"trains": trains, "first": first, "rates": rates}
"""Values, uint8 of shape (images, ...), of planes of spikes (images, ticks, ...), by the name of the code."""
