"""Cores that move values: coding, words, windows, pools."""

from dataclasses import dataclass

from .core import Core


@dataclass(frozen=True, kw_only=True)
class Encoder(Core):
    """8-bit pixels to spike times, never for 0, else ``((255 - pixel) * bit_planes) >> 8``; or as they are, in 8.

    Of spike trains a pixel's lowest bits are passed on, the lowest of all the spike in tick 0.
    """

    lanes: int = 1


@dataclass(frozen=True, kw_only=True)
class RegisterSlice(Core):
    """Passes words on; its ready is a register, so that no path of readies leads through it."""

    lanes: int

    @property
    def waiting(self) -> int:
        """As of `Core`."""
        return 2


@dataclass(frozen=True, kw_only=True)
class Pack(Core):
    """Gathers ``ratio`` words of ``lanes`` values into one, first word in the lowest lanes.

    Parameters
    ----------
    single : bool
        True: an input word is a value as it comes from outside, in front of an encoder; ``lanes`` is 1.
    """

    lanes: int
    ratio: int
    single: bool = False


@dataclass(frozen=True, kw_only=True)
class Unpack(Core):
    """Splits a word of ``lanes`` values into ``ratio`` words, lowest lanes first."""

    lanes: int
    ratio: int


@dataclass(frozen=True, kw_only=True)
class Pad(Core):
    """Surrounds each map by ``padding`` rows, and each row by ``left`` and ``right`` pixels, that never spike.

    Where a word is several pixels, it counts as one.
    """

    lanes: int
    words: int  # a pixel
    height: int
    width: int
    padding: int
    left: int
    right: int

    @property
    def row(self) -> int:
        """Pixels in a row that is given."""
        return self.left + self.width + self.right


@dataclass(frozen=True, kw_only=True)
class Fork(Core):
    """Passes words on, and keeps a copy of each for the `Join` at the end of a shortcut, at most ``depth`` of them."""

    lanes: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class Window(Core):
    """Base of both windows: a map of pixels in, at each position the synapses' words out, once for each pass.

    Words of a position come in the order kernel row, kernel column, channel.
    """

    lanes: int  # values in an input word
    height: int
    width: int
    size: int
    stride: int
    passes: int

    @property
    def rows_out(self) -> int:
        """Window positions in a column."""
        return (self.height - self.size) // self.stride + 1

    @property
    def kernel_columns(self) -> int:
        """Pixels in a row of a window."""
        return self.size

    @property
    def column_stride(self) -> int:
        """Pixels from one window position to the next in its row."""
        return self.stride

    @property
    def columns_out(self) -> int:
        """Window positions in a row."""
        return (self.width - self.kernel_columns) // self.column_stride + 1

    @property
    def positions(self) -> int:
        """Window positions in a map."""
        return self.rows_out * self.columns_out


@dataclass(frozen=True, kw_only=True)
class RegisterWindow(Window):
    """The whole window in registers, behind ``size - 1`` line buffers; one input word is one pixel, or counts as one.

    Parameters
    ----------
    kernel, step : int
        Pixels in a row of the window, and from one position to the next.
    """

    kernel: int
    step: int

    @property
    def kernel_columns(self) -> int:
        """As of `Window`."""
        return self.kernel

    @property
    def column_stride(self) -> int:
        """As of `Window`."""
        return self.step

    @property
    def fan_in(self) -> int:
        """Values in an output word."""
        return self.size * self.kernel * self.lanes


@dataclass(frozen=True, kw_only=True)
class MemoryWindow(Window):
    """A ring of rows in block RAM, read word by word; ``words`` input words make a pixel.

    The ring holds as many whole rows as fit in the smallest power of two of words that holds the rows being read,
    ``stride`` being written, and ``border``.

    Parameters
    ----------
    border : int
        Rows of padding between two maps. They come in a burst, and would hold up the stages before it if none waited.
    """

    words: int
    border: int = 0

    @property
    def row_words(self) -> int:
        """Words in a row of pixels."""
        return self.width * self.words

    @property
    def depth(self) -> int:
        """Words in the ring; a power of two, so that addresses wrap by themselves."""
        return 1 << ((self.size + self.stride + self.border) * self.row_words - 1).bit_length()

    @property
    def rows(self) -> int:
        """Whole rows that the ring may hold."""
        return self.depth // self.row_words

    @property
    def last_rows(self) -> int:
        """Rows freed with the last window row of a map: all that are left of it."""
        return self.height - (self.rows_out - 1) * self.stride

    @property
    def rows_needed(self) -> int:
        """Whole rows that must be there before a window row that is not the last."""
        return max(self.size, self.stride)

    @property
    def run(self) -> int:
        """Consecutive words in one kernel row."""
        return self.size * self.words


@dataclass(frozen=True, kw_only=True)
class Pool(Core):
    """Pool of each ``size`` x ``size`` window in its spike coding; ``groups`` words make a pixel.

    Parameters
    ----------
    width : int
        Pixels in a row, or words of ``columns`` pixels, if these are several; then a multiple of the size.
    """

    lanes: int
    groups: int
    height: int
    width: int
    size: int
    columns: int = 1

    @property
    def across(self) -> int:
        """Pixels, or words, in a row of a window."""
        return self.size if self.columns == 1 else 1

    @property
    def merged(self) -> int:
        """Pixels of a word that become one."""
        return 1 if self.columns == 1 else self.size

    @property
    def lanes_out(self) -> int:
        """Values in an output word."""
        return self.lanes // self.merged

    def merging(self, lane: int) -> list[int]:
        """Lanes of a word that become lane ``lane``."""
        channels = self.lanes // self.columns
        pixel, channel = divmod(lane, channels)
        return [(pixel * self.merged + at) * channels + channel for at in range(self.merged)]

    @property
    def columns_out(self) -> int:
        """Pixels, or words, in a row of the pooled map."""
        return self.width // self.across
