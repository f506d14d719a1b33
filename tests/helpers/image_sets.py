"""Small data sets on disk for the tests of `image_sets`: pictures, archives, batches."""

import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from image_sets.cifar import BATCHES


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def png(pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write_tree(root: Path, counts: dict[str, int], *, size=(4, 6), split="") -> Path:
    """Grey pictures ROOT/SPLIT/CLASS/NUMBER.png; the first pixel is the number, the second that of the class."""
    for number, (name, count) in enumerate(sorted(counts.items())):
        folder = root / split / name
        folder.mkdir(parents=True)
        for index in range(count):
            pixels = noise(*size, seed=index)
            pixels[0, :2] = index, number
            (folder / f"{index:03}.png").write_bytes(png(pixels))
    return root


def write_archive(path: Path, members: dict[str, bytes], mode="w:xz", extra=()) -> Path:
    """A tar archive of files, and of ``extra`` members as they are."""
    with tarfile.open(path, mode) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in extra:
            tar.addfile(info)
    return path


def tree_members(train: int, test: int, size=(5, 5, 3)) -> dict[str, bytes]:
    """Colour pictures of two classes, by their names in an archive."""
    return {f"{split}/{name}/{index}.png": png(noise(*size, seed=index))
            for split, count in (("train", train), ("test", test)) for name in ("cat", "dog") for index in range(count)}


def records(count: int, seed: int = 0):
    """Labels and rows of 3,072 pixels."""
    return noise(count, seed=seed) % 10, noise(count, 3072, seed=seed)


def write_binary(folder: Path, count: int = 3) -> Path:
    """CIFAR-10's binary version, of ``count`` images a batch."""
    folder.mkdir(parents=True)
    for seed, name in enumerate((*BATCHES["train"], *BATCHES["test"])):
        labels, rows = records(count, seed)
        (folder / f"{name}.bin").write_bytes(np.concatenate([labels[:, None], rows], 1).tobytes())
    return folder


def write_cifar_100(folder: Path, count: int = 3) -> Path:
    """CIFAR-100's binary version, of ``count`` images a split, whose labels are 0, 1 .. and 99, 98 .. (fine)."""
    folder.mkdir(parents=True)
    for seed, name in enumerate(("train", "test")):
        number = np.arange(count, dtype=np.uint8)
        labels = np.stack([number % 20, 99 - number], 1)
        (folder / f"{name}.bin").write_bytes(np.concatenate([labels, noise(count, 3072, seed=seed)], 1).tobytes())
    return folder


def python2_pickle(labels, rows, name="training batch 1 of 5") -> bytes:
    """Pickle of a batch as cPickle of Python 2 writes it, operation by operation: the form of the published files."""
    memo = iter(range(1, 2**16))

    def put():
        number = next(memo)
        return b"q" + bytes([number]) if number < 256 else b"r" + struct.pack("<I", number)

    def text(value):
        return b"U" + bytes([len(value)]) + value.encode() + put()

    def small(number):
        return b"K" + bytes([number]) if number < 256 else b"M" + struct.pack("<H", number)

    raw = np.asarray(rows, np.uint8).tobytes()
    array = (b"cnumpy.core.multiarray\n_reconstruct\n" + put() + b"cnumpy\nndarray\n" + put() + b"K\0\x85" + put()
             + b"U\1b" + put() + b"\x87" + put() + b"R" + put() + b"(K\1" + small(len(rows)) + small(3072) + b"\x86"
             + put() + b"cnumpy\ndtype\n" + put() + b"U\2u1" + put() + b"K\0K\1\x87" + put() + b"R" + put()
             + b"(K\3U\1|" + put() + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0t" + put() + b"b\x89T"
             + struct.pack("<I", len(raw)) + raw + put() + b"t" + put() + b"b")
    numbers = b"".join(small(int(label)) for label in labels)
    files = b"".join(text(f"image_{index}.png") for index in range(len(labels)))
    return (b"\x80\2}" + put() + b"(" + text("batch_label") + text(name) + text("labels") + b"]" + put() + b"("
            + numbers + b"e" + text("data") + array + text("filenames") + b"]" + put() + b"(" + files + b"eu.")


def write_python(folder: Path, count: int = 3, *, protocol: int | None = None) -> Path:
    """CIFAR-10's Python version: as published, or as this Python writes it in a protocol."""
    folder.mkdir(parents=True)
    for seed, name in enumerate((*BATCHES["train"], *BATCHES["test"])):
        labels, rows = records(count, seed)
        data = python2_pickle(labels, rows) if protocol is None else pickle.dumps(
            {b"labels": labels.tolist(), b"data": rows}, protocol)
        (folder / name).write_bytes(data)
    return folder
