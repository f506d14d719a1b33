"""Feedback with sign weights for training, and the bound that makes it a contraction."""

import math
from dataclasses import replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

import quant
from quant import Rate
from quant.description.layers import MAX_SHIFT, Conv2d, Dense, Layer, Shape
from quant.description.psp import Psp
from quant.description.signs import SignTensor

from ..ops.spike_trains import column
from .shadow_weights import Synaptic


class Feedback(Synaptic):
    """Synapses from the neurons of a layer to themselves; a dense layer is a map of one pixel, its kernel 1 x 1.

    A spike adds ``2**shift`` times a sign to V, so the rates come to an equilibrium if the spectral norm of
    ``diag(2**shift / threshold) sign(W)`` is below 1 (Xiao et al. 2021 divide real weights by their norm for that).
    Signs have no scale, and of n x n random ones the norm is about 2 sqrt(n). What there is to choose is this project's
    own: ``shift`` is a power of two for the whole layer. It falls as soon as the norm exceeds the bound, and rises only
    when there is room for a factor of four, so that it does not swing to and fro; it starts at its largest. If even
    ``shift`` 0 is too much, all thresholds are raised. Thresholds and weights as such are learned without regard to it.

    The norm is found by power iteration from the direction where the last one ended: a few iterations a batch (the
    authors make one), and until it settles before the export. Such an estimate errs on the low side; `MARGIN` is left
    for that.

    Parameters
    ----------
    outputs : (channels, height, width)
        Of the layer.
    size : int
        Extent of the kernel, odd.
    psp, steps, real
        As of `shadow_weights.Synaptic`; real weights take the place of the signs, everything else stays.
    """

    ITERATIONS: ClassVar[int] = 3
    SETTLED: ClassVar[int] = 1000
    MARGIN: ClassVar[float] = 1.01
    shift: Tensor
    direction: Tensor

    def __init__(self, outputs: Shape, size: int, psp: Psp, steps: int, *, real: bool = False) -> None:
        super().__init__((outputs[0], outputs[0], size, size), psp, steps, real=real)
        self.padding = size // 2
        self.register_buffer("shift", torch.tensor(MAX_SHIFT))
        self.register_buffer("direction", torch.randn(1, *outputs))

    def forward(self, spikes: Tensor) -> Tensor:
        """Sums of the signs of what spikes, or of rates times signs, shape (batch, channels, height, width)."""
        return F.conv2d(spikes, self.acting(), padding=self.padding)

    def adjoint(self, values: Tensor) -> Tensor:
        """The transposed product, of the same shape."""
        return F.conv_transpose2d(values, self.acting(), padding=self.padding)

    @torch.no_grad()
    def norm(self, threshold: Tensor, iterations: int) -> tuple[float, Tensor]:
        """Spectral norm of ``diag(1 / threshold) sign(W)``, and the direction that it was found in.

        Parameters
        ----------
        threshold : Tensor, shape (channels,)
            In weights.
        iterations : int
            At most; it ends when the norm changes by less than a millionth.
        """
        norm, direction, scale = 0.0, self.direction, 1 / column(threshold)
        for _ in range(iterations):
            last, image = norm, scale * self(direction)
            norm = float(image.norm() / direction.norm())
            direction = F.normalize(self.adjoint(scale * image).flatten(), dim=0).view_as(direction)
            if norm - last <= 1e-6 * norm:
                break
        return norm, direction

    def fit(self, threshold: Tensor, contraction: float, iterations: int = ITERATIONS) -> float:
        """Choose the shift for thresholds as of `norm`; return by how much they must be raised, 1 or more."""
        norm, direction = self.norm(threshold, iterations)
        self.direction.copy_(direction)
        room = contraction / (norm * self.MARGIN)
        top = math.floor(math.log2(room))
        self.shift.clamp_(top - 1, top).clamp_(0, MAX_SHIFT)
        return max(1.0, 2**int(self.shift) / room)

    def joined(self, layer: Layer, contraction: float) -> Layer:
        """An integer layer with its feedback.

        Raises
        ------
        ValueError
            The feedback is no contraction, or not by so much.
        """
        assert isinstance(layer, Conv2d | Dense)
        neurons = layer.neurons
        assert isinstance(neurons, Rate)
        threshold = torch.tensor(neurons.threshold) / 2**neurons.fraction
        norm = self.norm(threshold, self.SETTLED)[0] * 2**int(self.shift)
        if norm > contraction:
            raise ValueError(f"spectral norm of the feedback over the thresholds must be at most {contraction:.6g}, "
                             f"not {norm:.6g}; finish the training before the export")
        shape = tuple(self.weight.shape[:len(layer.weights.shape)])
        return replace(layer, feedback=quant.Feedback(weights=SignTensor(shape, self.signs().packed),
                                                      shift=int(self.shift)))
