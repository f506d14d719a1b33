"""Event frames: events of a camera, gathered into the spike trains that a network takes."""

import re
from dataclasses import dataclass

from ...check import integer
from ...description.network import PIXEL_BITS

MAX_SIDE = 2**12  # of a sensor
MAX_FACTOR = 64
TIME_BITS = 32
MAX_LENGTH = 2**31 - 1  # of a tick
_TEXT = re.compile(r"(\d{1,5})x(\d{1,5})(?:/(\d{1,2}))?(?:\+(\d{1,5})\+(\d{1,5}))?,(time|count)=(\d{1,10})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class EventFrames:
    """Events, in the order of their times, to images of spike trains, whose bit t says whether there was one in tick t.

    A tick ends by time or by number of events; an image ends with its last tick, and with an event that is marked as
    the last of a recording: the next event then begins tick 0 of an image. Where a tick ends by time, images without
    events are given too.

    Parameters
    ----------
    width, height : int
        Of the sensor, 1..4096.
    left, top : int
        First column and row that count; events elsewhere count for time and number alone.
    factor : int
        Rows and columns of the sensor that become one of an image; a power of two, 1..64.
    rows, columns : int
        Of an image.
    ticks : int
        Of an image, 1..8.
    window : int or None
        Length of a tick in units of the events' times.
    count : int or None
        Events of a tick. One of both is given.

    Raises
    ------
    ValueError
        A number is out of range, or there is a window and a count, or neither.
    """

    width: int
    height: int
    left: int = 0
    top: int = 0
    factor: int = 1
    rows: int
    columns: int
    ticks: int
    window: int | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        for name, extent, start in (("width", self.width, self.left), ("height", self.height, self.top)):
            integer(f"{name} of the sensor", extent, 1, MAX_SIDE)
            integer(f"{'left' if name == 'width' else 'top'} of event frames", start, 0, extent - 1)
        integer("factor of event frames", self.factor, 1, MAX_FACTOR)
        if self.factor & self.factor - 1:
            raise ValueError(f"factor of event frames must be a power of two, not {self.factor}")
        for name, extent in (("rows", self.rows), ("columns", self.columns)):
            integer(f"{name} of event frames", extent, 1, MAX_SIDE)
        integer("ticks of event frames", self.ticks, 1, PIXEL_BITS)
        if (self.window is None) == (self.count is None):
            raise ValueError("event frames must have a window or a count, and not both")
        integer("window or count of event frames", self.length, 1, MAX_LENGTH)

    @property
    def length(self) -> int:
        """Length of a tick: the window, or the count."""
        length = self.window if self.count is None else self.count
        assert length is not None
        return length

    @property
    def values(self) -> int:
        """Values of an image, two for each pixel."""
        return self.rows * self.columns * 2

    @property
    def start(self) -> int:
        """Cycles after a reset until the first event is looked at: both memories are cleared."""
        return 2 * (self.values + 2)

    def place(self, x: int, y: int, polarity: int) -> int | None:
        """Place of an event among the values of an image, in the order row, column, channel; None: it has none."""
        row, column = (y - self.top) // self.factor, (x - self.left) // self.factor
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        return (row * self.columns + column) * 2 + polarity


def parse(text: str, input_shape: tuple[int, int, int], ticks: int) -> EventFrames:
    """Event frames of ``WIDTHxHEIGHT[/FACTOR][+LEFT+TOP],time=LENGTH`` or ``,count=EVENTS`` for images of a network.

    Raises
    ------
    ValueError
        The text is no such, the network does not take two channels, or as of `EventFrames`.
    """
    found = _TEXT.fullmatch(text)
    if not found:
        raise ValueError("events must be WIDTHxHEIGHT[/FACTOR][+LEFT+TOP],time=LENGTH or ,count=EVENTS, as "
                         f"34x34/2,time=50000, not {text!r:.60}")
    if input_shape[0] != 2:
        raise ValueError(f"channels of a network behind event frames must be 2, not {input_shape[0]}")
    width, height, factor, left, top = (None if part is None else int(part) for part in found.groups()[:5])
    assert width is not None
    assert height is not None
    return EventFrames(width=width, height=height, factor=factor or 1, left=left or 0, top=top or 0,
                       rows=input_shape[1], columns=input_shape[2], ticks=ticks,
                       **{"window" if found[6] == "time" else "count": int(found[7])})
