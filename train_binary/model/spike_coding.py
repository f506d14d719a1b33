"""Codes in torch: taking values apart, tick by tick, and pooling them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.description.signal import Signal
from quant.description.spike_coding import Binary, TicksLeft, Times, Trains
from quant.kinds import Kinds


@dataclass(frozen=True)
class Code:
    """A code in torch.

    Parameters
    ----------
    tick : callable
        Values and a tick to what each synapse gets then.
    pooled : callable
        Values, extent of a window and planes to the value of each window.
    spikes : callable
        Values and planes to the number of spikes in them, or of binary digits that are 1.
    """

    tick: Callable[[Tensor, int], Tensor]
    pooled: Callable[[Tensor, int, int], Tensor]
    spikes: Callable[[Tensor, int], Tensor]


def _largest(values: Tensor, size: int, planes: int) -> Tensor:
    return F.max_pool2d(values.float(), size).int()


def _union(values: Tensor, size: int, planes: int) -> Tensor:
    each = [F.max_pool2d((values >> tick & 1).float(), size).long() << tick for tick in range(planes)]
    return torch.stack(each).sum(0)


def _ones(values: Tensor, planes: int) -> Tensor:
    return torch.stack([(values >> place & 1).sum() for place in range(planes)]).sum()


CODES: Kinds[Code] = Kinds("spike coding in torch")
CODES[Times.kind] = Code(lambda values, tick: values == tick,
                         lambda values, size, planes: -_largest(-values, size, planes),
                         lambda values, planes: (values < planes).sum())
CODES[Trains.kind] = Code(lambda values, tick: values >> tick & 1, _union, _ones)
CODES[Binary.kind] = Code(lambda values, tick: values, _largest, _ones)
CODES[TicksLeft.kind] = Code(lambda values, tick: values, _largest, lambda values, planes: (values > 0).sum())


def plane(signal: Signal, values: Tensor, tick: int) -> Tensor:
    """Input of each synapse in a tick, float32."""
    each = CODES[signal.spike_coding.kind].tick(values, tick).float()
    return each if signal.summed == 1 else F.avg_pool2d(each, signal.summed, divisor_override=1)
