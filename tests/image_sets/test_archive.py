import gzip
import lzma
import tarfile
import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest

from image_sets.archive import Archive, members
from tests.helpers.image_sets import noise, png, tree_members, write_archive
from tests.helpers.refusals import refused

SET = Archive(path="zoo.tar.xz", colour="rgb")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "image_sets"


@pytest.fixture
def folder(tmp_path):
    write_archive(tmp_path / "zoo.tar.xz", tree_members(4, 2))
    return tmp_path


def due(count):
    return sorted(noise(5, 5, 3, seed=index).transpose(2, 0, 1).tobytes() for index in range(count) for _ in "cd")


@pytest.mark.parametrize("mode", ["w:xz", "w:gz"])
def test_images_of_both_splits(tmp_path, mode):
    write_archive(tmp_path / "zoo.tar.xz", tree_members(4, 2), mode)
    for split, count in (("train", 4), ("test", 2)):
        found = SET.read(tmp_path, split)
        assert sorted(image.tobytes() for image in found.pixels) == due(count)
        assert np.bincount(found.labels).tolist() == [count, count]
        assert found.class_names == ("cat", "dog")


def test_classes_are_numbered_by_name_in_whatever_order_they_come(folder):
    found = SET.read(folder, "train")
    write_archive(folder / "zoo.tar.xz", dict(reversed(tree_members(4, 2).items())))
    again = SET.read(folder, "train")
    assert found.class_names == again.class_names == ("cat", "dog")
    assert (found.pixels == again.pixels).all()
    assert (found.labels == again.labels).all()


def test_an_archive_of_classes_is_split(tmp_path):
    content = {name.removeprefix("train/"): data for name, data in tree_members(10, 0).items()}
    write_archive(tmp_path / "zoo.tar.xz", content)
    assert [len(SET.read(tmp_path, split).labels) for split in ("train", "test")] == [16, 4]


def test_the_second_time_it_comes_from_the_cache(folder, monkeypatch):
    first = SET.read(folder, "train")
    monkeypatch.setattr("image_sets.archive.members", lambda *_: pytest.fail("it was read again"))
    second = SET.read(folder, "train")
    assert (first.pixels == second.pixels).all()
    assert (first.labels == second.labels).all()
    assert first.class_names == second.class_names


def test_the_cache_is_of_the_content_and_the_options(folder, cache):
    SET.read(folder, "test")
    Archive(path="zoo.tar.xz", colour="grey").read(folder, "test")
    write_archive(folder / "zoo.tar.xz", tree_members(3, 2))
    assert len(SET.read(folder, "train").labels) == 6
    assert len(list(cache.iterdir())) == 3


def test_the_cache_is_filled_whole_or_not_at_all(folder, cache, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr("image_sets.archive._keep", broken)
        with pytest.raises(KeyboardInterrupt):
            SET.read(folder, "test")
    assert not list(cache.iterdir())
    assert len(SET.read(folder, "test").labels) == 4


def test_a_damaged_cache_is_named(folder, cache):
    SET.read(folder, "test")
    (path,) = cache.glob("*/test.npz")
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"^{path.parent}: cache must be whole; remove this folder, it is made again"):
        SET.read(folder, "test")


def unread(folder, message):
    with refused(rf"^{folder}/zoo\.tar\.xz: {message}"):
        SET.read(folder, "train")
    assert not list(folder.glob("cache/image_sets/*"))


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:len(data) // 2], lambda data: data[:9],
                                    lambda data: data[:99] + bytes([data[99] ^ 1]) + data[100:]])
@pytest.mark.parametrize("mode", ["w:xz", "w:gz"])
def test_a_damaged_archive(tmp_path, mode, damage):
    path = write_archive(tmp_path / "zoo.tar.xz", tree_members(4, 2), mode)
    path.write_bytes(damage(path.read_bytes()))
    unread(tmp_path, "archive must be whole, but: .*; fetch it again")


def test_what_is_no_archive(tmp_path):
    (tmp_path / "zoo.tar.xz").write_bytes(b"PK\3\4 and so on")
    unread(tmp_path, r"archive must be \.tar\.xz or \.tar\.gz, not a ZIP archive .*; unpack it into a folder")


def member(kind, **options):
    info = tarfile.TarInfo("train/cat/link.png")
    info.type = kind
    for name, value in options.items():
        setattr(info, name, value)
    return info


