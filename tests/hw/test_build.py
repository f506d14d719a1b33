import re
from importlib.metadata import version

import numpy as np
import pytest

from hw import build
from hw.bitstream import toolchain
from hw.bitstream.flow import BuildError
from quant.files import artefact
from quant.files import vectors as vector_files
from quant.serial_link.protocol import Identity
from sim.vectors import vectors
from tests.helpers.builds import FOLD, NETWORK, job
from tests.helpers.builds import network as network  # noqa: PLC0414


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


@pytest.mark.long
def test_another_seed_gives_another_bitstream(network, tmp_path):
    first = build.build(job(network, seed=1), tmp_path / "a", print)
    second = build.build(job(network, seed=2), tmp_path / "b", print)
    assert first["bitstream_sha256"] != second["bitstream_sha256"]


@pytest.mark.long
def test_a_divided_clock_is_routed_and_held(network, tmp_path):
    record = build.build(job(network, "versaecp5", divider=2), tmp_path / "out", print)
    assert record["clock_mhz"] == 50
    assert 50 < record["fmax_mhz"] < 400
