"""Recipes: what to train and how, as frozen dataclasses that check themselves."""

import re
from dataclasses import dataclass
from functools import cached_property

import image_sets
from quant.check import integer, member, number
from quant.description.layers import Shape
from quant.description.network import coded
from quant.description.psp import Ramp
from quant.description.signal import Signal

from ..methods import Method, Surrogate
from ..methods.distillation import Distillation
from ..model.architecture import Architecture, LayerRecipe
from .schedule import Schedule
from .validation import Validation


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One network and its training.

    Parameters
    ----------
    name : str
        Also the stem of the network artefact: 1 to 64 ASCII letters, digits, "-" and "_", one of the first two.
        Not "checkpoint", whose file lies beside it.
    dataset : str or DataSet
        A name in `image_sets.KNOWN`, or one of `image_sets.KINDS`, in TOML a table of ``kind`` and options.
    input_shape : (channels, height, width)
    steps : int
        Ticks an image.
    layers : ConvRecipe, DepthwiseRecipe and DenseRecipe, the last a DenseRecipe
    schedule : Schedules
        One or more, which follow each other; each has its own cycle of the learning rate.
    readout : "first_spike", "potential" or "count"
        As of `quant.Network`; the method says which it can train.
    class_names : tuple of str
    seed : int
    method : Method
        How the weights are trained; in TOML its name, or a table of ``kind`` and options.
    slack : float
        Share of the training images, 0..1, whose right answer may be given up for earlier decisions when the output
        threshold is chosen: by methods of single spikes but ``bs4nn``, which learns it, for readout ``first_spike``.
    weights : "sign" or "real"
        Real ones make a real-weight baseline to compare with or to learn from, which cannot be exported.
    distillation : Distillation, optional
        A teacher beside the labels.
    validation : Validation, optional
        Training images that are not learned, and whose accuracy is logged in place of that of test images; in TOML how
        many of the last ones, or a table of ``images`` and ``seed``.

    Raises
    ------
    TypeError, ValueError
        A value is wrong; the message says which.
    """

    name: str
    dataset: str | image_sets.DataSet
    steps: int
    layers: tuple[LayerRecipe, ...]
    schedule: tuple[Schedule, ...]
    input_shape: Shape = (1, 28, 28)
    readout: str = "first_spike"
    class_names: tuple[str, ...] = ()
    seed: int = 0
    method: Method = Surrogate()
    slack: float = 0.0005
    weights: str = "sign"
    distillation: Distillation | None = None
    validation: Validation | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"(?!checkpoint$)(?=.*[A-Za-z0-9])[-\w]{1,64}", self.name,
                                                              re.ASCII):
            raise ValueError("name must be 1 to 64 letters, digits, '-' and '_', and not that of the checkpoint, "
                             f"not {self.name!r:.80}")
        image_sets.parse(self.dataset)
        integer("seed", self.seed, 0, 2**63 - 1)
        number("slack", self.slack, 0, 1)
        _check_values(self.method, self.architecture)
        _check_features(self)
        _check_augmentation(self)

    @cached_property
    def architecture(self) -> Architecture:
        """The network to be trained."""
        return Architecture(input_shape=self.input_shape, steps=self.steps, layers=self.layers, readout=self.readout,
                            weights=self.weights, class_names=self.class_names)

    @property
    def epochs(self) -> int:
        """Epochs of all schedules together."""
        return sum(schedule.epochs for schedule in self.schedule)

    def stage(self, epoch: int) -> tuple[Schedule, int]:
        """Schedule that rules ``epoch``, counted from 0 over all, and the number of its own epoch."""
        for schedule in self.schedule:
            if epoch < schedule.epochs:
                break
            epoch -= schedule.epochs
        return schedule, epoch

    def check_teacher(self, taught: "Recipe") -> None:
        """Refuse a recipe of a teacher that this one cannot learn from, by a ValueError."""
        assert self.distillation is not None
        if taught.distillation or "teaching" not in taught.method.features:
            raise ValueError(f"distillation teacher must be trained by labels alone, and by a method that teaches; "
                             f"{self.distillation.teacher} is not")
        if self.dataset != taught.dataset:
            raise ValueError(f"dataset of the distillation teacher must be {self.dataset}, not {taught.dataset}")
        self.distillation.check(self.architecture, taught.architecture)


def _check_values(method: Method, network: Architecture) -> None:
    """Refuse values that are not among those of the method's model family."""
    family, name = method.family, f"of method {method.kind}"
    code = family.signals.spike_coding
    integer(f"steps {name}", network.steps, family.fewest_steps, code.max_ticks)
    member(f"weights {name}", network.weights, family.weights)
    member(f"readout {name}", network.readout, family.readouts)
    for layer in network.layers:
        member(f"layer kind {name}", layer.kind, tuple(family.layers))
        member(f"threshold {name}", layer.threshold, family.thresholds)
        if not family.psps and layer.psp != Ramp():
            raise ValueError(f"layers {name} must have no psp: a spike adds its weight once")
        if family.psps and layer.psp.kind not in family.psps:
            raise ValueError(f"method {method.kind} must have layers of psp kind {', '.join(family.psps)}, "
                             f"not {layer.psp.kind}")
    for index, fan_in in enumerate(network.fan_ins if network.weights == "sign" else []):
        signal = Signal.of(code, network.steps) if index else coded(family.signals.coding, network.steps)
        integer(f"layers[{index}]: fan-in times the largest input", fan_in * signal.peak, 1, family.largest_sum)


def _check_augmentation(recipe: Recipe) -> None:
    """Refuse to erase or shift more than there is of an image."""
    side = min(recipe.input_shape[1:])
    for each in recipe.schedule:
        for name, value, most in (("erase", each.erase, side), ("shift", each.shift, side - 1)):
            if value > most:
                raise ValueError(f"schedule {name} must be at most {most} pixels, for images of {side} at the smaller "
                                 f"side, not {value}")


def _check_features(recipe: Recipe) -> None:
    """Refuse what the method has not the feature for."""
    method, layers = recipe.method, recipe.layers
    loops = [bool(getattr(layer, "feedback", False)) for layer in layers]
    for feature, asked, refusal in (
            ("feedback", any(loops), "layers of method {} must have no feedback"),
            ("shortcut", any(getattr(layer, "shortcut", 0) for layer in layers),
             "layers of method {} must have no shortcut"),
            ("frozen", any(each.frozen for each in recipe.schedule), "schedule of method {} must not be frozen"),
            ("distillation", recipe.distillation,
             "method {} must have no distillation: it learns from labels alone")):
        if asked and feature not in method.features:
            raise ValueError(refusal.format(method.kind))
    if "feedback" in method.features and loops != [True, False]:
        found = ", ".join(f"{layer.kind} with{'' if loop else 'out'}"
                          for layer, loop in zip(layers, loops, strict=True))
        raise ValueError(f"layers of method {method.kind} must be one with feedback and the outputs without, "
                         f"not {found}")
