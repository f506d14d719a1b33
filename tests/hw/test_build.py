import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from hw import build
from hw.bitstream import toolchain
from hw.bitstream.flow import BuildError
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded, text
from quant.files import artefact
from quant.files import vectors as vector_files
from quant.files.artefact import Provenance
from quant.serial_link.protocol import Identity
from sim.vectors import vectors

NETWORK = Network(input_shape=(1, 2, 3), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 6, [-1] * 6, [1, -1] * 3], neurons=SingleSpike(threshold=(3, 3, 2)))))
FOLD = text(folded(NETWORK))


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "tiny.safetensors"
    artefact.save(NETWORK, path, provenance=Provenance(data_set="MNIST", split="test", images=100, correct=91))
    return path


def job(network, board="icebreaker", **options):
    return build.Job(name="tiny", source=artefact.load(network), board=board, folding=folded(NETWORK), **options)


def test_a_build_that_fails_says_where_its_log_is(network, tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "run", lambda *_: (1, "ERROR: no luck\n"))
    out = tmp_path / "out"
    message = f"synthesis failed with status 1: ERROR: no luck; the log is {out}.failed.log"
    with pytest.raises(BuildError, match=f"^{re.escape(message)}$"):
        build.build(job(network), out, print)
    assert "no luck" in (tmp_path / "out.failed.log").read_text()
    assert not out.exists()


@pytest.mark.parametrize(("board", "divider", "mhz"), [("icebreaker", 1, 12), ("icepizero1-3", 1, 50),
                                                       ("versaecp5", 2, 50)])
def test_the_clock_is_divided_where_the_board_is_fast(network, board, divider, mhz):
    asked = build.Job.plan(network, board, fold=FOLD)
    assert (asked.divider, asked.clock_hz) == (divider, mhz * 1e6)


def test_a_rate_is_reached(network):
    asked = build.Job.plan(network, "icebreaker", fps=100_000)
    assert asked.clock_hz / asked.expected.cycles_per_image >= 100_000


def test_the_board_holds_the_vectors_beside_the_network(network):
    images = np.arange(12, dtype=np.uint8).reshape(2, 1, 2, 3)
    vector_files.save(vectors(NETWORK, images), network.with_name("tiny.vectors.safetensors"), network=NETWORK)
    asked = build.Job.plan(network, "icebreaker", fold=FOLD)
    contents = asked.contents
    assert [vector.pixels for vector in contents.stored] == [image.tobytes() for image in images]
    assert contents.identity == Identity(
        channels=1, height=2, width=3, classes=3, steps=4, slots=7, vectors=2, clock_hz=12_000_000, baud=1_000_000,
        initiation_interval=asked.expected.cycles_per_image, digest=bytes.fromhex(artefact.network_digest(NETWORK)),
        made_by=version("binspike"))


def elsewhere(network, board, out, umask, **variables):
    """A build by a process of its own, in other surroundings; the tools, once compiled, are found again."""
    cache = os.environ.get("YOWASP_CACHE_DIR", Path.home() / ".cache" / "YoWASP")
    environment = {**os.environ, "PYTHONPATH": str(Path(build.__file__).parents[1]), "YOWASP_CACHE_DIR": str(cache)}
    out.parent.mkdir()
    command = [sys.executable, "-m", "hw.build", "--network", network, "--board", board, "--fold", FOLD, "--out", out]
    subprocess.run(command, cwd=out.parent, env=environment | variables, umask=umask, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("board", ["icebreaker", "ulx3s-85f"])
def test_the_same_inputs_give_the_same_bytes(network, tmp_path, board):
    """In another folder, locale, time zone and home, with other hashes, permissions and overrides; all but the log."""
    build.build(job(network, board), tmp_path / "a", print)
    elsewhere(network, board, tmp_path / "else where" / "b", 0o077, LC_ALL="tr_TR.UTF-8", TZ="Asia/Kathmandu",
              HOME=str(tmp_path), PYTHONHASHSEED="7", SOURCE_DATE_EPOCH="1", AMARANTH_nextpnr_opts="--seed 9",
              COLUMNS="40")
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {path.name for path in (tmp_path / "else where" / "b").iterdir()}
    for name in names - {"build.log"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "else where" / "b" / name).read_bytes(), name


@pytest.mark.slow
def test_another_seed_gives_another_bitstream(network, tmp_path):
    first = build.build(job(network, seed=1), tmp_path / "a", print)
    second = build.build(job(network, seed=2), tmp_path / "b", print)
    assert first["bitstream_sha256"] != second["bitstream_sha256"]


@pytest.mark.slow
def test_a_divided_clock_is_routed_and_held(network, tmp_path):
    record = build.build(job(network, "versaecp5", divider=2), tmp_path / "out", print)
    assert record["clock_mhz"] == 50
    assert 50 < record["fmax_mhz"] < 400
