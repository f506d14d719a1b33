"""The bitstreams in the repository; `make bitstreams` remakes them."""

import json
import shutil

import pytest

from bitstreams import shipped
from hw.bitstream import bridges, folder
from quant.failure import Failure
from verify.builds import reference

TOOLS = {"yosys": "1", "nextpnr-ice40": "2"}


def test_just_these_builds_are_shipped():
    found = {(path.parent.parent.name, path.parent.name) for path in shipped.HERE.glob(f"*/*/{folder.MANIFEST}")}
    assert found == {(build.board, name) for name, build in shipped.BUILDS}


every_build = pytest.mark.parametrize(("name", "build"), shipped.BUILDS, ids=[
    f"{name}-{build.board}" for name, build in shipped.BUILDS])


@every_build
def test_shipped_files_are_those_of_their_manifest(name, build):
    shipped.check(build.plan(name))


@every_build
def test_the_report_is_of_the_build(name, build):
    job = build.plan(name)
    record = json.loads((shipped.place(job) / shipped.REPORT).read_text())
    assert (record["network"], record["board"], record["seed"]) == (name, job.board, job.seed)
    assert record["baud"] == bridges.highest(job.board, record["clock_mhz"] * 1e6)
    assert record["bitstream_sha256"] == folder.sha256(shipped.place(job) / job.bitstream)


@pytest.mark.parametrize("name", ["top.bin", shipped.REPORT])
def test_a_changed_file_is_found(tmp_path, monkeypatch, name):
    job = reference("mnist-up5k")
    copy = tmp_path / job.board / job.name
    shutil.copytree(shipped.place(job), copy)
    monkeypatch.setattr(shipped, "HERE", tmp_path)
    content = (copy / name).read_bytes()
    seed = (b'"seed": ', b'"seed": 1')
    (copy / name).write_bytes(content.replace(*seed) if name == shipped.REPORT else content[:-1] + b"\1")
    with pytest.raises(Failure, match=f"must be remade: {name} changed; run make bitstreams UPDATE=1$"):
        shipped.check(job)


def test_differences_name_tools_and_files():
    old = {"tools": TOOLS, "files": {"top.bin": "a" * 64, "top.v": "b" * 64}}
    new = {"tools": TOOLS | {"yosys": "3"}, "files": {"top.bin": "c" * 64, "top.v": "b" * 64}}
    assert shipped.differences(old, old) == []
    assert shipped.differences(old, new) == ["version of yosys is 3, not 1",
                                             "file top.bin is cccccccccccccccc, not aaaaaaaaaaaaaaaa"]
