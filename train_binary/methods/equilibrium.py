"""Networks with feedback, trained by the equilibrium that their rates come to."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from torch import Tensor

from quant.check import integer, member, number

from ..layers.equilibrium import EquilibriumConv2d, EquilibriumDense, EquilibriumNeurons, Readout
from ..model.family import ModelFamily
from ..model.network import Model
from ..model.signals import Rates
from ..ops.solvers import SOLVERS
from .cross_entropy import CrossEntropy
from .method import Method


class ImplicitDifferentiation(CrossEntropy):
    """Cross-entropy at the equilibrium; neurons bring its derivative."""

    def finish(self, model: Model, seen: Tensor, images: Tensor, labels: Tensor, slack: float) -> None:
        """Fit the feedback to the statistics that the last batches left."""
        for layer in model.hidden:
            layer.neurons.settle(layer.feedback)  # type: ignore[operator, union-attr]


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

    @property
    def family(self) -> ModelFamily:
        """Rate neurons with feedback, and outputs that only add up; V of those that leak has a fraction."""
        leak = self.leak or None
        neurons = partial(EquilibriumNeurons, leak=leak, fraction=self.fraction, level=self.level,
                          contraction=self.contraction, solve=SOLVERS[self.solver])
        return ModelFamily(
            neurons=neurons, layers={"conv2d": EquilibriumConv2d, "dense": EquilibriumDense},
            output=partial(Readout, leak=leak, fraction=self.leak and self.fraction), signals=Rates(),
            features=frozenset({"feedback"}))

    @property
    def rule(self) -> ImplicitDifferentiation:
        """Cross-entropy, and a contraction in the end."""
        return ImplicitDifferentiation()
