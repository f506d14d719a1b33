"""Data sets of files in a folder for each class, above all of pictures."""

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

from quant.check import integer, integers, member, unique_names
from quant.files.container import refusal

from .dataset import MAX_CLASSES, SPLITS, DataSet, Labelled, check_size
from .pictures import ENDINGS, NAMES, Array, Picture, picture

CLUTTER = ("thumbs.db", "desktop.ini", "icon\r", "__macosx")  # as file managers leave it, in any case of letters
COLOURS = {"grey": 1, "rgb": 3}
MAX_IMAGES = 2**20
MAX_SIDE = 4096

Parts = tuple[str, ...]
Entry = tuple[Parts, Any]  # the names on the way to a picture; where it is read from, a path or a binary file


@dataclass(frozen=True, kw_only=True)
class ClassFolders(DataSet):
    """Folder of files in CLASS/NAME, or in train/CLASS/NAME and test/CLASS/NAME, an image each.

    Train and test may have capitals. Hidden files and folders are passed over, and what file managers leave.

    Classes are numbered in the order of their names. Images are in a pseudorandom order that depends on the seed and
    their names alone, so that the first few are of all classes.

    Parameters
    ----------
    test : float
        Share of each class in the test split, more than 0 and less than 1; at least one image and not all. Not used
        where there are train/ and test/.
    seed : int
        Seed of the order, and of the choice of test images.
    """

    test: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.test, bool) or not isinstance(self.test, float) or not 0 < self.test < 1:
            raise ValueError(f"test must be a share between 0 and 1, not {self.test!r:.60}")
        integer("seed", self.seed, 0, 2**63 - 1)

    def read_place(self, place: Path, split: str) -> Labelled:
        """Images of a split; a progress bar shows how many are read."""
        with refusal(place):
            classes, chosen = self._split(self._classes(self.entries(place)), split)
        return self._decoded(classes, chosen)

    def entries(self, place: Path) -> Iterator[Entry]:
        """Images below ``place``, in any order.

        Raises
        ------
        ValueError
            A symbolic link leads out of ``place``.
        """
        root = place.resolve()
        for parts in _files(place, 3, self.is_member):
            path = place.joinpath(*parts)
            if not path.resolve().is_relative_to(root):
                raise ValueError(f"{'/'.join(parts)} must lie in the folder, and not be a link out of it")
            yield parts, path

    def _classes(self, entries: Iterable[Entry]) -> dict[str, dict[str, list[Entry]]]:
        """Entries by split ("" if they are not split yet) and class, in the order of the images."""
        found: dict[str, dict[str, list[Entry]]] = {}
        for count, (parts, source) in enumerate(entries):
            split = [name.lower() for name in parts[:-2]]
            if split not in ([], ["train"], ["test"]) or len(parts) == 1:
                raise ValueError("images must lie as CLASS/NAME, or as train/CLASS/NAME and test/CLASS/NAME, not as "
                                 f"{'/'.join(parts)!r:.200}")
            integer("number of images", count, 0, MAX_IMAGES - 1)
            found.setdefault("".join(split), {}).setdefault(_class_name(parts), []).append((parts, source))
        if set(found) not in ({""}, set(SPLITS)):
            raise ValueError("folder must hold one folder of images for each class, or train and test with one each; "
                             f"found {', '.join(sorted(found)) or 'no image'}")
        for classes in found.values():
            for entries in classes.values():
                entries.sort(key=self._rank)
        return found

    def _rank(self, entry: Entry) -> bytes:
        return hashlib.sha256(f"{self.seed}/{'/'.join(entry[0])}".encode("utf-8", "surrogateescape")).digest()

    def _split(self, found: dict[str, dict[str, list[Entry]]], split: str) -> tuple[tuple[str, ...], list[Entry]]:
        """Names of the classes, and the entries of a split."""
        classes = unique_names("names of classes", sorted(found.get("", found.get("train", {}))))
        if not 2 <= len(classes) <= MAX_CLASSES:
            raise ValueError(f"classes must be 2 to {MAX_CLASSES}, each a folder with images, not {len(classes)}"
                             + (f", {classes[0]!r:.80}" if len(classes) == 1 else ""))
        if "" not in found:
            odd = found["train"].keys() ^ found["test"].keys()
            if odd:
                raise ValueError(f"train and test must have the same classes, but one of them has no {min(odd)!r:.80}")
            return classes, sorted((entry for name in classes for entry in found[split][name]), key=self._rank)
        chosen: list[Entry] = []
        for name, entries in sorted(found[""].items()):
            if len(entries) < 2:
                raise ValueError(f"class {name!r:.80} must have at least 2 images, one of them for the test")
            count = min(max(1, round(self.test * len(entries))), len(entries) - 1)
            chosen += entries[:count] if split == "test" else entries[count:]
        return classes, sorted(chosen, key=self._rank)

    def _decoded(self, classes: tuple[str, ...], chosen: list[Entry]) -> Labelled:
        from tqdm import tqdm  # here, since nothing else of this package needs it

        numbers = {name: number for number, name in enumerate(classes)}
        labels = np.array([numbers[_class_name(parts)] for parts, _ in chosen], np.uint8)
        pixels: Array | None = None
        changes = Counter[str]()
        bar = tqdm(chosen, f"reading {self.title}", unit=" images", disable=None, leave=False)
        for index, (parts, source) in enumerate(bar):
            with refusal(source if isinstance(source, Path) else "/".join((self.path, *parts))):
                found = self.decode(parts, source)
                image = found.pixels
                changes.update(found.changes)
                if pixels is None:
                    check_size(len(chosen), image.shape)
                    pixels = np.empty((len(chosen), *image.shape), np.uint8)
                if image.shape != pixels.shape[1:]:
                    raise ValueError(f"images must be of one size, {pixels.shape[3]} x {pixels.shape[2]} as the first, "
                                     f"not {image.shape[2]} x {image.shape[1]}; or give a size to scale them to")
                pixels[index] = image
        assert pixels is not None
        return Labelled(pixels=pixels, labels=labels, class_names=classes, changes=changes)

    @staticmethod
    def is_member(parts: Parts) -> bool:
        """True if a file, by the names on the way to it, is an image; False if it is passed over; else ValueError."""
        raise NotImplementedError

    def decode(self, parts: Parts, source: Path | BinaryIO) -> Picture:
        """Image of a file."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Tree(ClassFolders):
    """Folder of pictures, as of `pictures.FORMATS`, as of `ClassFolders`.

    Parameters
    ----------
    size : int or (height, width), or None
        Size to which each picture is scaled and centred; None: as they are, and all must be of one size.
    colour : "grey" or "rgb"
    invert : bool
        Invert pixels, for pictures drawn dark on light.
    test, seed
        As of `ClassFolders`.
    """

    kind: ClassVar[str] = "tree"
    size: tuple[int, int] | None = None
    colour: str = "grey"
    invert: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size is not None:
            sides = integers("size", [self.size] * 2 if isinstance(self.size, int) else self.size, 1, MAX_SIDE)
            if len(sides) != 2:
                raise ValueError(f"size must be one number or height and width, not {sides}")
            object.__setattr__(self, "size", sides)
        member("colour", self.colour, tuple(COLOURS))
        if not isinstance(self.invert, bool):
            raise TypeError(f"invert must be true or false, not {self.invert!r:.60}")

    @staticmethod
    def is_member(parts: Parts) -> bool:
        """As `is_picture`."""
        return is_picture(parts)

    def decode(self, parts: Parts, source: Path | BinaryIO) -> Picture:
        """Pixels of a file, as the options say."""
        if isinstance(source, Path) and not source.is_file():
            raise ValueError("must be a regular file")
        return picture(source, COLOURS[self.colour], self.size, invert=self.invert)

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if there is a picture in a subfolder of ``place``, or in one of its folder train."""
        return place.is_dir() and any(path.suffix.lower() in ENDINGS for pattern in ("*/*", "[Tt][Rr][Aa][Ii][Nn]/*/*")
                                      for path in place.glob(pattern))


