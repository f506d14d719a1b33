"""Signals: the form in which images come in, and layers hand on what they give, while a network is trained."""

from typing import ClassVar

import torch
from torch import Tensor

from quant.description.spike_coding import Binary, SpikeCoding, TicksLeft, Times
from quant.description.spike_coding import Trains as SpikeTrains

from ..layers.ann import PIXEL
from ..ops.clipped_sums import ones
from ..ops.coding import planes, spike_times


class Planes:
    """Fired-by-tick planes of single spikes, shape (steps * batch, channels, height, width); pixels in latency code.

    ``coding`` and ``spike_coding`` say how the exported network codes pixels and what its neurons give.
    """

    coding: ClassVar[str] = "latency"
    spike_coding: ClassVar[SpikeCoding] = Times

    def encode(self, images: Tensor, steps: int) -> Tensor:
        """The signal that the first layer gets of uint8 images, shape (batch, channels, height, width)."""
        return planes(spike_times(images, steps), steps).flatten(0, 1)

    def by_tick(self, signal: Tensor, steps: int) -> Tensor:
        """A signal with its ticks apart, shape (ticks, batch, channels, height, width)."""
        return signal.unflatten(0, (steps, -1))

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """Number of spikes in a signal with its ticks apart, a scalar."""
        return by_tick[-1].sum()


class Trains(Planes):
    """Spikes of each tick, shape (steps, batch, channels, height, width); pixels are a constant current."""

    coding: ClassVar[str] = "direct"
    spike_coding: ClassVar[SpikeCoding] = SpikeTrains

    def encode(self, images: Tensor, steps: int) -> Tensor:
        """Pixels as numbers, shape (1, batch, channels, height, width): the same in all ticks."""
        return images.float()[None]

    def by_tick(self, signal: Tensor, steps: int) -> Tensor:
        """The signal itself."""
        return signal

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """All spikes of all ticks."""
        return by_tick.sum()


class Events(Trains):
    """As `Trains`, of images that are spike trains, as of the coding ``events``."""

    coding: ClassVar[str] = "events"

    def encode(self, images: Tensor, steps: int) -> Tensor:
        """Spikes of each tick, shape (steps, batch, channels, height, width)."""
        return torch.stack([images >> tick & 1 for tick in range(steps)]).float()


class Rates(Trains):
    """Spikes a tick while training, shape (1, batch, channels, height, width); else spikes, as `Trains`."""

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """As many spikes as the rates say."""
        return by_tick.sum() * steps


class Numbers(Planes):
    """Numbers, shape (batch, channels, height, width), of which neurons fire the binary digits; pixels as they are."""

    coding: ClassVar[str] = "direct"
    spike_coding: ClassVar[SpikeCoding] = Binary

    def encode(self, images: Tensor, steps: int) -> Tensor:
        """Pixels as numbers, shape (batch, channels, height, width)."""
        return images.float()

    def by_tick(self, signal: Tensor, steps: int) -> Tensor:
        """The signal as if of one tick."""
        return signal[None]

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """Binary digits that are 1; of numbers that are not rounded, those of the largest ones not above them."""
        return ones(by_tick[0], steps)


class Latencies(Numbers):
    """Ticks that are left when neurons fire, as `Numbers`."""

    spike_coding: ClassVar[SpikeCoding] = TicksLeft

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """Neurons that fire: numbers that are not 0 once they are rounded down."""
        return (by_tick[0] >= 1).sum()


class Activations(Planes):
    """Activations of an ordinary network, shape (batch, channels, height, width); nothing spikes."""

    def encode(self, images: Tensor, steps: int) -> Tensor:
        """Pixels in 0..1, shape (batch, channels, height, width)."""
        return images.float() / PIXEL

    def by_tick(self, signal: Tensor, steps: int) -> Tensor:
        """The signal as if of one tick."""
        return signal[None]

    def spikes(self, by_tick: Tensor, steps: int) -> Tensor:
        """Zero."""
        return torch.zeros(())
