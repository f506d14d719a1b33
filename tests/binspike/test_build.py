import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from binspike import cli
from binspike.arguments import planned
from binspike.build import parser
from hw.bitstream import boards, flow, toolchain
from hw.bitstream.flow import BuildError
from hw.build import Job
from hw.build import build as make
from hw.cost.estimate import estimate
from hw.families import ICE40
from quant.dataflow.folding import folded
from quant.files import artefact, zoo
from tests.helpers.builds import COMPILED, FOLD, NETWORK, job, save
from tests.helpers.builds import network as network  # noqa: PLC0414
from tests.helpers.built import check_cores, check_page
from tests.helpers.refusals import refusal


@pytest.fixture
def no_tools(monkeypatch):
    """Fails the test if a tool is run."""
    def run(*_):
        raise AssertionError("a tool was run")
    monkeypatch.setattr(toolchain, "run", run)


def build(network, out, *more, board="icebreaker"):
    clock = () if any(option.startswith("--clock") for option in more) else ("--clock", "oscillator")  # one placement
    return cli.main(["build", "--network", str(network), "--board", board, "--fold", FOLD, "--out", str(out), *clock,
                     *more])


@pytest.mark.parametrize(("arguments", "message"), [
    (["--board", "icebraker"], "board must be one of icebreaker, icebreakerbitsy, not 'icebraker'"),
    (["--board", "fomupvt"], "board must have a UART, which fomupvt has not"),
    (["--board", "absent:Mine"],
     "board absent:Mine must be a class of a module: ModuleNotFoundError: No module named 'absent'"),
    ([], "the following arguments are required: --board; see binspike build --help"),
    (["--board", "icebreaker", "--fold", "1,1"], "fold must be channels,synapses,ticks[,columns], not '1,1'"),
    (["--board", "icebreaker", "--fold", "1,1,1 1,1,1"],
     "folding must have one fold for each of 1 layers with weights, not 2"),
    (["--board", "icebreaker", "--fold", "2,1,1"],
     "fold of layer 0 (dense1): channels must be one of 1, 3, not 2"),
    (["--board", "icebreaker", "--fold", FOLD, "--target-fps", "3"],
     "argument --target-fps: not allowed with argument --fold; see binspike build --help"),
    (["--board", "icebreaker", "--target-fps", "0"],
     "argument --target-fps: must be a positive number, not '0'; see binspike build --help"),
    (["--board", "icebreaker", "--target-fps", "nan"],
     "argument --target-fps: must be a positive number, not 'nan'; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--baud", "6000000", "--clock", "oscillator"],
     "Baud rate must be in 1..3000000 for a clock of 12 MHz, not 6000000"),
    (["--board", "icebreaker", "--fold", FOLD, "--seed", "-1"], "seed must be in 0..2147483647, not -1"),
    (["--board", "icebreaker", "--fold", FOLD, "--seed", "x"],
     "argument --seed: invalid int value: 'x'; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock-divider", "0"], "clock divider must be in 1..1024, not 0"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock", "auto", "--clock-divider", "2"],
     "argument --clock-divider: not allowed with argument --clock; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock", "0"],
     "argument --clock: must be auto, oscillator or MHz, not '0'; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock", "nan"],
     "argument --clock: must be auto, oscillator or MHz, not 'nan'; see binspike build --help"),
    (["--board", "icebreaker", "--fold", FOLD, "--clock", "0.5"],
     "clock must be at least 4 MHz for 1,000,000 baud, not 0.5 MHz; give a lower --baud"),
    (["--board", "nandlandgo", "--fold", FOLD, "--clock", "auto"],
     "clock must be oscillator: iCE40HX1K has no PLL in package VQ100"),
    (["--board", "icebreaker", "--fold", FOLD, "--seeds", "0"], "seeds must be in 1..64, not 0"),
])
def test_wrong_input_is_one_line(arguments, message, network, no_tools, capsys):
    assert refusal(capsys, "build", "--network", network, *arguments) == f"binspike: {message}\n"


def test_an_unknown_network_names_those_that_are_shipped(no_tools, capsys):
    assert refusal(capsys, "build", "--network", "nope", "--board", "icebreaker") == (
        f"binspike: network must be a file or one of {', '.join(zoo.names()) or '(none shipped)'}, not 'nope'\n")


def test_a_damaged_network_is_refused(network, no_tools, capsys):
    network.write_bytes(network.read_bytes()[:-1])
    assert refusal(capsys, "build", "--network", network, "--board", "icebreaker").startswith(f"binspike: {network}: ")


def test_a_folder_that_is_no_build_is_not_overwritten(network, no_tools, capsys):
    message = refusal(capsys, "build", "--network", network, "--board", "icebreaker", "--fold", FOLD, "--out",
                      network.parent)
    assert message == (f"binspike: out must be a new folder or one that holds a build, not '{network.parent}'; "
                       "give another by --out\n")


def test_vectors_of_another_network_are_refused(network, no_tools, capsys):
    vectors_file = network.with_name("tiny.vectors.safetensors")
    vectors_file.write_bytes(zoo.vectors_path("mnist-up5k").read_bytes())
    assert refusal(capsys, "build", "--network", network, "--board", "icebreaker").startswith(
        f"binspike: {vectors_file}: vectors must be of network ")