def is_picture(parts: Parts) -> bool:
    """True if a file, by the names on the way to it, is a picture; False for files that a file manager leaves.

    Raises
    ------
    ValueError
        The name is that of neither.
    """
    if is_clutter(parts[-1]):
        return False
    if not parts[-1].lower().endswith(ENDINGS):
        raise ValueError(f"images must be {NAMES}, ending in {', '.join(ENDINGS)}, not {'/'.join(parts)!r:.200}; "
                         "convert it, or remove it")
    return True


def is_clutter(name: str) -> bool:
    """True if a file or folder of this name is passed over: it is hidden, or a file manager left it."""
    return name.startswith(".") or name.lower() in CLUTTER


def _class_name(parts: Parts) -> str:
    """Class of a picture; one spelling of accents, of which some systems have two."""
    return unicodedata.normalize("NFC", parts[-2])


def _files(folder: Path, depth: int, is_member: Callable[[Parts], bool], above: Parts = ()) -> Iterator[Parts]:
    """Names on the way to each image in a folder and its subfolders, at most ``depth`` levels deep, none empty."""
    with os.scandir(folder) as scan:
        for each in sorted(scan, key=lambda each: each.name):
            parts = (*above, each.name)
            if not each.is_dir():
                if is_member(parts):
                    yield parts
            elif is_clutter(each.name):
                continue
            elif depth == 1:
                raise ValueError(f"folder of a class must hold images alone, not the folder {'/'.join(parts)!r:.200}")
            else:
                inner = list(_files(Path(each.path), depth - 1, is_member, parts))
                if not inner:
                    raise ValueError(f"folder {'/'.join(parts)!r:.200} must hold images; put some there, or remove it")
                yield from inner
