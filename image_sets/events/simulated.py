"""Data set whose training split is simulated from images, and whose test split is recordings of an event camera."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np

from quant.check import member

from ..dataset import SPLITS, Labelled
from ..known import KNOWN
from ..pictures import Array
from .recordings import Recordings
from .saccades import DURATION, SENSOR, STEP, Camera, saccades

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Simulated(Recordings):
    """Training images as a camera might see them that makes N-MNIST's saccades, simulated: see `saccades`.

    Recording number N of N-MNIST shows image N - 1 of the training set of MNIST. Of the training images none is learned
    that any of the recordings shows, so that nothing of what is tested is.

    Parameters
    ----------
    images : str
        Name of the data set, in the same data folder, whose training images are shown.
    threshold, mismatch, contrast, logarithm, blur, noise, jitter
        As of `saccades.Camera`. The usual ones but the last are fitted to N-MNIST's recordings 1 to 500; jitter is 0,
        and if it is not, drawn for each 500 images.
    """

    kind: ClassVar[str] = "saccades"
    images: str = "mnist"
    threshold: float = 0.17
    mismatch: float = 0.2
    contrast: float = 0.1
    logarithm: float = 0.0
    blur: float = 0.3
    noise: float = 0.36
    jitter: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        member("images", self.images, tuple(KNOWN))
        if self.count is not None:
            raise ValueError("count must not be given where events are simulated, all images at once; give a window")
        _ = self.camera

    @property
    def camera(self) -> Camera:
        """The simulated camera."""
        return Camera(threshold=self.threshold, mismatch=self.mismatch, contrast=self.contrast, blur=self.blur,
                      logarithm=self.logarithm, noise=self.noise, jitter=self.jitter)

    def read(self, folder: Path, split: str) -> Labelled:
        """As of `DataSet`; the training split is simulated, which takes about a minute for MNIST."""
        if member("split", split, SPLITS) == "test":
            return super().read(folder, split)
        shown = KNOWN[self.images].read(folder, "train")
        place = folder / self.path
        numbers = [int(PurePosixPath(parts[-1]).stem) for parts, _ in self.entries(place)] if place.exists() else []
        kept = np.setdiff1d(np.arange(len(shown.labels)), np.array(numbers, int) - 1)
        return Labelled(pixels=self._simulated(shown.pixels[kept, 0]), labels=shown.labels[kept])

    def _simulated(self, images: Array) -> Array:
        from tqdm import tqdm  # here, since nothing else of this module needs it

        generator = np.random.default_rng(self.seed)
        with tqdm(total=len(images), desc=f"simulating {self.title}", unit=" images", disable=None, leave=False) as bar:
            parts = []
            for start in range(0, len(images), BATCH):
                parts.append(self._values(images[start:start + BATCH], generator))
                bar.update(len(parts[-1]))
        return np.concatenate(parts)

    def _values(self, images: Array, generator: np.random.Generator) -> Array:
        """Values of some images, in the code."""
        planes = np.zeros((len(images), self.ticks, 2, *SENSOR), np.uint8)
        for time, events in saccades(images, self.camera, generator):
            since = time - STEP
            tick = since * self.ticks // DURATION if self.window is None else since // self.window
            if tick < self.ticks:
                planes[:, tick] |= events > 0
        return self.binning.values(self.binning.fitted(planes))
