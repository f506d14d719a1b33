import hashlib
import os
import re

import numpy as np
import pytest

from image_sets.tree import Tree
from tests.helpers.image_sets import noise, png, write_tree
from tests.helpers.refusals import refused

COUNTS = {"cat": 10, "ant": 20, "bee": 5}


@pytest.fixture
def folder(tmp_path):
    write_tree(tmp_path / "zoo", COUNTS)
    return tmp_path


def read(folder, split="train", **options):
    return Tree(path="zoo", **options).read(folder, split)


def identity(found):
    """Class and number of each image, as its first pixels have them."""
    return [(int(label), int(pixels[0, 0, 0])) for label, pixels in zip(found.labels, found.pixels, strict=True)]


def test_classes_are_numbered_by_name(folder):
    found = read(folder)
    assert found.class_names == ("ant", "bee", "cat")
    assert (found.pixels[:, 0, 0, 1] == found.labels).all()
    assert found.pixels.shape == (28, 1, 4, 6)


def test_pixels_are_those_of_the_files(folder):
    found = read(folder)
    for label, number in identity(found):
        index = identity(found).index((label, number))
        assert (found.pixels[index, 0, 1:] == noise(4, 6, seed=number)[1:]).all()


def test_every_image_is_in_one_split(folder):
    both = identity(read(folder)) + identity(read(folder, "test"))
    assert sorted(both) == sorted((number, index) for number, name in enumerate(sorted(COUNTS))
                                  for index in range(COUNTS[name]))


@pytest.mark.parametrize(("test", "due"), [
    (0.2, [4, 1, 2]), (0.5, [10, 2, 5]), (0.001, [1, 1, 1]), (0.999, [19, 4, 9])])
def test_the_share_of_each_class_that_is_for_the_test(folder, test, due):
    assert np.bincount(read(folder, "test", test=test).labels).tolist() == due


def test_the_split_is_of_the_seed_and_the_names(folder):
    def rank(seed, number, index):
        return hashlib.sha256(f"{seed}/{sorted(COUNTS)[number]}/{index:03}.png".encode()).digest()
    for seed in (0, 1):
        due = [(number, index) for number, count in enumerate((20, 5, 10)) for index in sorted(
            range(count), key=lambda index, number=number: rank(seed, number, index))[:count // 5]]
        due.sort(key=lambda image: rank(seed, *image))
        assert identity(read(folder, "test", seed=seed)) == due


def test_the_first_images_are_of_all_classes(folder):
    assert set(read(folder).labels[:8].tolist()) == {0, 1, 2}


def test_train_and_test_folders(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3, "b": 2}, split="train")
    write_tree(tmp_path / "zoo", {"a": 1, "b": 4}, split="test")
    assert sorted(identity(read(tmp_path))) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert sorted(identity(read(tmp_path, "test"))) == [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)]


def test_pictures_are_scaled_to_the_size(folder):
    (folder / "zoo" / "ant" / "big.png").write_bytes(png(noise(40, 60)))
    assert read(folder, size=[8, 9]).pixels.shape == (29, 1, 8, 9)
    assert read(folder, size=7).pixels.shape == (29, 1, 7, 7)


def test_colour(folder):
    (folder / "zoo" / "ant" / "red.png").write_bytes(png(np.full((4, 6, 3), (200, 0, 0), np.uint8)))
    found = read(folder, colour="rgb", test=0.01)
    red = (found.pixels[:, 0] == 200).all((1, 2))
    assert found.pixels.shape[1] == 3
    assert (found.pixels[red, 1:] == 0).all()
    assert red.sum() == 1


def test_invert(folder):
    assert (read(folder, invert=True).pixels == 255 - read(folder).pixels).all()


def unread(folder, message, **options):
    with refused(message, (ValueError, TypeError)):
        read(folder, **options)


def test_images_of_several_sizes(folder):
    for name in ("a.png", "b.png"):
        (folder / "zoo" / "ant" / name).write_bytes(png(noise(5, 6)))
    unread(folder, r"\w+\.png: images must be of one size, 6 x [45] as the first, not 6 x [45]; or give a size")


