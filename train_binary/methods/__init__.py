"""Training methods, by name: each is a model family and the learning rule that changes its shadow weights."""

from .ann import Ann
from .bs4nn import BS4NN
from .equilibrium import Equilibrium
from .exact import Exact
from .latency import Latency
from .method import Method
from .phase import Phase
from .proxy import Proxy
from .rate import RateSurrogate
from .stidi import STiDi
from .surrogate import Surrogate

METHODS: dict[str, type[Method]] = {
    method.kind: method for method in (
        Surrogate, Exact, STiDi, BS4NN, RateSurrogate, Proxy, Equilibrium, Phase, Latency, Ann)}

__all__ = [
    "BS4NN",
    "METHODS",
    "Ann",
    "Equilibrium",
    "Exact",
    "Latency",
    "Method",
    "Phase",
    "Proxy",
    "RateSurrogate",
    "STiDi",
    "Surrogate",
]
