import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from hw import build
from hw.bitstream import boards, flow, toolchain
from hw.bitstream.flow import BuildError
from hw.cost.estimate import estimate
from hw.families import ICE40
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded, text
from quant.files import artefact, zoo
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


@pytest.fixture
def no_tools(monkeypatch):
    """Fails the test if a tool is run."""
    def run(*_):
        raise AssertionError("a tool was run")
    monkeypatch.setattr(toolchain, "run", run)


def refusal(arguments, capsys):
    status = build.main([str(argument) for argument in arguments])
    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    return output.err


@pytest.mark.parametrize(("arguments", "message"), [
    (["--board", "icebraker"], "board must be one of icebreaker, icebreakerbitsy, not 'icebraker'"),
    (["--board", "fomupvt"], "board must have a UART in amaranth-boards, which fomupvt has not"),
    ([], "the following arguments are required: --board; see binspike build --help"),
    (["--board", "icebreaker", "--fold", "1,1"], "fold must be channels,synapses,ticks, not '1,1'"),
    (["--board", "icebreaker", "--fold", "1,1,1 1,1,1"],
     "folding must have one fold for each of 1 layers with weights, not 2"),
    (["--board", "icebreaker", "--fold", "2,1,1"],
     "fold of layer 0 (dense1): channels must be one of 1, 3, not 2"),
    (["--board", "icebreaker", "--fold", FOLD, "--target-fps", "3"],
     "argument --target-fps: not allowed with argument --fold; see binspike build --help"),
    (["--board", "icebreaker", "--target-fps", "0"], "fps must be positive, not 0.0"),
    (["--board", "icebreaker", "--target-fps", "nan"], "fps must be positive, not nan"),
    (["--board", "icebreaker", "--fold", FOLD, "--baud", "3000000"],
     "Baud rate must be in 1..1500000 for a clock of 12 MHz, not 3000000"),
    (["--board", "icebreaker", "--fold", FOLD, "--seed", "-1"], "seed must be in 0..2147483647, not -1"),
    (["--board", "icebreaker", "--fold", FOLD, "--seed", "x"],
     "argument --seed: invalid int value: 'x'; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock-divider", "0"], "clock divider must be in 1..1024, not 0"),
])
def test_wrong_input_is_one_line(arguments, message, network, no_tools, capsys):
    assert refusal(["--network", network, *arguments], capsys) == f"binspike: {message}\n"


def test_an_unknown_network_names_those_that_are_shipped(no_tools, capsys):
    assert refusal(["--network", "nope", "--board", "icebreaker"], capsys) == (
        f"binspike: network must be a file or one of {', '.join(zoo.names()) or '(none shipped)'}, not 'nope'\n")


def test_a_damaged_network_is_refused(network, no_tools, capsys):
    network.write_bytes(network.read_bytes()[:-1])
    assert refusal(["--network", network, "--board", "icebreaker"], capsys).startswith(f"binspike: {network}: ")


def test_a_folder_that_is_no_build_is_not_overwritten(network, no_tools, capsys):
    message = refusal(["--network", network, "--board", "icebreaker", "--fold", FOLD, "--out", network.parent], capsys)
    assert message == (f"binspike: out must be a new folder or one that holds a build, not '{network.parent}'; "
                       "give another by --out\n")


def test_a_missing_tool_is_a_failure(network, tmp_path, monkeypatch, capsys):
    def locate(tool):
        raise toolchain.ToolchainError(f"{tool} is missing")
    monkeypatch.setattr(toolchain, "locate", locate)
    status = build.main(["--network", str(network), "--board", "icebreaker", "--fold", FOLD,
                         "--out", str(tmp_path / "out")])
    assert (status, capsys.readouterr().err.splitlines()[-1]) == (1, "binspike: yosys is missing")
    assert not (tmp_path / "out").exists()


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


@pytest.mark.slow
def test_a_build_that_is_terminated_leaves_nothing(network, tmp_path):
    folder = tmp_path / "builds"
    process = subprocess.Popen([sys.executable, "-m", "hw.build", "--network", network, "--board", "icebreaker",
                                "--fold", FOLD, "--out", folder / "out"], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line == "synthesis ...\n":
            process.terminate()
    assert process.wait() == 143
    process.stderr.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("board", "divider", "mhz"), [("icebreaker", 1, 12), ("icepizero1-3", 1, 50),
                                                       ("versaecp5", 2, 50)])
