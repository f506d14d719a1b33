import json
import re

import pytest

from hw import folder


def build(out, content="new"):
    with folder.replacing(out) as scratch:
        (scratch / "top.bin").write_text(content)
        (scratch / folder.LOG).write_text("seconds\n")
        folder.write_manifest(scratch, {"yosys": "0.70"})


def break_off(out, file, error):
    with folder.replacing(out) as scratch:
        (scratch / file).write_text("half")
        raise error


def test_a_build_lands_whole(tmp_path):
    build(tmp_path / "deep" / "out")
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["deep/out/build.log", "deep/out/manifest.json", "deep/out/top.bin"]


def test_a_build_replaces_an_older_one(tmp_path):
    build(tmp_path / "out", "old")
    (tmp_path / "out" / "stray").touch()
    build(tmp_path / "out", "new")
    assert (tmp_path / "out" / "top.bin").read_text() == "new"
    assert not (tmp_path / "out" / "stray").exists()


@pytest.mark.parametrize(("error", "file"), [(RuntimeError, "top.bin"), (KeyboardInterrupt, folder.LOG)])
def test_a_build_that_breaks_off_leaves_the_old_one(tmp_path, error, file):
    build(tmp_path / "out", "old")
    with pytest.raises(error):
        break_off(tmp_path / "out", file, error)
    assert (tmp_path / "out" / "top.bin").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failed_build_leaves_its_log_only(tmp_path):
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "out", folder.LOG, RuntimeError)
    assert [path.name for path in tmp_path.iterdir()] == ["out.failed.log"]
    assert folder.failed_log(tmp_path / "out").read_text() == "half"


def test_a_build_removes_the_log_of_a_failed_one(tmp_path):
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "out", folder.LOG, RuntimeError)
    build(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_manifest_has_the_digest_of_all_but_the_log(tmp_path):
    build(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == {
        "format": "binspike build", "version": 1, "tools": {"yosys": "0.70"},
        "files": {"top.bin": "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"}}


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), build])
def test_a_build_may_go_to_a_new_folder_or_an_empty_one_or_a_build(tmp_path, make):
    make(tmp_path / "out")
    assert folder.check(tmp_path / "out") == tmp_path / "out"


@pytest.mark.parametrize("make", [lambda path: path.touch(), lambda path: path.joinpath("x").mkdir(parents=True)])
def test_a_build_may_not_replace_anything_else(tmp_path, make):
    make(tmp_path / "out")
    with pytest.raises(ValueError, match=re.escape(f"out must be a new folder or one that holds a build, not "
                                                   f"'{tmp_path / 'out'}'; give another by --out")):
        folder.check(tmp_path / "out")


def test_keep_removes_the_rest(tmp_path):
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    (tmp_path / "c" / "d").mkdir(parents=True)
    folder.keep(tmp_path, {"a", "z"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_default_folder_names_board_and_network():
    assert folder.default("icebreaker", "0123456789abcdef" * 4).parts == ("build", "icebreaker", "0123456789abcdef")
