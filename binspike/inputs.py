"""Images that ``binspike infer`` classifies: those that its options name, or shipped ones."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quant.files import samples, zoo
from quant.files.artefact import Artefact
from quant.files.idx import read_idx
from quant.serial_link.contents import resize_of
from quant.serial_link.protocol import Identity

if TYPE_CHECKING:
    from quant.dataflow.cores import Resize


@dataclass(frozen=True)
class Images:
    """Images to classify.

    Parameters
    ----------
    names : list of str
    pixels : uint8 array (n, channels, height, width)
    labels : list of int, or None where they are not known
    changes : dict
        What was done to how many pictures, as of `images.Loaded`.
    ends : list of float or None
        As of `images.Loaded`.
    """

    names: list[str]
    pixels: Any
    labels: list[int] | None
    changes: Mapping[str, int] = field(default_factory=dict)
    ends: Sequence[float | None] = ()

    def lines(self) -> Iterator[bytes]:
        """Each image as it goes over the line: row, column, channel."""
        return (image.transpose(1, 2, 0).tobytes() for image in self.pixels)


def chosen(options: Namespace, source: Artefact | None, identity: Identity) -> Images | None:
    """The images that the options name; without any, the shipped ones of the network's data set.

    For a board that takes pictures they are pictures; shipped images are enlarged to some.
    """
    from sim.data import arrays

    from .images import camera, load

    shape = (identity.channels, identity.height, identity.width)
    if options.images:
        found = load(options.images, shape, invert=options.invert, limit=options.limit,
                     events=None if source is None else camera(source))
        if options.live and None in found.ends:
            raise ValueError(f"{found.names[found.ends.index(None)]}: --live is for recordings of an event camera")
        return Images(found.names, found.pixels, _labels(options.labels, len(found.names)), found.changes, found.ends)
    if options.labels is not None or options.invert or options.live:
        raise ValueError("--labels, --invert and --live need images; see binspike infer --help")
    if options.self_test or options.count is not None:
        return None
    if source is None or not source.provenance.data_set:
        raise ValueError("images must be given where the network's data set is not known")
    pixels, labels = arrays(samples.load(zoo.samples_path(source.provenance.data_set)))
    pixels = pixels[:options.limit]
    resize = resize_of(identity, source.network)
    return Images([f"{source.provenance.data_set} test {index}" for index in range(len(pixels))],
                  _enlarged(resize, pixels) if resize else pixels, labels[:len(pixels)].tolist())


def _enlarged(resize: "Resize", images: Any) -> Any:
    """Pictures that become these images, (count, channels, height, width) both."""
    import numpy as np

    pictures = b"".join(resize.enlarged(image.transpose(1, 2, 0).ravel().tolist()) for image in images)
    shape = (len(images), resize.height, resize.width, resize.channels)
    return np.frombuffer(pictures, np.uint8).reshape(shape).transpose(0, 3, 1, 2)


def _labels(path: Path | None, images: int) -> list[int] | None:
    if path is None:
        return None
    shape, content = read_idx(path)
    if len(shape) != 1 or len(content) < images:
        raise ValueError(f"{path}: labels must be at least {images} in one axis, one for each image, not {shape}")
    return list(content[:images])
