"""Transfers of a simulated design: each word at its input and output, and the clock cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Field = dict[str, Any]


def decode(payloads: np.ndarray, fields: Sequence[Field]) -> dict[str, np.ndarray]:
    """Decode result words into their fields.

    Parameters
    ----------
    payloads : uint8, (n, bytes)
        Little-endian words.
    fields : sequence of dict
        A manifest's ``result``: name, offset, width (bits of one element), signed, length (elements; None: a number).

    Returns
    -------
    dict of int64 arrays, (n,) or (n, length)
    """
    bits = np.unpackbits(payloads, axis=1, bitorder="little").astype(np.int64)
    return {field["name"]: _numbers(bits, field) for field in fields}


def _numbers(bits: np.ndarray, field: Field) -> np.ndarray:
    width, length = field["width"], field["length"] or 1
    weights = 1 << np.arange(width, dtype=np.int64)
    if field["signed"]:
        weights[-1] *= -1
    span = bits[:, field["offset"]:field["offset"] + width * length]
    numbers = span.reshape(len(bits), length, width) @ weights
    return numbers[:, 0] if field["length"] is None else numbers


@dataclass(frozen=True, kw_only=True, eq=False)
class Transfers:
    """Transfers at input and output, in order. Cycle 0 ends with the first clock edge after reset.

    Parameters
    ----------
    input_cycles : int64, (images, words)
        Cycle in which each word of pixels was taken; -1 if it was not.
    output_cycles : int64, (images,)
        Cycle in which each result was taken; -1 if it was not.
    payloads : uint8, (images, bytes)
        Results as little-endian words.
    fields : sequence of dict
        Layout of a result; see `decode`.
    seconds : float
        Wall time of the simulation.
    """

    input_cycles: np.ndarray
    output_cycles: np.ndarray
    payloads: np.ndarray
    fields: Sequence[Field]
    seconds: float

    @property
    def words(self) -> list[int]:
        """Each result as one integer."""
        return [int.from_bytes(row.tobytes(), "little") for row in self.payloads]

    @property
    def results(self) -> dict[str, np.ndarray]:
        """Fields of the results by name, as of `decode`."""
        return decode(self.payloads, self.fields)

    @property
    def cycles(self) -> int:
        """Number of clock cycles up to the last transfer."""
        return int(max(self.input_cycles.max(initial=-1), self.output_cycles.max(initial=-1))) + 1
