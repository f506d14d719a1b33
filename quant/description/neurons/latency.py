"""Neurons that fire once, behind all of their input, the earlier the more it was."""

from dataclasses import dataclass
from typing import ClassVar

from ..spike_coding import Binary, SpikeCoding, TicksLeft
from .collecting import Collecting
from .neurons import NEURONS


@dataclass(frozen=True, kw_only=True)
class Latency(Collecting):
    """Neurons that collect all input of their layer, and then fire once, as a threshold falls tick by tick.

    An input that spikes in tick t of the layer before counts ``steps - t``, and nothing if it never does. In tick t of
    its own layer a neuron fires if ``V >= threshold * (steps - t)`` and it has not yet fired: so at the tick
    ``steps - V // threshold``, not before tick 0, and never if ``V < threshold``. ``steps`` is one less than a power of
    two, and no more than the outputs' codes have.

    The spike time as the value of an activation, in a network converted from rectified sums, is that of Rueckauer
    and Liu, "Conversion of analog to spiking neural networks using sparse temporal coding" (2018); deep networks of
    one spike a neuron are those of Park et al., "T2FSNN: deep spiking neural networks with time-to-first-spike
    coding" (2020). That such a network computes exactly what one of rectified sums does is shown for real times and
    weights by Stanojevic et al., "An exact mapping from ReLU networks to spiking neural networks" (2023). The
    linear fall in whole ticks, its digits in hardware, and sign weights are this project's. Parameters as of
    `Collecting`.
    """

    kind: ClassVar[str] = "latency"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Binary, TicksLeft)
    gives: ClassVar[SpikeCoding] = TicksLeft


NEURONS[Latency.kind] = Latency
