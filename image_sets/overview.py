"""Overview of a data set in a folder: its kind, images, classes, and the checksums of its files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from quant.files.content import START, kind_of

from .dataset import SPLITS, DataSet, Labelled
from .events.recordings import Recordings
from .known import KNOWN, Known
from .pictures import CHANGES, Array
from .registry import KINDS
from .tree import Tree, is_clutter

EXAMPLES = 12  # images of a class


@dataclass(frozen=True, eq=False, kw_only=True)
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
    changes : dict
        Number of pictures to which each of `pictures.CHANGES` was made, in the order in which they are made.
    ticks : str
        Of recordings: how their events are binned, in words; else empty.
    examples : list of uint8 arrays (n, channels, height, width)
        The first training images of each class, at most `EXAMPLES`.
    checked : dict
        True where the checksum of a file, or of a split, is that of the known data set, by its name.
    """

    path: Path
    kind: str
    known: Known | None
    shape: tuple[int, ...]
    images: dict[str, list[int]]
    class_names: tuple[str, ...]
    changes: dict[str, int]
    ticks: str
    examples: list[Array]
    checked: dict[str, bool]

    @property
    def pictures(self) -> bool:
        """True if its images are files of pictures."""
        return issubclass(KINDS[self.kind], Tree)

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
        Options of a folder or an archive of pictures, as of `Tree`, or of recordings, as of `Recordings`.

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
        raise ValueError(f"{place}: must be the folder of a data set, or an archive of pictures (.tar.xz, .tar.gz), "
                         f"not {_kind(place)}")
    own = {field.name for field in fields(kind)}
    for name in options:
        if name not in own:
            raise ValueError(f"{place}: {name} is for {'pictures' if hasattr(Tree, name) else 'recordings'}, and "
                             f"not for a data set of kind {kind.kind}")
    known = next((known for known in KNOWN.values() for each in known.places
                  if type(each) is kind and each.path == place.name), None)
    data_set = known if known and not options else kind(path=place.name, **options)
    splits = {split: data_set.read(place.parent, split) for split in SPLITS}
    train, test = splits.values()
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise ValueError(f"{place}: images of train and test must be of one shape, not {train.pixels.shape[1:]} and "
                         f"{test.pixels.shape[1:]}")
    classes = max(part.classes for part in splits.values())
    changes = {each: sum(part.changes.get(each, 0) for part in splits.values()) for each in CHANGES}
    images = {split: np.bincount(part.labels, minlength=classes).tolist() for split, part in splits.items()}
    return Overview(path=place, kind=kind.kind, known=known, shape=train.pixels.shape[1:], images=images,
                    class_names=train.class_names,
                    changes={each: count for each, count in changes.items() if count},
                    ticks=data_set.binning.words if isinstance(data_set, Recordings) else "",
                    examples=[train.pixels[np.flatnonzero(train.labels == each)[:EXAMPLES]] for each in range(classes)],
                    checked=_checked(known, place, splits) if known else {})


def _checked(known: Known, place: Path, splits: Mapping[str, Labelled]) -> dict[str, bool]:
    """Whether each checksum of a known data set is right: of the files, and of the splits."""
    return dict(known.files(place)) | {split: splits[split].digest == due for split, due in known.contents.items()}


def recognised(place: Path) -> type[DataSet] | None:
    """Kind of data set that ``place`` looks like; None if it is none."""
    return next((kind for kind in KINDS.values() if kind.holds(place)), None)


def _kind(place: Path) -> str:
    if not place.is_file():
        return "a device or a pipe"
    with place.open("rb") as file:
        return kind_of(file.read(START))


def within(folder: Path) -> Iterator[Path]:
    """Paths of the data sets in ``folder``: the folder itself if it looks like one, else its members that do."""
    if recognised(folder) or not folder.is_dir():
        yield folder
    else:
        yield from (path for path in sorted(folder.iterdir()) if not is_clutter(path.name) and recognised(path))
