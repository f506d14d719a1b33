"""The STiDi-BP family: every layer learns by itself, from desired spike times."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from ..layers.local import LocalNeurons
from ..model.family import ModelFamily, single_spikes
from .surrogate import Surrogate


@dataclass(frozen=True, kw_only=True)
class STiDi(Surrogate):
    """Layer-local learning from displacements of spike times, without recursion through derivatives.

    After the idea of Mirsadeghi, Shalchian, Kheradpisheh and Masquelier, "Spike time displacement based error
    backpropagation in convolutional spiking neural networks" (2021): single spikes, piecewise-linear potentials, a
    linear approximation of the latency derivative, a desired spike time for each neuron, gradient descent in each layer
    on its own temporal error, signs forward and real weights behind them. Their equations were not at hand; **all
    equations here are this project's own** and no claim about theirs. With V_j(t) the potential of neuron j, B_j its
    bound, eps_i(t) the kernel of input i, P_j(t) the largest V_j up to t, S_j the mean slope of V in j's channel:

    - all outputs share one threshold, chosen after training: each tick t can be the one that decides, for the class of
      the largest V_k(t). The cost is the cross-entropy of ``softmax(b * V_k(t))`` at the last tick plus ``latency``
      times its mean over all ticks, with one b > 0 that is learned; an output desires ``D_k(t) = -dC/dV_k(t)``, to
      reach the threshold earlier if that is positive, later if it is negative;
    - a hidden neuron can be moved across tick t if V, taken as a line, meets the bound within ``reach`` ticks of it:
      ``m_j(t) = [|P_j(t) - B_j| <= reach * S_j]``; for outputs m = 1;
    - B_j follows the mean of V in the channel, and its deviation, so that what raises V everywhere moves no spike. What
      is wanted of V_j in tick t is therefore ``e_j(t) = D_j(t) * m_j(t) - M_j(t)``, each D * m taken at the tick that
      set P_j(t); M_j(t) is their sum over the channel's neurons and ticks times the derivative of B_j by V_j(t), and 0
      for outputs, which have no bound;
    - the displacement that an input desires is that of the spikes in which it has a part, by the signs w (of a network
      that is trained with real weights, by these):
      ``D_i(t) = sum of w_ki * e_k(s) over k and all ticks s at which eps_i(s) counts a spike by t``;
    - a layer descends its own temporal error: ``w_ji += rate * sum over t of e_j(t) * eps_i(t)``, and B_j by the sum of
      D * m. The latency derivative by V is thus -1 within reach and 0 beyond, as in BS4NN -1 for all that fire.

    Taken together this is what backpropagation gives for a latency with that constant derivative, which is why no
    derivative of the layers above has to be known.

    Parameters
    ----------
    reach : float
        In ticks.
    """

    kind: ClassVar[str] = "stidi"
    title: ClassVar[str] = "layer-local displacement of spike times, inspired by STiDi-BP"
    reach: float = 4.0

    @property
    def family(self) -> ModelFamily:
        """Neurons of layers that learn by themselves."""
        return single_spikes(partial(LocalNeurons, reach=self.reach))