@pytest.mark.parametrize("missing", ["yosys", "icepack"])
def test_a_missing_tool_is_a_failure_before_any_is_run(missing, network, no_tools, tmp_path, monkeypatch, capsys):
    def locate(tool):
        if tool == missing:
            raise toolchain.ToolchainError(f"{tool} is missing")
    monkeypatch.setattr(toolchain, "locate", locate)
    status = build(network, tmp_path / "out")
    assert (status, capsys.readouterr().err.splitlines()[-1]) == (1, f"binspike: {missing} is missing")
    assert not (tmp_path / "out").exists()


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


def test_the_estimate_comes_first(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("stop")))
    build(network, tmp_path / "out")
    cycles = estimate(NETWORK, folded(NETWORK), ICE40).cycles_per_image
    assert capsys.readouterr().err.startswith(
        f"estimate for --fold \"{FOLD}\": {cycles:,} cycles an image, {12e6 / cycles:,.1f} images/s at 12 MHz, about ")


def test_a_network_without_vectors_says_how_to_make_them(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("stop")))
    build(network, tmp_path / "out")
    assert capsys.readouterr().err.splitlines()[1] == (
        f"no test vectors at {network.with_name('tiny.vectors.safetensors')}: the board will have no self-test; "
        f"binspike vectors --network {network} writes them")


def test_the_build_of_the_arguments_is_that_of_the_values(network):
    options = parser().parse_args(["--network", str(network), "--board", "icebreaker"])
    assert planned(options, seed=options.seed, baud=options.baud) == Job.plan(network, "icebreaker")
    options = parser().parse_args(["--network", str(network), "--board", "versaecp5", "--target-fps", "100000",
                                   "--clock-divider", "4", "--seed", "7", "--baud", "9600"])
    assert planned(options, seed=options.seed, baud=options.baud) == Job.plan(
        network, "versaecp5", fps=100_000, divider=4, seed=7, baud=9600)
    options = parser().parse_args(["--network", str(network), "--board", "ulx3s-85f", "--clock", "70.5",
                                   "--seeds", "3"])
    assert planned(options, seeds=options.seeds) == Job.plan(network, "ulx3s-85f", clock=70.5, seeds=3)


def test_the_clock_that_is_asked_for_is_said(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("stop")))
    build(network, tmp_path / "out", "--clock", "36.7")
    assert capsys.readouterr().err.splitlines()[1] == (
        "clock: 36 MHz, the highest up to 36.7; PLL: oscillator, 12 MHz, / 1 * 48 / 16, VCO at 576 MHz")


def test_a_build_says_where_its_page_is(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hw.build.build", lambda job, out, progress: {"board": job.board})
    monkeypatch.setattr("hw.bitstream.report.rows", lambda record: [("board", record["board"])])
    assert build(network, tmp_path / "out") == 0
    assert capsys.readouterr().out.splitlines() == [
        "board         icebreaker", f"build folder  {tmp_path}/out", f"report        {tmp_path}/out/report.html"]


def test_the_module_of_hw_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "hw.build", "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: binspike build ")


def digests(out):
    return json.loads((out / "manifest.json").read_text())["files"]


PRODUCTS = {"icebreaker": {"top.bin", "top.pcf"}, "ulx3s-85f": {"top.bit", "top.svf", "top.lpf"}}
COMMON = {"top.il", "top.v", "top.ys", "report.json", "report.html"}


def elsewhere(network, board, out, umask, **variables):
    """A build by a process of its own, in other surroundings, and what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1]), **COMPILED}
    out.parent.mkdir()
    command = [sys.executable, "-m", "binspike", "build", "--network", network, "--board", board, "--fold", FOLD,
               "--out", out, "--clock", "oscillator", "--json"]
    return subprocess.run(command, cwd=out.parent, env=environment | variables, umask=umask, check=True,
                          capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def built(request, tmp_path_factory):
    """Board, folder of its build in another locale, time zone and home, and what the command printed."""
    board, home = request.param, tmp_path_factory.mktemp("home")
    out = home / "else where" / "out"
    said = elsewhere(save(home / "tiny.safetensors"), board, out, 0o077, LC_ALL="tr_TR.UTF-8", TZ="Asia/Kathmandu",
                     HOME=str(home), PYTHONHASHSEED="7", SOURCE_DATE_EPOCH="1", AMARANTH_nextpnr_opts="--seed 9",
                     COLUMNS="40")
    return board, out, said


@pytest.mark.slow
@pytest.mark.parametrize("built", ["icebreaker", pytest.param("ulx3s-85f", marks=pytest.mark.long)], indirect=True)
def test_a_bitstream_with_its_report(built):
    board, out, said = built
    products = COMMON | PRODUCTS[board]
    record = json.loads(said)
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
    check_cores(record)
    check_page((out / record["page"]).read_text())


@pytest.mark.long
@pytest.mark.parametrize("built", PRODUCTS, indirect=True)
def test_the_same_inputs_give_the_same_bytes(network, tmp_path, built):
    """In any folder, locale, time zone and home, with any hashes, permissions and overrides; all but the log."""
    board, out, _ = built
    make(job(network, board), tmp_path / "here", print)
    names = {path.name for path in (tmp_path / "here").iterdir()}
    assert names == {path.name for path in out.iterdir()}
    for name in names - {"build.log"}:
        assert (tmp_path / "here" / name).read_bytes() == (out / name).read_bytes(), name
