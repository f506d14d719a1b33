"""Networks with feedback, trained by the equilibrium that their rates come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from quant.check import integer, member
from quant.description.layers import Shape
from quant.description.spike_coding import SpikeCoding, Trains

from ..layers.equilibrium import EquilibriumConv2d, EquilibriumDense, EquilibriumNeurons, Readout
from ..ops.solvers import SOLVERS
from ..recipe.check import number
from .method import Method

if TYPE_CHECKING:
    from ..model.model import Model
    from ..recipe.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Equilibrium(Method):
    """Implicit differentiation at the equilibrium of a feedback network (IDE) of Xiao, Meng, Zhang, Wang and Lin.

    After "Training feedback spiking neural networks by implicit differentiation on the equilibrium state" (2021) and
    the authors' code: rate neurons are simulated over all ticks without a derivative, pixels being a constant current
    that is computed once; the cost is the cross-entropy of a linear readout of their mean rates; and the rates stand in
    for the equilibrium a = f(a), at which the gradient is computed by implicit differentiation (see
    `equilibrium.equilibrium`), in memory that does not depend on the ticks.

    This project's own: all weights act by their signs, those of the readout too; the bound on the feedback is kept by a
    power of two and by the thresholds (see `feedback.Feedback`). Training normalises by each batch, where the authors
    simulate with running statistics. Those are exported: of the images as they were changed for training, which was
    measured to serve better than those of plain ones. The authors' dropout is left out. Only a hidden layer with
    feedback and the outputs can be trained.

    Parameters
    ----------
    leak : int
        V loses ``V >> leak`` after each tick, of hidden neurons and outputs; 0: no leak.
    fraction : int
        Bits behind the point of thresholds and currents, 0..8.
    level : float
        Threshold of neurons whose current is normalised, 0.01..100; 2 in the authors' code.
    contraction : float
        Largest spectral norm of the feedback over the thresholds, 0.01..0.99; 0.5 in the authors' code.
    solver : "broyden" or "damped"
        Of the linear equations of the gradient: see `solvers`. The authors' code has both, the second in a form whose
        fixed point is another; here it is corrected.
    """

    kind: ClassVar[str] = "equilibrium"
    title: ClassVar[str] = "implicit differentiation at the equilibrium"
    weights: ClassVar[tuple[str, ...]] = ("sign", "real")
    readouts: ClassVar[tuple[str, ...]] = ("potential",)
    kernels: ClassVar[bool] = False
    coding: ClassVar[str] = "direct"
    spike_coding: ClassVar[SpikeCoding] = Trains
    recurrent: ClassVar[bool] = True
    layers: ClassVar[dict[str, Any]] = {"conv2d": EquilibriumConv2d, "dense": EquilibriumDense}
    leak: int = 0
    fraction: int = 4
    level: float = 2.0
    contraction: float = 0.5
    solver: str = "broyden"

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("leak", self.leak, 0, 16)
        integer("fraction", self.fraction, 0, 8)
        number("level", self.level, 0.01, 100)
        number("contraction", self.contraction, 0.01, 0.99)
        member("solver", self.solver, tuple(SOLVERS))

    def check(self, recipe: Recipe) -> None:
        """Refuse what this method cannot train, by a ValueError."""
        super().check(recipe)
        if [bool(layer.feedback) for layer in recipe.layers] != [True, False]:
            found = ", ".join(f"{layer.kind} with{'' if layer.feedback else 'out'}" for layer in recipe.layers)
            raise ValueError(f"layers of method {self.kind} must be one with feedback and the outputs without, "
                             f"not {found}")
        if getattr(recipe.layers[0], "pool", 1) > 1:
            raise ValueError("pool of a layer with feedback must be 1; use a stride")

    def neurons(self, channels: int) -> EquilibriumNeurons:
        """Neurons of the hidden layer."""
        return EquilibriumNeurons(channels, self.leak or None, self.fraction, self.level, self.contraction,
                                  SOLVERS[self.solver])

    def output(self, inputs: Shape, steps: int, **fields: Any) -> nn.Module:
        """Outputs that only add up; V of those that leak has a fraction."""
        return Readout(inputs, steps, leak=self.leak or None, fraction=self.leak and self.fraction, **fields)

    def signals(self, images: Tensor, steps: int) -> Tensor:
        """Pixels as numbers, shape (1, batch, channels, height, width): the same in all ticks."""
        return images.float()[None]

    def ticks(self, signals: Tensor, steps: int) -> Tensor:
        """Rates while training, as if of one tick; else spikes."""
        return signals

    def count(self, signals: Tensor, steps: int) -> Tensor:
        """As many spikes as the rates say."""
        return signals.sum() * steps

    def finish(self, model: Model, images: Tensor, labels: Tensor) -> None:
        """Fit the feedback to the statistics that the last batches left; outputs never fire."""
        for layer in model.hidden:
            layer.neurons.settle(layer.feedback)  # type: ignore[operator, union-attr]
        model.threshold.fill_(torch.iinfo(torch.int64).max)
