"""Batches of CIFAR-10 in their binary version, and the base class of its two versions.

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
    """Folder of the six batches of CIFAR-10."""

    suffix: ClassVar[str]

    def read_place(self, place: Path, split: str) -> Labelled:
        """Images of a split, batch by batch; each batch must hold as many as the first."""
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
        return any((place / f"{name}{cls.suffix}").is_file() for names in BATCHES.values() for name in names)


@dataclass(frozen=True, kw_only=True)
class Cifar(Batches):
    """Folder of the six files of the binary version, ``data_batch_1.bin`` and so on."""

    kind: ClassVar[str] = "cifar"
    suffix: ClassVar[str] = ".bin"

    def batch(self, data: bytes) -> Labelled:
        """Images in the bytes of one file, records of 3,073 bytes; as `Batches.batch`."""
        if not data or len(data) % (1 + PIXELS):
            raise ValueError(f"file must be records of {1 + PIXELS} bytes, not {len(data)} bytes; fetch it again")
        records = np.frombuffer(data, np.uint8).reshape(-1, 1 + PIXELS)
        return Labelled(pixels=records[:, 1:].reshape(-1, *SHAPE), labels=records[:, 0], class_names=CLASSES)