def test_an_unreadable_image(folder):
    path = folder / "zoo" / "bee" / "000.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"zoo/bee/000\.png: picture must be whole, but: "):
        [read(folder, split) for split in ("train", "test")]


@pytest.mark.parametrize("name", ["notes.txt", "x.heic", "x", "x.png.exe"])
def test_what_is_no_picture(folder, name):
    (folder / "zoo" / "ant" / name).write_bytes(b"")
    unread(folder, rf"zoo: images must be PNG, JPEG, .*, ending in \.png, \.jpg, .*, not 'ant/{name}'; convert it")


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._000.png", "THUMBS.DB", "Icon\r"])
def test_what_file_managers_leave_is_passed_over(folder, name):
    before = identity(read(folder))
    (folder / "zoo" / "ant" / name).write_bytes(b"x")
    assert identity(read(folder)) == before


def test_a_picture_beside_the_classes(folder):
    (folder / "zoo" / "x.png").write_bytes(png(noise(4, 6)))
    unread(folder, "zoo: images must lie as CLASS/NAME, or as train/CLASS/NAME and test/CLASS/NAME, not as 'x.png'")


def test_folders_in_the_folder_of_a_class(folder):
    (folder / "zoo" / "ant" / "more" / "most").mkdir(parents=True)
    unread(folder, "folder of a class must hold images alone, not the folder 'ant/more/most'")
    (folder / "zoo" / "ant" / "more" / "most").rmdir()
    (folder / "zoo" / "ant" / "more" / "x.png").write_bytes(png(noise(4, 6)))
    unread(folder, "images must lie as CLASS/NAME, .*, not as 'ant/more/x.png'")


def test_an_empty_folder(tmp_path):
    (tmp_path / "zoo").mkdir()
    unread(tmp_path, "folder must hold one folder of images for each class, .*; found no image")


def test_a_class_without_images(folder):
    (folder / "zoo" / "dog").mkdir()
    unread(folder, "zoo: folder 'dog' must hold images; put some there, or remove it")
    (folder / "zoo" / "dog" / ".DS_Store").write_bytes(b"x")
    unread(folder, "zoo: folder 'dog' must hold images")


@pytest.mark.parametrize("name", [".git", "__MACOSX", ".ipynb_checkpoints"])
def test_hidden_folders_are_passed_over(folder, name):
    before = identity(read(folder))
    (folder / "zoo" / name / "more").mkdir(parents=True)
    (folder / "zoo" / name / "x").write_bytes(b"x")
    assert identity(read(folder)) == before


@pytest.mark.parametrize("ending", ["PNG", "Png", "JPG", "jpeg", "JPEG", "gif", "webp", "TIF", "tiff", "bmp", "pgm"])
def test_endings_of_names(folder, ending):
    (folder / "zoo" / "ant" / f"x.{ending}").write_bytes(png(noise(4, 6)))
    assert len(read(folder).labels) + len(read(folder, "test").labels) == 36


def test_one_class_is_none(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3})
    unread(tmp_path, "classes must be 2 to 256, each a folder with images, not 1, 'a'")


@pytest.mark.parametrize("name", ["日本", "Füße", "a b", "🐈", "x" * 64])
def test_names_of_classes(folder, name):
    (folder / "zoo" / "bee").rename(folder / "zoo" / name)
    assert set(read(folder).class_names) == {"ant", "cat", name}


@pytest.mark.parametrize("name", ["a\nb", "x" * 65, "\udcff"])
def test_names_that_a_class_may_not_have(folder, name):
    (folder / "zoo" / "bee").rename(folder / "zoo" / name)
    unread(folder, "zoo: names of classes must be 1 to 64 printable characters each, not ")


def test_two_spellings_of_an_accent_are_one_class(tmp_path):
    write_tree(tmp_path / "zoo", {"\u00e9": 3, "b": 2}, split="train")
    write_tree(tmp_path / "zoo", {"e\u0301": 3, "b": 2}, split="test")
    for split in ("train", "test"):
        found = read(tmp_path, split)
        assert found.class_names == ("b", "\u00e9")
        assert np.bincount(found.labels).tolist() == [2, 3]


