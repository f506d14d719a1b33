"""Data set: a description that can be written to a recipe, and the labelled images that it reads."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np

from quant.check import member

from .pictures import Array

SPLITS = ("train", "test")
MAX_BYTES = 2**31  # of the pixels of one split
MAX_CLASSES = 256
REMEDY = "give the folder that holds it by --data or BINSPIKE_DATA"


@dataclass(frozen=True, eq=False, kw_only=True)
class Labelled:
    """One split of a data set.

    Parameters
    ----------
    pixels : uint8 array (n, channels, height, width)
    labels : uint8 array (n,)
    class_names : tuple of str
        Empty where the data set does not name its classes.
    changes : dict
        Number of pictures to which each of `pictures.CHANGES` was made.

    Raises
    ------
    ValueError
        There are no images, the number of labels is another, or a label is not in the range of the classes.
    """

    pixels: Array
    labels: Array
    class_names: tuple[str, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.pixels.ndim != 4 or len(self.pixels) != len(self.labels) or not len(self.labels):
            raise ValueError(f"images and labels must be n x channels x height x width and n, at least one, "
                             f"not {self.pixels.shape} and {self.labels.shape}")
        if self.class_names:
            check_labels(self.labels, len(self.class_names))

    @property
    def classes(self) -> int:
        """Number of classes: of names, or where there are none 1 + the largest label."""
        return len(self.class_names) or 1 + int(self.labels.max())

    @property
    def digest(self) -> str:
        """Checksum ``sha256:HEX`` of images and labels in any order: of the sorted SHA-256 of each."""
        each = sorted(hashlib.sha256(bytes([label]) + image.tobytes()).digest()
                      for label, image in zip(self.labels, self.pixels, strict=True))
        return f"sha256:{hashlib.sha256(b''.join(each)).hexdigest()}"


def check_labels(labels: Array, classes: int) -> None:
    """Raise a ValueError for a label that is not in 0..classes - 1; it names the image, counted from 0."""
    index = int(labels.argmax())
    if labels[index] >= classes:
        raise ValueError(f"labels must be in 0..{classes - 1}, not {labels[index]} as of image {index}")


def check_size(count: int, shape: tuple[int, ...]) -> None:
    """Raise a ValueError for more than `MAX_BYTES` pixels in all."""
    if count * math.prod(shape) > MAX_BYTES:
        raise ValueError(f"images must have at most {MAX_BYTES:,} pixels together, not {count:,} of {shape}; give a "
                         "smaller size")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Data set in one file or folder of the data folder.

    Parameters
    ----------
    path : str
        File or folder, relative to the data folder, with "/" between names and no "..".

    Raises
    ------
    TypeError, ValueError
        An option is wrong.
    """

    kind: ClassVar[str]
    path: str

    def __post_init__(self) -> None:
        if not isinstance(self.path, str):
            raise TypeError(f"path must be a text, not {self.path!r:.60}")
        parts = PurePosixPath(self.path).parts
        if not parts or parts[0] == "/" or ".." in parts or not self.path.isprintable() or len(self.path) > 255:
            raise ValueError(f"path must be relative to the data folder, without '..', not {self.path!r:.80}")

    @property
    def title(self) -> str:
        """Name for people."""
        return PurePosixPath(self.path).name

    def describe(self) -> dict[str, Any]:
        """Table from which `registry.parse` makes this data set again."""
        return {"kind": self.kind, **asdict(self)}

    @property
    def remedy(self) -> str:
        """Remedy, in words, where the data set is missing."""
        return REMEDY

    def lies_in(self, folder: Path) -> bool:
        """True if the data folder holds the data set."""
        return (folder / self.path).exists()

    def read(self, folder: Path, split: str) -> Labelled:
        """Read the images of "train" or "test" from the data folder.

        Raises
        ------
        OSError
            A file is missing or cannot be read.
        ValueError
            The split is unknown, or a file is damaged or not of this kind; one line that names it.
        """
        if not self.lies_in(folder):
            raise absent(self.title, [folder], self.remedy)
        return self.read_place(folder / self.path, member("split", split, SPLITS))

    def read_place(self, place: Path, split: str) -> Labelled:
        """As `read`, of what lies at ``place``."""
        raise NotImplementedError

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if ``place`` looks like a data set of this kind."""
        raise NotImplementedError


def absent(title: str, folders: Sequence[Path], remedy: str) -> FileNotFoundError:
    """The error of a data set that none of the data folders holds."""
    return FileNotFoundError(f"data set {title} must be in {' or '.join(map(str, folders))}: {remedy}")


def joined(parts: list[Labelled]) -> Labelled:
    """Concatenation of several parts of a data set."""
    return Labelled(pixels=np.concatenate([part.pixels for part in parts]),
                    labels=np.concatenate([part.labels for part in parts]), class_names=parts[0].class_names)
