"""Batches of CIFAR-10 in their binary version, and the base class of all versions of CIFAR-10 and CIFAR-100.

Source: https://www.cs.toronto.edu/~kriz/cifar.html: a record is one byte of label, of CIFAR-100 two, and 3 x 1,024
pixels: red, green, blue, row by row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from quant.files.container import read, refusal

from .dataset import DataSet, Labelled, joined
from .pictures import Array

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)
PIXELS = 3072
BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
MAX_FILE = 2**28


class Batches(DataSet):
    """Folder of batches; unless a subclass says otherwise, of the six of CIFAR-10."""

    batches: ClassVar[Mapping[str, tuple[str, ...]]] = BATCHES
    suffix: ClassVar[str]

    def read_place(self, place: Path, split: str) -> Labelled:
        """Images of a split, batch by batch; each batch must hold as many as the first."""
        parts: list[Labelled] = []
        for name in self.batches[split]:
            path = place / f"{name}{self.suffix}"
            if not path.exists():
                raise FileNotFoundError(f"{place} must hold {path.name}; fetch it again")
            with refusal(path):
                parts.append(self.batch(read(path, MAX_FILE)))
                if len(parts[-1].labels) != len(parts[0].labels):
                    raise ValueError(f"file must hold {len(parts[0].labels)} images, as the first batch does, "
                                     f"not {len(parts[-1].labels)}; fetch it again")
        return joined(parts)

    def batch(self, data: bytes) -> Labelled:
        """Images in the bytes of one file.

        Raises
        ------
        ValueError
            The file is damaged.
        """
        raise NotImplementedError

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if one of the batches is in ``place``."""
        return any((place / f"{name}{cls.suffix}").is_file() for names in cls.batches.values() for name in names)


@dataclass(frozen=True, kw_only=True)
class Cifar(Batches):
    """Folder of the six files of the binary version, ``data_batch_1.bin`` and so on."""

    kind: ClassVar[str] = "cifar"
    suffix: ClassVar[str] = ".bin"

    def batch(self, data: bytes) -> Labelled:
        """Images in the records of one file; as `Batches.batch`."""
        labels, pixels = records(data, 1)
        return Labelled(pixels=pixels, labels=labels[:, 0], class_names=CLASSES)


def records(data: bytes, labels: int) -> tuple[Array, Array]:
    """Labels, uint8 of shape (n, labels), and pixels, uint8 of shape (n, 3, 32, 32), of a file's records.

    Raises
    ------
    ValueError
        The file is empty or ends within a record.
    """
    if not data or len(data) % (labels + PIXELS):
        raise ValueError(f"file must be records of {labels + PIXELS} bytes, not {len(data)} bytes; fetch it again")
    found = np.frombuffer(data, np.uint8).reshape(-1, labels + PIXELS)
    return found[:, :labels], found[:, labels:].reshape(-1, *SHAPE)