def test_train_and_test_with_capitals(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3, "b": 2}, split="Train")
    write_tree(tmp_path / "zoo", {"a": 1, "b": 4}, split="TEST")
    assert Tree.holds(tmp_path / "zoo")
    assert [len(read(tmp_path, split).labels) for split in ("train", "test")] == [5, 5]


def test_changes_are_counted(folder):
    for index in range(3):
        (folder / "zoo" / "ant" / f"big{index}.png").write_bytes(png(noise(40, 60, 3)))
    train, test = (read(folder, split, size=(4, 6), invert=True).changes for split in ("train", "test"))
    assert {key: train[key] + test[key] for key in train | test} == {
        "colour to grey": 3, "inverted": 38, "scaled": 3}


def test_a_class_of_one_image(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3, "b": 1})
    unread(tmp_path, "class 'b' must have at least 2 images, one of them for the test")


def test_classes_that_differ_between_train_and_test(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3, "b": 2}, split="train")
    write_tree(tmp_path / "zoo", {"a": 1, "c": 4}, split="test")
    unread(tmp_path, "train and test must have the same classes, but one of them has no 'b'")


def test_train_without_test(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 3, "b": 2}, split="train")
    unread(tmp_path, "or train and test with one each; found train")


def test_a_link_out_of_the_folder(folder):
    (folder / "secret.png").write_bytes(png(noise(4, 6)))
    (folder / "zoo" / "ant" / "link.png").symlink_to(folder / "secret.png")
    unread(folder, r"zoo: ant/link\.png must lie in the folder, and not be a link out of it")


def test_a_folder_that_is_a_link_out(folder):
    write_tree(folder / "other", {"x": 2})
    (folder / "zoo" / "dog").symlink_to(folder / "other" / "x")
    unread(folder, r"zoo: dog/000\.png must lie in the folder, and not be a link out of it")


def test_a_link_that_stays_in_the_folder(folder):
    (folder / "zoo" / "ant" / "link.png").symlink_to(folder / "zoo" / "bee" / "000.png")
    assert len(read(folder).labels) + len(read(folder, "test").labels) == 36


def test_what_is_no_file_is_not_waited_for(folder):
    os.mkfifo(folder / "zoo" / "ant" / "pipe.png")
    unread(folder, r"zoo/ant/pipe\.png: must be a regular file", test=0.01)


@pytest.mark.parametrize(("options", "message"), [
    ({"size": 0}, r"size\[0\] must be in 1\.\.4096, not 0"), ({"size": [8, 5000]}, r"size\[1\] must be in 1\.\.4096"),
    ({"size": [8, 8, 8]}, r"size must be one number or height and width, not \(8, 8, 8\)"),
    ({"size": "8"}, "size must be a list of integers, not '8'"),
    ({"colour": "grau"}, "colour must be one of grey, rgb"),
    ({"test": 0.0}, "test must be a share between 0 and 1, not 0.0"), ({"test": 1}, "test must be a share"),
    ({"test": float("nan")}, "test must be a share"), ({"seed": -1}, r"seed must be in 0\.\."),
    ({"invert": 1}, "invert must be true or false, not 1"),
    ({"size": True}, r"size\[0\] must be an integer, not True")])
def test_wrong_options(tmp_path, options, message):
    unread(tmp_path, message, **options)


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../b", "", ".", "x" * 300, "a\nb"])
def test_paths_that_lead_out_of_the_data_folder(path):
    with pytest.raises(ValueError, match=re.escape("path must be relative to the data folder, without '..', not ")):
        Tree(path=path)


def test_too_many_pixels_take_no_memory(folder, monkeypatch):
    monkeypatch.setattr("image_sets.dataset.MAX_BYTES", 28 * 24 - 1)
    unread(folder, r"images must have at most 671 pixels together, not 28 of \(1, 4, 6\); give a smaller size")