def test_the_clock_is_divided_where_the_board_is_fast(network, board, divider, mhz):
    options = build.parser().parse_args(["--network", str(network), "--board", board, "--fold", FOLD])
    asked = build.job(options)
    assert (asked.divider, asked.clock_hz) == (divider, mhz * 1e6)


def test_a_rate_is_reached(network):
    options = build.parser().parse_args(["--network", str(network), "--board", "icebreaker", "--target-fps", "100000"])
    asked = build.job(options)
    assert asked.clock_hz / asked.expected.cycles_per_image >= 100_000


def test_the_estimate_comes_first(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("stop")))
    build.main(["--network", str(network), "--board", "icebreaker", "--fold", FOLD, "--out", str(tmp_path / "out")])
    cycles = estimate(NETWORK, folded(NETWORK), ICE40).cycles_per_image
    assert capsys.readouterr().err.startswith(
        f"estimate for --fold \"{FOLD}\": {cycles:,} cycles an image, {12e6 / cycles:,.1f} images/s at 12 MHz, about ")


def test_a_network_without_vectors_says_how_to_make_them(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("stop")))
    build.main(["--network", str(network), "--board", "icebreaker", "--fold", FOLD, "--out", str(tmp_path / "out")])
    assert capsys.readouterr().err.splitlines()[1] == (
        f"no test vectors at {network.with_name('tiny.vectors.safetensors')}: the board will have no self-test; "
        f"python -m sim.vectors {network} writes them")


def test_the_board_holds_the_vectors_beside_the_network(network):
    images = np.arange(12, dtype=np.uint8).reshape(2, 1, 2, 3)
    vector_files.save(vectors(NETWORK, images), network.with_name("tiny.vectors.safetensors"), network=NETWORK)
    asked = build.job(build.parser().parse_args(["--network", str(network), "--board", "icebreaker", "--fold", FOLD]))
    contents = asked.contents
    assert [vector.pixels for vector in contents.stored] == [image.tobytes() for image in images]
    assert contents.identity == Identity(
        channels=1, height=2, width=3, classes=3, steps=4, slots=7, vectors=2, clock_hz=12_000_000, baud=1_000_000,
        initiation_interval=asked.expected.cycles_per_image, digest=bytes.fromhex(artefact.network_digest(NETWORK)),
        made_by=version("binspike"))


def test_vectors_of_another_network_are_refused(network, no_tools, capsys):
    vectors_file = network.with_name("tiny.vectors.safetensors")
    vectors_file.write_bytes(zoo.vectors_path("mnist-up5k").read_bytes())
    assert refusal(["--network", network, "--board", "icebreaker"], capsys).startswith(
        f"binspike: {vectors_file}: vectors must be of network ")


def digests(out):
    return json.loads((out / "manifest.json").read_text())["files"]


@pytest.mark.slow
@pytest.mark.parametrize(("board", "products"), [
    ("icebreaker", {"top.bin", "top.il", "top.v", "top.pcf", "top.ys", "report.json", "report.html"}),
    ("ulx3s-85f", {"top.bit", "top.svf", "top.il", "top.v", "top.lpf", "top.ys", "report.json", "report.html"})])
def test_a_bitstream_with_its_report(network, tmp_path, capsys, board, products):
    out = tmp_path / "out"
    status = build.main(["--network", str(network), "--board", board, "--fold", FOLD, "--out", str(out), "--json"])
    record = json.loads(capsys.readouterr().out)
    assert status == 0
    assert record == json.loads((out / "report.json").read_text())
    assert {path.name for path in out.iterdir()} == products | {"manifest.json", "build.log"}
    assert set(digests(out)) == products
    assert digests(out)[record["bitstream"]] == record["bitstream_sha256"] == hashlib.sha256(
        (out / record["bitstream"]).read_bytes()).hexdigest()
    expected = estimate(NETWORK, folded(NETWORK), ICE40)
    assert (record["accuracy"], record["ticks"], record["network_sha256"]) == (
        0.91, 4, artefact.network_digest(NETWORK))
    assert (record["cycles_per_image"], record["latency_cycles"]) == (
        expected.cycles_per_image, expected.latency_cycles)
    assert record["fmax_mhz"] > record["clock_mhz"] == boards.board(board).default_clk_frequency / 1e6
    assert record["images_per_second"] == round(record["clock_mhz"] * 1e6 / expected.cycles_per_image, 3)
    assert (record["luts_available"], record["block_rams_available"]) == (
        boards.capacity(boards.lookup(board)).luts, boards.capacity(boards.lookup(board)).block_rams)
    assert 0 < record["flip_flops"]
    assert 0 < record["luts"] < record["luts_available"]


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
