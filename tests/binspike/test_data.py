"""``binspike data`` on what people have: pictures of every kind, damaged files, and files that are something else."""

import gzip
import json
import lzma
import tarfile

import numpy as np
import pytest
from PIL import Image

from binspike import cli
from reports.image_grids import CLASSES, contact_sheet
from tests.helpers.image_sets import noise, png, tree_members, write_archive, write_binary, write_tree
from tests.helpers.refusals import refusal
from tests.helpers.training.recipes import write_data_set


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path.with_name("cache")))


@pytest.fixture
def photos(tmp_path):
    """Two classes of 10 pictures of noise, two of which are turned, two in colour, one animated."""
    folder = write_tree(tmp_path / "photos", {"cat": 5, "dog": 10}, size=(12, 8))
    exif = Image.Exif()
    exif[274] = 8
    for name in ("a", "b"):
        Image.fromarray(noise(9, 12)).save(folder / "cat" / f"{name}.JPG", exif=exif)
    for name in ("c", "d"):
        Image.fromarray(noise(9, 12, 3)).save(folder / "cat" / f"{name}.png")
    Image.new("L", (8, 12)).save(folder / "cat" / "d.gif", save_all=True, append_images=[Image.new("L", (8, 12), 9)])
    return folder


def check(capsys, *arguments):
    assert cli.main(["data", "check", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_what_will_be_done_to_the_pictures(photos, capsys):
    assert ("pictures   1 first of several frames, 2 turned by EXIF orientation, 2 colour to grey, 20 inverted, "
            "20 scaled, 20 margin of black\n") in check(capsys, photos, "--size", 9, "--invert")
    (found,) = json.loads(check(capsys, photos, "--size", 12, "--colour", "rgb", "--json"))
    assert found["changes"] == {"first of several frames": 1, "turned by EXIF orientation": 2, "grey to rgb": 17,
                                "margin of black": 20}


def test_of_an_archive_it_is_told_from_the_cache_too(tmp_path, capsys):
    path = write_archive(tmp_path / "zoo.tar.gz", tree_members(3, 2), "w:gz")
    for _ in range(2):
        assert "pictures   10 colour to grey\n" in check(capsys, path)


def test_arrays_are_no_pictures(tmp_path, capsys):
    assert "\npictures" not in check(capsys, write_binary(tmp_path / "batches"))


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_a_contact_sheet(photos, capsys, tmp_path, colour):
    sheet = tmp_path / "sheet.png"
    check(capsys, photos, "--size", 12, "--colour", colour, "--picture", sheet)
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"
        assert picture.width == 900
        assert (np.ptp(np.asarray(picture.convert("RGB")), axis=2).max() > 99) == (colour == "rgb")


def test_images_on_a_contact_sheet():
    examples = [noise(3, 1, 4, 5), noise(1, 1, 4, 5, seed=1)]
    (axis,) = contact_sheet(examples, ["cat", "dog"]).axes
    cells = axis.images[0].get_array()
    assert (cells[1:5, 7:12, 0] == examples[0][1, 0]).all()
    assert (cells[6:10, 1:6, 2] == examples[1][0, 0]).all()
    assert (cells[6:10, 7:12] == 255).all()
    assert [label.get_text() for label in axis.get_yticklabels()] == ["cat", "dog"]


def test_a_contact_sheet_of_many_classes():
    names = [str(number) for number in range(CLASSES + 1)]
    (axis,) = contact_sheet([noise(1, 3, 4, 4)] * len(names), names).axes
    assert len(axis.get_yticks()) == CLASSES
    assert f"the first {CLASSES} of {CLASSES + 1} classes" in axis.get_title("left") + axis.get_title()


def test_a_contact_sheet_is_of_one_data_set(tmp_path, photos, capsys):
    write_tree(tmp_path / "other", {"a": 2, "b": 2})
    error = refusal(capsys, "data", "check", tmp_path, "--picture", tmp_path / "sheet.png")
    assert f"{tmp_path}: must be one data set to draw, not a folder of 2; name one" in error
    error = refusal(capsys, "data", "check", photos, "--picture", tmp_path / "sheet.txt")
    assert error == "binspike: name of a picture must end in .png, not as sheet.txt; give sheet.png\n"
    assert "folder of the picture must exist" in refusal(capsys, "data", "check", photos, "--picture", "none/sheet.png")


def cut(path, size=60):
    path.write_bytes(path.read_bytes()[:size])


def cut_picture(folder):
    cut(write_tree(folder / "zoo", {"a": 4, "b": 4}) / "b" / "002.png")


def picture_of_nothing(folder):
    (write_tree(folder / "zoo", {"a": 4, "b": 4}) / "a" / "001.png").write_bytes(b"")


def picture_that_is_text(folder):
    (write_tree(folder / "zoo", {"a": 4, "b": 4}) / "a" / "001.png").write_text("<html>404</html>")


def cut_idx(folder):
    cut(write_data_set(folder) / "mnist" / "train-images-idx3-ubyte")


def cut_gzip(folder):
    path = write_data_set(folder) / "mnist" / "train-labels-idx1-ubyte.gz"
    cut(path, len(path.read_bytes()) - 5)


def gzip_bomb(folder):
    path = write_data_set(folder) / "mnist" / "train-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 127, 0, 0, 0]) + bytes(10**7)))


def missing_idx(folder):
    (write_data_set(folder) / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()


def cut_batch(folder):
    cut(write_binary(folder / "batches") / "data_batch_3.bin", 1000)


def cut_archive(folder):
    path = write_archive(folder / "zoo.tar.gz", tree_members(3, 2), "w:gz")
    cut(path, len(path.read_bytes()) // 2)


def archive_bomb(folder):
    info = tarfile.TarInfo("train/cat/0.png")
    info.size = 2**40
    (folder / "zoo.tar.xz").write_bytes(lzma.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(10_000)))


def picture_bomb(folder):
    bomb = png(np.zeros((4097, 4097), np.uint8))
    write_archive(folder / "zoo.tar.xz", tree_members(3, 2) | {"train/cat/bomb.png": bomb})


def zipped(folder):
    (folder / "zoo.zip").write_bytes(b"PK\3\4 and so on")


@pytest.mark.parametrize(("damage", "place", "message"), [
    (cut_picture, "zoo", "zoo/b/002.png: picture must be whole, but: "),
    (picture_of_nothing, "zoo", "zoo/a/001.png: picture must be PNG, JPEG, GIF, WebP, TIFF, BMP or PPM, not an empty"),
    (picture_that_is_text, "zoo", "zoo/a/001.png: picture must be PNG, JPEG, GIF, WebP, TIFF, BMP or PPM, not a text"),
    (cut_idx, "mnist", "train-images-idx3-ubyte: IDX content must be 3072 bytes for shape (48, 8, 8), not 44"),
    (cut_gzip, "mnist", "train-labels-idx1-ubyte.gz: file must be a whole gzip file, not a damaged one (it ends"),
    (gzip_bomb, "mnist", "train-labels-idx1-ubyte.gz: IDX extents must be at least 1 and at most 268435456 together"),
    (missing_idx, "mnist", "mnist must hold t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz; give the data set's"),
    (cut_batch, "batches", "data_batch_3.bin: file must be records of 3073 bytes, not 1000 bytes; fetch it again"),
    (cut_archive, "zoo.tar.gz", "zoo.tar.gz: archive must be whole, but: "),
    (archive_bomb, "zoo.tar.xz", "zoo.tar.xz: archive must hold at most 268,435,456 bytes, not 1,099,511,627,776 of "),
    (picture_bomb, "zoo.tar.xz", "train/cat/bomb.png: picture must have at most 16777216 pixels, not 4097 x 4097"),
    (zipped, "zoo.zip", "zoo.zip: archive must be .tar.xz or .tar.gz, not a ZIP archive")])
@pytest.mark.parametrize("whole", [False, True])
def test_damaged_files_are_one_line(damage, place, message, whole, tmp_path, capsys):
    """Also where the data set lies beside others in the folder that is checked."""
    damage(tmp_path)
    assert message in refusal(capsys, "data", "check", tmp_path if whole else tmp_path / place)


def test_a_list_reads_no_file(tmp_path, capsys):
    cut_idx(tmp_path)
    assert cli.main(["data", "list", "--data", str(tmp_path)]) == 0
    assert str(tmp_path / "mnist") in capsys.readouterr().out
    (tmp_path / "file").write_text("x")
    for name in ("file", "none"):
        assert "data folder must exist, not " in refusal(capsys, "data", "list", "--data", tmp_path / name)
