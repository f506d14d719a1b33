"""Host end of the serial link: images to a board, results back; docs/protocol.md describes the protocol.

No call waits longer for the board's next response than its timeout, beyond the time that transport and computation need
at the board's own clock and baud rate, and once more as long for a port that takes no bytes.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from quant.description.network import Network
from quant.files.artefact import network_digest
from quant.serial_link.coding import coding
from quant.serial_link.contents import input_shape, resize_of
from quant.serial_link.protocol import (
    COUNT,
    HEAD_BYTES,
    IMAGES,
    MAX_COUNT,
    MAX_CYCLES,
    MAX_IMAGES,
    RATES,
    SELF_TEST,
    Identity,
    Request,
    Result,
    frame,
)

from .serial_port import BoardError, Port, Unheard
from .transport import LONGEST, RETRIES, Transport

__all__ = ["Board", "BoardError", "Count", "SelfTest"]
PROBE_SECONDS = 0.3  # for each baud rate, where the board's is looked for
LATENCY = 16  # initiation intervals from the first pixel of any image to its result; only waiting depends on it
BITS_A_BYTE = 10  # start, 8 data, stop


@dataclass(frozen=True)
class SelfTest:
    """Outcome of the board's test on its stored vectors.

    Parameters
    ----------
    run, failed : int
        Numbers of vectors; one has failed if any byte of its result was not the stored one, cycles included.
    """

    run: int
    failed: int


@dataclass(frozen=True)
class Count:
    """Throughput measured inside the chip, free of the serial link.

    Parameters
    ----------
    images : int
    wrong : int
        Images whose class or decision tick was not the stored one.
    cycles : int
        Clock cycles from the first pixel of the first image to the result of the last.
    images_per_second : float
        Throughput at the board's clock.
    """

    images: int
    wrong: int
    cycles: int
    images_per_second: float


class Board:
    """Board that runs a network, behind a serial port; also a context manager.

    Parameters
    ----------
    port : path, URL or Port
        Device name such as ``/dev/ttyUSB1`` or ``COM4``, or any URL that pyserial opens; or a port that is open.
    network : Network or None
        Network that the board must hold; None: any.
    baud : int or None
        Symbol rate that the bitstream was built for; None: the one of `RATES` at which the board answers.
    timeout : float
        Seconds; see the module.
    retries : int
        Number of times that a request is sent again over a noisy link.

    Attributes
    ----------
    identity : quant.serial_link.protocol.Identity

    Raises
    ------
    BoardError
        The port cannot be opened; the board is silent, or holds another network, or speaks another version.
    ValueError
        The timeout is not a positive number.
    """

    def __init__(self, port: str | os.PathLike[str] | Port, network: Network | None = None, *, baud: int | None = None,
                 timeout: float = 2.0, retries: int = RETRIES) -> None:
        if not 0 < timeout < math.inf:
            raise ValueError(f"timeout must be more than 0 s, not {timeout!r}")
        self.network, self.baud = network, baud or RATES[0]
        self._port = port if isinstance(port, Port) else Port(port, self.baud, timeout)
        self.place = f"board at {self._port.name}"
        try:
            self._find(RATES if baud is None and not isinstance(port, Port) else [self.baud], timeout, retries)
            self.transport.window = self.identity.slots
        except BaseException:
            self._port.close()
            raise

    def _find(self, rates: Sequence[int], timeout: float, retries: int) -> None:
        """Have the board say what it is, at the first of ``rates`` at which it does."""
        for place, rate in enumerate(rates):
            if place:
                self._port.retune(rate)
            self.baud = rate
            self.transport = Transport(self._port, retries=retries,
                                       timeout=timeout if len(rates) == 1 else min(timeout, PROBE_SECONDS))
            try:
                self.identity = self.identify()
            except Unheard:
                if rate == rates[-1]:
                    raise
            else:
                self.transport.timeout = timeout
                return

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def classify(self, image: bytes) -> Result:
        """Result of one image; as `classify_all`."""
        return next(self.classify_all([image]))

    def classify_all(self, images: Iterable[bytes], progress: Callable[[int], Any] = lambda count: None, *,
                     together: int = MAX_IMAGES) -> Iterator[Result]:
        """Results of images, in order; the board computes some while the serial link carries the next.

        Parameters
        ----------
        images : iterable of bytes-like
            Each of ``height * width * channels`` pixels in the order row, column, channel.
        progress : callable
            Called with 1 for each result.
        together : int
            Largest number of images in a request, 1..255; as many as fit are sent in one. The cycles of a result are
            measured only where its image is alone in its request.

        Raises
        ------
        ValueError
            An image has another length.
        BoardError
            A response did not come in time, the serial link is too noisy, the board was pulled out, or a result is one
            that its network cannot give.
        """
        if not 1 <= together <= MAX_IMAGES:
            raise ValueError(f"number of images together must be in 1..{MAX_IMAGES}, not {together}")
        size = len(Result(0, 0, 0, (0,) * self.identity.classes).pack())
        together = min(together, max(1, (LONGEST - HEAD_BYTES) // size))
        cycles = self.identity.initiation_interval * (LATENCY + together)
        requests = ((Request.CLASSIFY, payload) for payload in self._packed(images, together))
        for payload in self.ask(requests, self.identity.capacity, cycles):
            for start in range(0, max(len(payload), 1), size):
                yield self._result(payload[start:start + size])
                progress(1)

    def _packed(self, images: Iterable[bytes], together: int) -> Iterator[bytes]:
        """Payloads of requests that hold the images, in order."""
        size = self.identity.channels * self.identity.height * self.identity.width
        code = coding(self.identity.coding)
        held: list[bytes] = []
        length = 0
        for image in images:
            packed = code.pack(_checked(bytes(image), size))
            if held and (len(held) == together or length + len(packed) > self.identity.capacity):
                yield IMAGES.pack(len(held)) + b"".join(held)
                held, length = [], 0
            held.append(packed)
            length += len(packed)
        if held:
            yield IMAGES.pack(len(held)) + b"".join(held)

    def self_test(self) -> SelfTest:
        """Have the board run its stored vectors and compare every byte of each result.

        Raises
        ------
        BoardError
            As by `classify_all`; or the board stores no vectors.
        """
        self._need_vectors()
        cycles = self.identity.vectors * self.identity.initiation_interval * LATENCY
        run, failed = self.fields(SELF_TEST, next(self.ask([(Request.SELF_TEST, b"")], 0, cycles)))
        return SelfTest(run, failed)

    def count(self, images: int | None = None) -> Count:
        """Have the board run stored vectors in turn with no gap, and count the cycles.

        Parameters
        ----------
        images : int or None
            1..65,535, at most as many as run in 2**32 - 2 cycles; None: about as many as run in a second.

        Raises
        ------
        ValueError
            The number is out of range.
        BoardError
            As by `classify_all`; or the board stores no vectors.
        """
        self._need_vectors()
        most = max(1, min(MAX_COUNT, (MAX_CYCLES - 1) // self.identity.initiation_interval - LATENCY))
        if images is None:
            images = max(1, min(most, round(self.identity.clock_hz / self.identity.initiation_interval)))
        if not 1 <= images <= most:
            raise ValueError(f"number of images to count must be in 1..{most}, not {images}")
        cycles = (images + LATENCY) * self.identity.initiation_interval
        response = next(self.ask([(Request.COUNT, IMAGES.pack(images))], 0, cycles))
        run, wrong, cycles = self.fields(COUNT, response)
        if run != images or not 0 < cycles < MAX_CYCLES:
            raise BoardError(f"{self.place} must count the cycles of {images} images, but counted "
                             f"{cycles} of {run}; flash it again")
        return Count(run, wrong, cycles, run * self.identity.clock_hz / cycles)

    def identify(self) -> Identity:
        """What the board says of itself; checked, also against the network that it must hold."""
        try:
            identity = Identity.unpack(next(self.ask([(Request.IDENTIFY, b"")], 0, 0)))
        except ValueError as error:
            raise BoardError(f"{self.place} does not speak this version of the protocol: {error}; build and flash its "
                             "bitstream with this version of binspike") from None
        if min(identity.slots, identity.initiation_interval, identity.clock_hz, identity.classes) < 1:
            raise BoardError(f"{self.place} has an identity that no board can have: {identity}; flash it again")
        if self.network is None:
            return identity
        held, wanted = identity.digest.hex(), network_digest(self.network)
        if held != wanted:
            raise BoardError(f"{self.place} holds network {held[:16]}, not {wanted[:16]}; flash the bitstream of that "
                             "network, or name the one that the board holds")
        shape = (identity.channels, identity.height, identity.width, identity.classes, identity.steps)
        due = (*input_shape(self.network, resize_of(identity, self.network)), self.network.classes, self.network.steps)
        if shape != due:
            raise BoardError(f"{self.place} must have channels, height, width, classes and ticks {due}, not {shape}; "
                             "flash it again")
        return identity

    def ask(self, requests: Iterable[tuple[Request, bytes]], size: int, cycles: int) -> Iterator[bytes]:
        """Payloads of the responses to requests of ``size`` bytes that take ``cycles`` each."""
        seconds = 0.0
        if cycles:
            response = (8 + 4 * self.identity.classes) * MAX_IMAGES
            sent = 2 * (len(frame(bytes(size))) + len(frame(bytes(response))))  # every byte may be an escaped one
            seconds = sent * BITS_A_BYTE / self.baud + cycles / self.identity.clock_hz
        return self.transport.run(requests, seconds)

    def _result(self, payload: bytes) -> Result:
        identity = self.identity
        try:
            result = Result.unpack(payload)
        except ValueError as error:
            raise BoardError(f"{self.place} gave no result: {error}; flash it again") from None
        if (len(result.potentials) != identity.classes or result.class_index >= identity.classes
                or result.tick > identity.steps):
            raise BoardError(f"{self.place} gave class {result.class_index} of "
                             f"{len(result.potentials)} at tick {result.tick}, but its network has {identity.classes} "
                             f"classes and {identity.steps} ticks; flash it again")
        return result

    def fields(self, layout: Any, payload: bytes) -> tuple[int, ...]:
        """Numbers of a response of a fixed length."""
        if len(payload) != layout.size:
            raise BoardError(f"{self.place} must respond with {layout.size} bytes, not {len(payload)}; flash it again")
        return layout.unpack(payload)

    def _need_vectors(self) -> None:
        if not self.identity.vectors:
            raise BoardError(f"{self.place} stores no test vectors; build its bitstream with some")


def _checked(image: bytes, size: int) -> bytes:
    if len(image) != size:
        raise ValueError(f"image must have {size} bytes, not {len(image)}")
    return image
