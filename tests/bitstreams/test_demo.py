import json

import pytest

from bitstreams import demo
from hw.bitstream import folder, toolchain
from hw.build import Job
from quant.files import artefact, zoo

TOOLS = toolchain.wheels(["yosys", "nextpnr-ice40"])


@pytest.fixture(scope="module")
def job():
    return Job.plan(demo.NETWORK, demo.BOARD)


@pytest.fixture
def finished_build(job, tmp_path):
    """A folder that holds what a build leaves, with a bitstream of three bytes."""
    record = {"network_sha256": job.source.digest, "board": job.board, "folding": demo.text(job.folding),
              "seed": job.seed, "baud": job.baud, "clock_mhz": job.clock_hz / 1e6, "protocol": 2,
              "bitstream": "top.bin"}
    (tmp_path / "top.bin").write_bytes(b"bit")
    folder.write_json(tmp_path / "report.json", record)
    folder.write_manifest(tmp_path, TOOLS)
    return tmp_path


def test_the_network_is_shipped_with_its_vectors():
    assert demo.NETWORK in zoo.names()
    assert zoo.vectors_path(demo.NETWORK).exists()
    assert artefact.load(zoo.path(demo.NETWORK)).provenance.images == 10_000


def test_a_finished_build_is_found(job, finished_build):
    assert demo.finished(job, finished_build)["bitstream"] == "top.bin"


def test_no_build_is_none(job, tmp_path):
    assert demo.finished(job, tmp_path / "none") is None


def test_a_changed_bitstream_is_built_again(job, finished_build):
    (finished_build / "top.bin").write_bytes(b"bat")
    assert demo.finished(job, finished_build) is None


def test_a_lost_file_is_built_again(job, finished_build):
    (finished_build / "top.bin").unlink()
    assert demo.finished(job, finished_build) is None


@pytest.mark.parametrize("field", ["network_sha256", "board", "folding", "seed", "baud", "clock_mhz", "protocol"])
def test_a_build_of_something_else_is_built_again(job, finished_build, field):
    record = json.loads((finished_build / "report.json").read_text()) | {field: "other"}
    folder.write_json(finished_build / "report.json", record)
    folder.write_manifest(finished_build, TOOLS)
    assert demo.finished(job, finished_build) is None


@pytest.mark.parametrize("wheel", TOOLS)
def test_a_build_by_other_tools_is_built_again(job, finished_build, wheel):
    folder.write_manifest(finished_build, TOOLS | {wheel: "0.1"})
    assert demo.finished(job, finished_build) is None


def test_a_damaged_manifest_is_built_again(job, finished_build):
    (finished_build / folder.MANIFEST).write_text("{")
    assert demo.finished(job, finished_build) is None
