"""Serial port whose errors are one clear line; no call waits for ever."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import serial
from serial.tools import list_ports

from quant.failure import Failure

try:
    from termios import error as terminal_error  # no OSError, though one in all but name
except ImportError:  # not on Windows
    terminal_error = OSError  # type: ignore[assignment, misc]

POLL_SECONDS = 0.02
ABSENT = (errno.ENOENT, errno.ENODEV, errno.ENXIO)
FORBIDDEN = (errno.EACCES, errno.EPERM)
BUSY = (errno.EAGAIN, errno.EBUSY)


class BoardError(Failure):
    """The board cannot be reached, or does not respond as it should; the message is one line, with a remedy."""


class Unheard(BoardError):
    """No frame has come from the board, ever."""


class Port:
    """Serial port that one program opens at a time.

    Parameters
    ----------
    name : path or URL
        Device name such as ``/dev/ttyUSB1`` or ``COM4``, or any URL that pyserial opens.
    baud : int
    timeout : float
        Seconds that `write` may wait for the port.

    Raises
    ------
    BoardError
        The port cannot be opened: it is absent, in use, not permitted, or no serial port.
    """

    def __init__(self, name: str | os.PathLike[str], baud: int, timeout: float) -> None:
        self.name = os.fspath(name)
        try:
            self._serial = serial.serial_for_url(self.name, baudrate=baud, timeout=POLL_SECONDS,
                                                 write_timeout=timeout, exclusive=True)
        except (OSError, ValueError, terminal_error) as error:
            raise BoardError(f"port {self.name} {_refusal(self.name, error)}") from None
        with suppress(AttributeError, OSError, ValueError):  # Linux alone has it, and of some adapters
            self._serial.set_low_latency_mode(True)  # FTDI's chips then keep few bytes for 1 ms, not for 16

    def retune(self, baud: int) -> None:
        """Go on at another baud rate.

        Raises
        ------
        BoardError
            The port has gone, or its adapter refuses the rate.
        """
        with self._failing():
            self._serial.baudrate = baud

    @staticmethod
    def clock() -> float:
        """Seconds by the clock that deadlines of this port are kept by; it never goes back."""
        return time.monotonic()

    def read(self) -> bytes:
        """Bytes that have come; empty if none comes for 20 ms.

        Raises
        ------
        BoardError
            The port has gone.
        """
        with self._failing():
            return self._serial.read(max(1, self._serial.in_waiting))

    def write(self, data: bytes) -> None:
        """Send ``data``.

        Raises
        ------
        BoardError
            The port has gone, or takes nothing for the time given.
        """
        with self._failing():
            self._serial.write(data)

    def close(self) -> None:
        """Close the port."""
        self._serial.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except serial.SerialTimeoutException:
            raise BoardError(f"port {self.name} takes no more bytes: pull its cable out and plug it in again"
                             ) from None
        except (OSError, terminal_error) as error:
            raise BoardError(f"port {self.name} has gone: was the board pulled out? ({_reason(error)})") from None


def ports() -> dict[str, str]:
    """Serial ports of this machine by name: why the user may not open one, or nothing."""
    names = sorted(port.device for port in list_ports.comports())
    return {name: "" if os.access(name, os.R_OK | os.W_OK) else _refusal(name, PermissionError(errno.EACCES, ""))
            for name in names}


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).splitlines()[0]


def _refusal(name: str, error: Exception) -> str:
    code = getattr(error, "errno", None)
    if code in ABSENT:
        found = ", ".join(sorted(port.device for port in list_ports.comports()))
        return f"does not exist; {f'there is {found}' if found else 'no serial port is here, is the board plugged in?'}"
    if code in FORBIDDEN:
        return f"may not be opened by you; join its group: sudo usermod -aG {_group(name)} $USER, then log in again"
    if code in BUSY:
        return "is in use by another program; close that"
    return f"cannot be opened: {_reason(error)}"


def _group(name: str) -> str:
    try:
        import grp  # not on Windows
        return grp.getgrgid(os.stat(name).st_gid).gr_name
    except (ImportError, KeyError, OSError):
        return "dialout"
