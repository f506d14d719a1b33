"""Data sets that are known by name: their place, content, checksums, and mirrors."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quant.check import member

from .cifar import CLASSES as CIFAR_CLASSES
from .cifar import Cifar
from .cifar_100 import COARSE, FINE, Cifar100
from .cifar_python import CifarPython
from .dataset import REMEDY, SPLITS, DataSet, Labelled, absent, check_labels
from .idx import Idx

MAX_CONTENT = 2**28  # of one file of a known data set, uncompressed


@dataclass(frozen=True, kw_only=True)
class Download:
    """File to download.

    Parameters
    ----------
    file : str
        Name at the mirrors and, unless it is unpacked, in the data set's folder.
    size : int
        Largest size in bytes.
    digest : str
        Checksum, as by `digest`.
    """

    file: str
    size: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """Data set that is known by name.

    Parameters
    ----------
    title : str
        Name for people; in lower case, the name in recipes.
    places : tuple of DataSet
        Possible places in a data folder; the first that exists is taken.
    images : dict
        Number of images in each split.
    classes : int
    class_names : tuple of str
        Empty where the names are the numbers.
    digests : dict
        Checksum, as by `digest`, of each file by its name without ".gz".
    contents : dict
        Checksum of each split, as by `Labelled.digest`, where files differ though the data set is the same.
    downloads : tuple of Download
        Files to download; empty where the data set is not published.
    mirrors : tuple of str
        Addresses, to each of which the name of a download is appended.
    """

    title: str
    places: tuple[DataSet, ...]
    images: Mapping[str, int]
    classes: int = 10
    class_names: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)
    downloads: tuple[Download, ...] = ()
    mirrors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name in recipes and commands."""
        return self.title.lower()

    def describe(self) -> str:
        """Name from which `registry.parse` makes this data set again."""
        return self.name

    @property
    def remedy(self) -> str:
        """Remedy, in words, where the data set is missing."""
        return f"fetch it by binspike data download {self.name}, or {REMEDY}" if self.downloads else REMEDY

    def lies_in(self, folder: Path) -> bool:
        """True if the data folder holds the data set."""
        return any(place.lies_in(folder) for place in self.places)

    def place(self, folder: Path) -> DataSet:
        """Data set at the first of its places that exists in a data folder.

        Raises
        ------
        FileNotFoundError
            None does.
        """
        place = next((place for place in self.places if place.lies_in(folder)), None)
        if place is None:
            raise absent(self.title, [folder], self.remedy)
        return place

    def read(self, folder: Path, split: str) -> Labelled:
        """As `DataSet.read`; a label of no class is refused."""
        member("split", split, SPLITS)
        place = self.place(folder)
        found = place.read(folder, split)
        try:
            check_labels(found.labels, self.classes)
        except ValueError as error:
            raise ValueError(f"{folder / place.path}: {error}") from None
        return Labelled(pixels=found.pixels, labels=found.labels, class_names=self.class_names)

    def files(self, place: Path) -> Iterator[tuple[str, bool]]:
        """Name of each file at ``place`` whose checksum is known, and True if it is right."""
        for name, expected in self.digests.items():
            here = [path for path in (place / f"{name}.gz", place / name, place) if path.is_file() and
                    path.name.removesuffix(".gz") == name]
            if here:
                yield here[0].name, digest(here[0], expected) == expected


def digest(path: Path, like: str = "sha256:") -> str:
    """Checksum ``ALGORITHM:HEX`` of a file; of its content if it is compressed by gzip and not a tar archive.

    Parameters
    ----------
    like : str
        Checksum or prefix that begins with the algorithm, sha256 or md5, and ":".

    Raises
    ------
    OSError
        The file cannot be read.
    """
    algorithm = like.partition(":")[0]
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b" and not path.name.endswith(".tar.gz")
        file.seek(0)
        if not packed:
            return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"
        content, left = hashlib.new(algorithm), MAX_CONTENT
        try:
            with gzip.open(file) as opened:
                while left > 0 and (data := opened.read(2**20)):
                    content.update(data)
                    left -= len(data)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return "damaged"
        return f"{algorithm}:{content.hexdigest()}"


def _mnist(path: str, digests: Mapping[str, str], **options: Any) -> Known:
    """A data set in the form of MNIST; its downloads are its files, compressed."""
    sizes = {"images": 16 + 28 * 28 * 60_000, "labels": 8 + 60_000}
    return Known(places=(Idx(path=path),), images={"train": 60_000, "test": 10_000}, digests=digests, downloads=tuple(
        Download(file=f"{name}.gz", size=sizes[name.split("-")[1]], digest=found) for name, found in digests.items()),
        **options)


def _cifar_100(labels: str, names: list[str], **options: Any) -> Known:
    """CIFAR-100 with its fine or its coarse labels; both are in the same files."""
    return Known(places=(Cifar100(path="cifar-100-binary", labels=labels),),
                 images={"train": 50_000, "test": 10_000}, classes=len(names), class_names=tuple(names),
                 downloads=(Download(
                     file="cifar-100-binary.tar.gz", size=168_513_733,
                     digest="sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),),
                 mirrors=("https://www.cs.toronto.edu/~kriz/",), **options)


# The digests of MNIST and Fashion-MNIST are of the uncompressed files, those of CIFAR-10's Python version are the ones
# that torchvision checks, those of the archives the ones that TensorFlow Datasets checks. The contents are of lossless
# copies whose order is another; mean and deviation of each of their channels are to 15 digits those that are published.
_ALL = (
    _mnist("mnist", {
        "train-images-idx3-ubyte": "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }, title="MNIST", mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/",
                               "https://storage.googleapis.com/cvdf-datasets/mnist/")),
    _mnist("fashion-mnist", {
        "train-images-idx3-ubyte": "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }, title="Fashion-MNIST", mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                                       "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"),
        class_names=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                     "Ankle boot")),
    Known(title="CIFAR-10", places=(Cifar(path="cifar-10-batches-bin"), CifarPython(path="cifar-10-batches-py")),
          images={"train": 50_000, "test": 10_000}, class_names=CIFAR_CLASSES, digests={
              "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
              "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
              "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
              "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
              "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
              "test_batch": "md5:40351d587109b95175f43aff81a1287e",
          }, contents={
              "train": "sha256:55a61f79a40ece2ceda9fb5f9f7078f6ea2fc4952489cef56682bcf92cfcc260",
              "test": "sha256:325704b01eb92e1e2a6215ae6a916bb7db7de054af0c496be1c7be2e0fcfbf5f",
          }, downloads=(Download(
              file="cifar-10-binary.tar.gz", size=170_052_171,
              digest="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),),
          mirrors=("https://www.cs.toronto.edu/~kriz/",)),
    _cifar_100("fine", FINE, title="CIFAR-100", contents={
        "train": "sha256:6d2a03c47c105e4c34d3a2ff16c2803e8df0e5d6fa0c631e46663a327aeac573",
        "test": "sha256:381b7d98ce1e9b98232a8df0db0a22992654c39ff2433270656ab8ace5a45e65"}),
    _cifar_100("coarse", COARSE, title="CIFAR-100-coarse"),
)
KNOWN: Mapping[str, Known] = {known.name: known for known in _ALL}
