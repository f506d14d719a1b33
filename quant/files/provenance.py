"""Provenance of a network: its training, and its measured accuracy."""

from dataclasses import asdict, dataclass
from typing import Any

from ..check import integer

MAX_TEXT = 4096
RECENT = frozenset({"float_correct", "source"})  # fields that older files lack


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Training and measured accuracy of a network.

    Parameters
    ----------
    data_set, split : str
        Data set and split of the measurement: "MNIST", "test". Empty: nothing was measured.
    images, correct : int or None
        Number of images it was measured on, and how many of them it classified correctly. None: not measured.
    float_correct : int or None
        How many of these images the trained model classified correctly before its thresholds and currents were rounded.
        None: not recorded.
    source : str or None
        Description of the data set, a line of `image_sets.text`, where its name is not enough to read it; else None.
    seed : int or None
        Seed of the training.
    recipe, method : str
        Name of the recipe, and its training method in words.

    Raises
    ------
    TypeError, ValueError
        A field has the wrong type or range, only one of ``images`` and ``correct`` is given, or ``float_correct``
        without them.
    """

    data_set: str = ""
    split: str = ""
    images: int | None = None
    correct: int | None = None
    float_correct: int | None = None
    source: str | None = None
    seed: int | None = None
    recipe: str = ""
    method: str = ""

    def __post_init__(self) -> None:
        for name in ("data_set", "split", "recipe", "method", "source"):
            text = getattr(self, name)
            if name == "source" and text is None:
                continue
            if not isinstance(text, str) or len(text) > MAX_TEXT or not text.isprintable():
                raise ValueError(f"{name} must be at most {MAX_TEXT} printable characters, not {text!r:.80}")
        if (self.images is None) != (self.correct is None):
            raise ValueError(f"images and correct must be given together, not {self.images!r} and {self.correct!r}")
        if self.images is not None:
            object.__setattr__(self, "images", integer("images", self.images, 1, 2**31 - 1))
            object.__setattr__(self, "correct", integer("correct", self.correct, 0, self.images))
        if self.float_correct is not None:
            if self.images is None:
                raise ValueError(f"float_correct must come with images and correct, not as {self.float_correct!r:.40}")
            object.__setattr__(self, "float_correct", integer("float_correct", self.float_correct, 0, self.images))
        if self.seed is not None:
            object.__setattr__(self, "seed", integer("seed", self.seed, 0, 2**63 - 1))

    def describe(self) -> dict[str, Any]:
        """Fields by name, as in a file: those of `RECENT` only where they are recorded."""
        return {name: value for name, value in asdict(self).items() if value is not None or name not in RECENT}

    @property
    def accuracy(self) -> float | None:
        """Share of the images classified correctly, 0..1; None if not measured."""
        return None if self.images is None or self.correct is None else self.correct / self.images

    @property
    def measured_on(self) -> str:
        """Images of the measurement in words: "MNIST test, 10,000 images"; empty if not measured."""
        return "" if self.images is None else f"{self.data_set} {self.split}, {self.images:,} images".strip(" ,")
