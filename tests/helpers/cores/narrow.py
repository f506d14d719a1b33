"""Descriptions of neurons with a width that is one bit too small."""

from dataclasses import dataclass

from quant.dataflow import cores


@dataclass(frozen=True, kw_only=True)
class NarrowMembrane(cores.OutputNeurons):
    """Its membrane is one bit too small."""

    @property
    def membrane_width(self):
        return super().membrane_width - 1


@dataclass(frozen=True, kw_only=True)
class NarrowSum(cores.OutputNeurons):
    """Its sums are one bit too small."""

    @property
    def sum_width(self):
        return super().sum_width - 1


@dataclass(frozen=True, kw_only=True)
class NarrowLoop(cores.RecurrentNeurons):
    """Its n(t) is one bit too small."""

    @property
    def sum_width(self):
        return super().sum_width - 1
