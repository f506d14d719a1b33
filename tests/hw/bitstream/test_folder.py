import json
import os
import re

import pytest

from hw.bitstream import folder


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


def other_manifest(path):
    path.mkdir()
    (path / "manifest.json").write_text('{"name": "an extension", "manifest_version": 3}')


def damaged(**changes):
    def make(path):
        build(path)
        folder.write_json(path / "manifest.json", json.loads((path / "manifest.json").read_text()) | changes)
    return make


@pytest.mark.parametrize("make", [
    lambda path: path.touch(), lambda path: path.joinpath("x").mkdir(parents=True), lambda path: path.symlink_to("no"),
    lambda path: path.symlink_to("out"), other_manifest, damaged(format="other"), damaged(version=2), damaged(extra=1),
    damaged(files=["top.bin"]), damaged(files={"../top.bin": ""}), damaged(files={"top.bin": 3}),
    damaged(tools={"yosys": None})])
def test_a_build_may_not_replace_anything_else(tmp_path, make):
    make(tmp_path / "out")
    with pytest.raises(ValueError, match=re.escape(f"out must be a new folder or one that holds a build, not "
                                                   f"'{tmp_path / 'out'}'; give another by --out")):
        folder.check(tmp_path / "out")


@pytest.mark.parametrize("name", ["file/out", "file/deep/out"])
def test_a_build_may_not_go_below_a_file(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"^out must lie in a folder, not in '.*/file'; give another by --out$"):
        folder.check(tmp_path / name)


@pytest.mark.parametrize(("change", "whole"), [
    (lambda out: None, True), (lambda out: (out / "stray").touch(), True),
    (lambda out: (out / "top.bin").write_text("nev"), False), (lambda out: (out / "top.bin").unlink(), False),
    (lambda out: ((out / "top.bin").unlink(), os.mkfifo(out / "top.bin")), False),
    (lambda out: (out / "manifest.json").unlink(), False)])
def test_a_build_is_whole_if_every_file_has_its_digest(tmp_path, change, whole):
    build(tmp_path / "out")
    change(tmp_path / "out")
    assert folder.is_whole(tmp_path / "out") == whole


@pytest.mark.parametrize(("content", "message"), [
    ("{", "must be a JSON file: Expecting"),
    ("[]", r"must hold a JSON object, not \[\]"), ("[" * 10**5, "must be a JSON"),
    (" " * 2**20 + "{}", "must be a JSON file: file must have at most 1048576 bytes, not 1048578"),
    ("\xff", "must be a")])
def test_a_file_that_is_no_json_object(tmp_path, content, message):
    (tmp_path / "x.json").write_text(content, encoding="latin1")
    with pytest.raises(ValueError, match=f"^{re.escape(str(tmp_path))}/x.json {message}"):
        folder.read_json(tmp_path / "x.json")


def test_keep_removes_the_rest(tmp_path):
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    (tmp_path / "c" / "d").mkdir(parents=True)
    folder.keep(tmp_path, {"a", "z"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_default_folder_names_board_and_network():
    assert folder.default("icebreaker", "0123456789abcdef" * 4).parts == ("build", "icebreaker", "0123456789abcdef")
