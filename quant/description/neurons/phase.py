"""Neurons that fire the binary digits of a number."""

from dataclasses import dataclass
from typing import ClassVar

from ..spike_coding import Binary, SpikeCoding
from .collecting import Collecting
from .neurons import NEURONS


@dataclass(frozen=True, kw_only=True)
class Phase(Collecting):
    """Neurons that collect a number and then fire its binary digits, one a tick, the highest first.

    Tick t stands for ``2**(steps - 1 - t)``: a neuron with ``V >= threshold * 2**(steps - 1 - t)`` spikes in it, and V
    loses as much. What is given in all ticks together is ``V / threshold``, rounded down, within 0..2**steps - 1.

    The weighted phase code is that of Kim et al., "Deep neural networks with weighted spikes" (2018); that a neuron
    first collects and then fires is this project's reading of Li et al., "BSNN: towards faster and better conversion of
    artificial neural networks to spiking neural networks with bistable neurons" (2022); its equations were not at hand.
    Parameters as of `Collecting`.
    """

    kind: ClassVar[str] = "phase"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Binary,)
    gives: ClassVar[SpikeCoding] = Binary


NEURONS[Phase.kind] = Phase
