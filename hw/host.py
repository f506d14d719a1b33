"""The host's end of the link: images to a board over a serial port, answers back."""

import math
import os
import struct
from dataclasses import dataclass
from types import TracebackType

import serial

from quant.network import Network

from .command import Failure
from .link import PAUSE_SECONDS, answer_bytes


class BoardError(Failure):
    """The board cannot be reached, or does not answer as this network would; one line."""


@dataclass(frozen=True)
class Result:
    """What the accelerator answers for one image.

    Parameters
    ----------
    class_index : int
    tick : int
        Decision tick; ``steps`` if no output fired.
    potentials : tuple of int
        V of every output at the decision tick, or at the last tick if no output fired.
    """

    class_index: int
    tick: int
    potentials: tuple[int, ...]


class Board:
    """A board that runs a network, behind a serial port; also a context manager.

    Parameters
    ----------
    port : str
        Device name such as ``/dev/ttyUSB1`` or ``COM4``, or any URL that pyserial opens.
    network : Network
        The network that the board's bitstream was built from.
    baud : int
        As the bitstream was built.
    timeout : float
        Seconds that an answer may take, from the last byte of the image. Longer than the pause after which the board
        drops an unfinished image.

    Raises
    ------
    BoardError
        The port cannot be opened.
    ValueError
        ``timeout`` is too short.
    """

    def __init__(self, port: str | os.PathLike[str], network: Network, *, baud: int = 1_000_000,
                 timeout: float = 2.0) -> None:
        if not PAUSE_SECONDS < timeout < math.inf:
            raise ValueError(f"Timeout must be more than {PAUSE_SECONDS} s, not {timeout!r}")
        self.network, self.baud, self.timeout = network, baud, timeout
        try:
            self._port = serial.serial_for_url(os.fspath(port), baudrate=baud, timeout=timeout)
        except (serial.SerialException, OSError, ValueError) as error:
            raise BoardError(f"Port {os.fspath(port)} cannot be opened: {error}") from None

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def classify(self, image: bytes) -> Result:
        """Send one image and wait for its answer.

        Parameters
        ----------
        image : bytes-like
            ``channels * height * width`` pixels in the order row, column, channel.

        Raises
        ------
        ValueError
            The image has another length.
        BoardError
            No whole answer came in time, or one that this network cannot give.
        """
        image, length = bytes(image), answer_bytes(self.network.classes)
        if len(image) != math.prod(self.network.input_shape):
            raise ValueError(f"Image must have {math.prod(self.network.input_shape)} bytes, not {len(image)}")
        try:
            self._port.reset_input_buffer()
            self._port.write(image)
            self._port.flush()
            answer = self._port.read(length)
        except (serial.SerialException, OSError) as error:
            raise BoardError(f"Port {self._port.port} failed: {error}") from None
        if len(answer) != length:
            raise BoardError(f"Board at {self._port.port} answered {len(answer)} of {length} bytes in {self.timeout:g} "
                             f"s; it must hold a bitstream of this network, built for {self.baud} baud")
        return self._decode(answer)

    def _decode(self, answer: bytes) -> Result:
        class_index, tick, *potentials = struct.unpack(f"<HH{self.network.classes}i", answer)
        if class_index >= self.network.classes or tick > self.network.steps:
            raise BoardError(f"Board at {self._port.port} answered class {class_index} at tick {tick} from a network "
                             f"with {self.network.classes} classes and {self.network.steps} ticks; "
                             "it must hold a bitstream of this network")
        return Result(class_index, tick, tuple(potentials))
