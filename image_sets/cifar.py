"""The batches of CIFAR-10 in their binary version, and what its two versions share.

Source: https://www.cs.toronto.edu/~kriz/cifar.html: a record is one byte of label and 3 x 1,024 pixels: red, green,
blue, row by row.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from quant.files.container import read, refusal

from .dataset import DataSet, Labelled, joined

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)
PIXELS = 3072
BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
MAX_FILE = 2**26


class Batches(DataSet):
    """A folder of the six batches."""

    suffix: ClassVar[str]

    def read_place(self, place: Path, split: str) -> Labelled:
        """The batches of a split, one after the other; each must hold as many images as the first."""
        parts: list[Labelled] = []
        for name in BATCHES[split]:
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
        """The images in the bytes of one file, or a ValueError."""
        raise NotImplementedError

    @classmethod
    def holds(cls, place: Path) -> bool:
        """Whether one of the batches is there."""
        return any((place / f"{name}{cls.suffix}").is_file() for names in BATCHES.values() for name in names)


@dataclass(frozen=True, kw_only=True)
class Cifar(Batches):
    """The six files of the binary version, ``data_batch_1.bin`` and so on."""

    kind: ClassVar[str] = "cifar"
    suffix: ClassVar[str] = ".bin"

    def batch(self, data: bytes) -> Labelled:
        """Records of 3,073 bytes."""
        if not data or len(data) % (1 + PIXELS):
            raise ValueError(f"file must be records of {1 + PIXELS} bytes, not {len(data)} bytes; fetch it again")
        records = np.frombuffer(data, np.uint8).reshape(-1, 1 + PIXELS)
        return Labelled(pixels=records[:, 1:].reshape(-1, *SHAPE), labels=records[:, 0], class_names=CLASSES)
