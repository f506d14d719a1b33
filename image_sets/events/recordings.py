"""Data sets of recordings of event cameras, as N-MNIST is laid out, or with lists of numbers and classes."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO, ClassVar

from quant.check import integer, integers
from quant.files.container import read, refusal

from ..archive import MAGIC, members
from ..dataset import SPLITS
from ..pictures import Picture
from ..tree import ClassFolders, Entry, Parts, is_clutter
from .binning import MAX_SIDE, Binning
from .formats import MAX_FILE, SENSOR, is_recording, recording

ARCHIVE = "recordings.tar.xz"  # in a folder, which is then the data set
LINE = re.compile(r"(\d{1,9})\s+(\d{1,3})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Recordings(ClassFolders):
    """Recordings in CLASS/NAME, or train/CLASS/NAME and test/CLASS/NAME; or numbered ones and lists.

    A list is a text whose name begins with train or test, of a line "NUMBER CLASS" for each recording NUMBER.*; such
    are read out of an archive ``.tar.xz`` or ``.tar.gz`` too. A recording is one image: its first ``ticks`` windows.

    Parameters
    ----------
    ticks, window, count, size, factor, corner, code
        As of `binning.Binning`. Without a size it is the sensor's over the factor; one number is that of both sides.
    sensor : (height, width)
        Of the camera, for formats that do not say it.
    learned : int, optional
        Recordings up to this number alone are the training split; the others of the training list are tested too.
    test, seed
        As of `ClassFolders`.
    """

    kind: ClassVar[str] = "events"
    ticks: int = 8
    window: int | None = None
    count: int | None = None
    size: tuple[int, int] | None = None
    factor: int = 1
    corner: tuple[int, int] = (0, 0)
    code: str = "trains"
    sensor: tuple[int, int] = SENSOR
    learned: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        sensor = integers("sensor", self.sensor, 1, MAX_SIDE)
        if len(sensor) != 2:
            raise ValueError(f"sensor must be height and width, not {sensor}")
        object.__setattr__(self, "sensor", sensor)
        if isinstance(self.size, int):
            object.__setattr__(self, "size", (self.size, self.size))
        for name in ("size", "corner"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, integers(name, getattr(self, name), 0, MAX_SIDE))
        if self.learned is not None:
            integer("learned", self.learned, 1, 10**9)
        _ = self.binning

    @property
    def title(self) -> str:
        """As of `DataSet`, with a code that is not the usual one: its values are no spike trains."""
        return super().title + (f"-{self.code}" if self.code != "trains" else "")

    @cached_property
    def binning(self) -> Binning:
        """How recordings become images."""
        factor = integer("factor", self.factor, 1, min(self.sensor))
        size = self.size or (self.sensor[0] // factor, self.sensor[1] // factor)
        return Binning(ticks=self.ticks, window=self.window, count=self.count, size=size, factor=factor,
                       corner=self.corner, code=self.code)

    def entries(self, place: Path) -> Iterator[Entry]:
        """As of `ClassFolders`, and of numbered recordings with lists."""
        within = place / ARCHIVE
        place = within if within.is_file() else place
        if place.is_file():
            files = {PurePosixPath(name).parts: content for name, content in members(place)}
        elif not _lists(place):
            yield from super().entries(place)
            return
        else:
            files = {(path.name,): read(path, MAX_FILE) for path in sorted(place.iterdir()) if path.is_file()}
        yield from self._numbered(files)

    def _numbered(self, files: Mapping[Parts, bytes]) -> Iterator[Entry]:
        numbered = {PurePosixPath(parts[-1]).stem: (parts, content) for parts, content in files.items()
                    if is_recording(parts[-1])}
        lists = {split: [content for parts, content in files.items() if _is_list(parts[-1], split)] for split in SPLITS}
        if not all(lists.values()):
            raise ValueError("archive must hold numbered recordings and lists train*.txt and test*.txt; unpack one of "
                             "another layout into a folder")
        known: dict[int, tuple[str, int]] = {}
        for split, contents in lists.items():
            for number, label in _listed(contents):
                if known.setdefault(number, (split, label)) != (split, label):
                    raise ValueError(f"recording {number} must be of one class, and in the lists of one split; leave "
                                     "it out of the others")
                if str(number) not in numbered:
                    raise ValueError(f"recording {number}, of a list, must be there")
                parts, content = numbered[str(number)]
                learned = split == "train" and (self.learned is None or number <= self.learned)
                yield ("train" if learned else "test", str(label), parts[-1]), io.BytesIO(content)

    @staticmethod
    def is_member(parts: Parts) -> bool:
        """True if a file is a recording; as of `ClassFolders`."""
        if is_clutter(parts[-1]):
            return False
        if not is_recording(parts[-1]):
            raise ValueError("recordings must be .bin (of a number), .bs2, .aedat, .aedat4 or .npy, not "
                             f"{'/'.join(parts)!r:.200}; convert it, or remove it")
        return True

    def decode(self, parts: Parts, source: Path | BinaryIO) -> Picture:
        """Image of a recording."""
        content = read(source, MAX_FILE) if isinstance(source, Path) else source.read()
        return Picture(self.binning.images(recording(parts[-1], content, self.sensor), limit=1)[0], ())

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if ``place`` has a recording in a folder of a class, lists, or is an archive of recordings."""
        if place.is_file():
            return _archived(place)
        if (place / ARCHIVE).is_file() or _lists(place):
            return True
        return place.is_dir() and any(is_recording(path.name) for pattern in ("*/*", "[Tt][Rr][Aa][Ii][Nn]/*/*")
                                      for path in place.glob(pattern))


def _is_list(name: str, split: str) -> bool:
    return name.lower().startswith(split) and name.lower().endswith(".txt")


def _lists(place: Path) -> bool:
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    return all(any(_is_list(name, split) for name in names) for split in SPLITS) and any(map(is_recording, names))


def _listed(contents: list[bytes]) -> Iterator[tuple[int, int]]:
    """Number and class of each line of the lists; lines that begin with # are passed over."""
    for content in contents:
        for line in content.decode("ascii", "replace").splitlines():
            found = LINE.fullmatch(line.strip())
            if found:
                yield int(found[1]), int(found[2])
            elif line.strip() and not line.startswith("#"):
                raise ValueError(f"line of a list must be number and class of a recording, not {line!r:.60}")


def _archived(place: Path) -> bool:
    """True if the first file in an archive that is no text is a recording."""
    with place.open("rb") as file:
        if not file.read(8).startswith(tuple(MAGIC)):
            return False
    try:
        with refusal(place):
            return is_recording(next(name for name, _ in members(place) if not name.lower().endswith(".txt")))
    except (ValueError, StopIteration):
        return False
