"""Overview of a data set in a folder: its kind, images, classes, and the checksums of its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import SPLITS, DataSet
from .known import KNOWN, Known
from .registry import KINDS
from .tree import Tree


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Overview of one data set that was read whole.

    Parameters
    ----------
    path : Path
    kind : str
    known : Known or None
        Known data set of that name.
    shape : (channels, height, width)
    images : dict
        Number of images of each class, by split.
    class_names : tuple of str
        Empty where they have none.
    checked : dict
        True where the checksum of a file is that of the known data set, by name of the file.
    """

    path: Path
    kind: str
    known: Known | None
    shape: tuple[int, ...]
    images: dict[str, list[int]]
    class_names: tuple[str, ...]
    checked: dict[str, bool]

    @property
    def differences(self) -> list[str]:
        """Differences from the known data set, one line each."""
        wrong = [f"{name} has another checksum" for name, right in self.checked.items() if not right]
        due = self.known.images if self.known else {}
        return wrong + [f"{split} has {sum(self.images[split]):,} images, not {count:,}" for split, count in due.items()
                        if sum(self.images[split]) != count]


def overview(place: Path, **options: Any) -> Overview:
    """Overview of the data set at ``place``, a file or a folder.

    Parameters
    ----------
    options
        Options of a folder or an archive of pictures, as of `Tree`.

    Raises
    ------
    OSError
        A file is missing or cannot be read.
    ValueError
        It is of no kind, or damaged; one line that names it.
    """
    place = place.resolve()
    kind = recognised(place)
    if kind is None:
        raise ValueError(f"{place}: must hold a data set of one of the kinds {', '.join(KINDS)}")
    if options and not issubclass(kind, Tree):
        raise ValueError(f"{place}: size and colour are for pictures, and not for a data set of kind {kind.kind}")
    known = next((known for known in KNOWN.values() for each in known.places
                  if type(each) is kind and each.path == place.name), None)
    data_set = known if known and not options else kind(path=place.name, **options)
    splits = {split: data_set.read(place.parent, split) for split in SPLITS}
    train, test = splits.values()
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise ValueError(f"{place}: images of train and test must be of one shape, not {train.pixels.shape[1:]} and "
                         f"{test.pixels.shape[1:]}")
    classes = len(train.class_names) or 1 + max(int(part.labels.max()) for part in splits.values())
    images = {split: np.bincount(part.labels, minlength=classes).tolist() for split, part in splits.items()}
    return Overview(path=place, kind=kind.kind, known=known, shape=train.pixels.shape[1:], images=images,
                    class_names=train.class_names, checked=dict(known.files(place)) if known else {})


def recognised(place: Path) -> type[DataSet] | None:
    """Kind of data set that ``place`` looks like; None if it is none."""
    return next((kind for kind in KINDS.values() if kind.holds(place)), None)


def within(folder: Path) -> Iterator[Path]:
    """Paths of the data sets in ``folder``: the folder itself if it looks like one, else its members that do."""
    if recognised(folder) or not folder.is_dir():
        yield folder
    else:
        yield from (path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and recognised(path))
