"""Kernels of the functional golden model: how the sums of one tick act on the potentials. Arrays change in place."""

from collections import deque
from typing import Any

import numpy as np

from quant.description import psp
from quant.kinds import Kinds

Array = np.ndarray[Any, np.dtype[Any]]


class Step:
    """V += n."""

    def __init__(self, kernel: psp.Step, potential: Array) -> None:
        self._potential = potential

    def add(self, sums: Array) -> None:
        """Add the sums of one tick."""
        self._potential += sums


class Ramp:
    """S += n(t) - n(t - length); V += S."""

    def __init__(self, kernel: psp.Ramp, potential: Array) -> None:
        self._potential = potential
        self._slope = np.zeros_like(potential)
        self._length = kernel.length
        self._past: deque[Array] = deque()

    def add(self, sums: Array) -> None:
        """Add the sums of one tick."""
        self._slope += sums
        if self._length is not None:
            self._past.append(sums.copy())
            if len(self._past) > self._length:
                self._slope -= self._past.popleft()
        self._potential += self._slope


KERNELS: Kinds[Any] = Kinds("postsynaptic potentials with a model")
KERNELS[psp.Step.kind] = Step
KERNELS[psp.Ramp.kind] = Ramp