@pytest.mark.parametrize("info", [
    member(tarfile.SYMTYPE, linkname="/etc/passwd"), member(tarfile.LNKTYPE, linkname="x"), member(tarfile.CHRTYPE),
    member(tarfile.FIFOTYPE)])
def test_links_and_devices_are_refused(tmp_path, info):
    write_archive(tmp_path / "zoo.tar.xz", tree_members(2, 2), extra=[info])
    unread(tmp_path, "archive must hold files and folders alone, not the link or device 'train/cat/link.png'")


@pytest.mark.parametrize("name", ["/train/cat/x.png", "../train/cat/x.png", "train/../../x.png", "a/train/cat/x.png"])
def test_names_that_lead_elsewhere(tmp_path, name):
    write_archive(tmp_path / "zoo.tar.xz", tree_members(2, 2) | {name: png(noise(5, 5, 3))})
    unread(tmp_path, "images must lie as CLASS/NAME, or as train/CLASS/NAME and test/CLASS/NAME, not as ")
    assert {path.name for path in tmp_path.iterdir()} == {"zoo.tar.xz", "cache"}


@pytest.mark.parametrize("around", ["zoo", "./zoo", "Pictures"])
def test_a_folder_around_all_that_is_in_it(folder, around):
    """As `tar czf zoo.tar.gz zoo` makes it."""
    due = SET.read(folder, "train")
    write_archive(folder / "zoo.tar.xz", {f"{around}/{name}": data for name, data in tree_members(4, 2).items()})
    found = SET.read(folder, "train")
    assert (found.pixels == due.pixels).all()
    assert found.class_names == due.class_names


def test_what_is_hidden_is_passed_over(folder):
    due = SET.read(folder, "train")
    hidden = [".git/cat/x.png", "train/.trash/x.png", "__MACOSX/train/cat/._0.png", "train/cat/Thumbs.DB",
              "train/.DS_Store"]
    write_archive(folder / "zoo.tar.xz", tree_members(4, 2) | dict.fromkeys(hidden, b"x"))
    assert (SET.read(folder, "train").pixels == due.pixels).all()


def test_train_alone_is_no_folder_around(tmp_path):
    write_archive(tmp_path / "zoo.tar.xz", tree_members(4, 0))
    unread(tmp_path, "folder must hold one folder of images for each class, or train and test .*; found train")


def test_an_unreadable_image_is_named(tmp_path):
    for content, message in ((b"\x89PNG", "picture must be whole, but: the header of a PNG picture is damaged"),
                             (b"", "picture must be PNG, .*, not an empty file")):
        write_archive(tmp_path / "zoo.tar.xz", tree_members(2, 2) | {"train/cat/x.png": content})
        with refused(rf"^zoo\.tar\.xz/train/cat/x\.png: {message}"):
            SET.read(tmp_path, "test")


@contextmanager
def little_memory():
    """8 MiB are the window of the decompressor."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compress", [lzma.compress, gzip.compress])
def test_a_bomb_takes_little_memory(tmp_path, compress):
    """32 MiB of zeros in some kilobytes, behind a header that announces them."""
    info = tarfile.TarInfo("train/cat/x.png")
    info.size = 2**25
    path = tmp_path / "zoo.tar.xz"
    path.write_bytes(compress(info.tobuf() + bytes(info.size)))
    message = "at most 1,048,576 bytes, not 33,554,432 of 'train/cat/x.png'"
    with little_memory(), pytest.raises(ValueError, match=message):
        list(members(path, 2**20))


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.DIRTYPE])
def test_a_bomb_in_what_describes_a_file(tmp_path, kind):
    info = member(kind, size=2**25)
    path = tmp_path / "zoo.tar.xz"
    path.write_bytes(lzma.compress(info.tobuf() + bytes(info.size)))
    with little_memory(), pytest.raises(ValueError, match="archive must hold at most 1,048,576 bytes"):
        list(members(path, 2**20))


def test_zeros_behind_the_end_are_not_read_for_ever(tmp_path):
    path = write_archive(tmp_path / "zoo.tar.xz", {})
    path.write_bytes(lzma.compress(lzma.decompress(path.read_bytes()) + bytes(2**21)))
    with pytest.raises(ValueError, match="archive must hold at most 1,048,576 bytes"):
        list(members(path, 2**20))
