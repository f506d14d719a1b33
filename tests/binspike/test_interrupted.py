"""Commands that are interrupted, terminated or killed at any moment leave what was there before, or what they make."""

import gc
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from binspike import cli
from hw import build, emit
from hw.bitstream import flow, folder, report, toolchain
from hw.build_report import details
from quant import Network
from quant.files import artefact, vectors
from quant.files.artefact import Provenance
from quant.files.scratch import SUFFIX
from sim.vectors import vectors as predicted
from tests.helpers.builds import FOLD, NETWORK
from tests.helpers.builds import network as network  # noqa: PLC0414
from tests.helpers.interrupted import calls, interrupted
from tests.helpers.training.recipes import tiny
from train_binary.run import checkpoint
from train_binary.run.trainer import Trainer

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
TIMES = 6  # that a command is stopped by each
LEFT = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}


@pytest.fixture
def quick_tools(monkeypatch):
    """Tools that write what the real ones write, in some milliseconds, each in a process of its own."""
    script = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text('half'); p.write_text('whole')"

    def run(tool, arguments, path):
        product = {"yosys": "top.json", "icepack": "top.bin"}.get(tool, "top.asc")
        subprocess.run([sys.executable, "-S", "-c", script, product], cwd=path, check=True)
        return 0, ""
    monkeypatch.setattr(toolchain, "run", run)
    monkeypatch.setattr(toolchain, "versions", lambda tools: {"yosys": "0"})
    monkeypatch.setattr(report, "implementation", lambda *_: None)
    monkeypatch.setattr(build, "_record", lambda *_: {"bitstream": "top.bin"})
    monkeypatch.setattr(details, "read", lambda *_: SimpleNamespace(fields={}, placement=None))
    monkeypatch.setattr(build, "page", lambda *_: "")
    monkeypatch.setattr(report, "rows", lambda record: [])
    monkeypatch.setattr(emit, "to_verilog", lambda *_: "module\n" * 10_000)
    monkeypatch.setattr(emit, "to_rtlil", lambda *_: "module\n" * 10_000)
    monkeypatch.setattr("amaranth._unused.MustUse._MustUse__silence", True)  # designs are planned once only
    plans, plan = [], flow.plan
    monkeypatch.setattr(flow, "plan", lambda *a, **k: plans[0] if plans else plans.append(plan(*a, **k)) or plans[0])
    yield
    gc.collect()  # the designs, while nothing is said of them


def commands(network, out):
    return {"build": lambda: cli.main(["build", "--network", str(network), "--board", "icebreaker", "--fold", FOLD,
                                       "--clock", "oscillator", "--out", str(out)]),
            "emit": lambda: cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out)])}


@pytest.mark.parametrize("verb", ["build", "emit"])
def test_a_command_that_is_stopped(verb, network, tmp_path, quick_tools):
    """The old output stays whole at any moment, and a kill leaves no more than the next run clears."""
    out = tmp_path / "outputs" / "out"
    command = commands(network, out)[verb]
    assert command() == 0
    whole, old = calls(command), (out / folder.MANIFEST).read_bytes()
    rng, stopped = random.Random(1), 0
    for number in SIGNALS:
        for _ in range(TIMES):
            status = interrupted(command, number, rng.randint(1, whole))
            assert status in (0, LEFT[number], -signal.SIGTERM)  # 0: after its end; the last: before it begins
            stopped += status != 0
            names = {path.name for path in out.parent.iterdir()} - {"out"}
            assert all(name.startswith(".out.") and name.endswith(SUFFIX) for name in names)
            assert not names or number == signal.SIGKILL
            assert folder.is_whole(out)
            assert (out / folder.MANIFEST).read_bytes() == old
    assert stopped > 5 * TIMES // 2
    assert command() == 0
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def writers(tmp_path):
    """Functions by kind, each of which writes the file in one of two versions."""
    trainer = Trainer(tiny())
    networks = [Network(input_shape=(1, 2, 3), steps=steps, layers=NETWORK.layers) for steps in (4, 5)]
    pixels = np.zeros((2, 1, 2, 3), np.uint8)
    return {
        "artefact": lambda path, at: artefact.save(networks[at], path, provenance=Provenance()),
        "vectors": lambda path, at: vectors.save(predicted(networks[at], pixels), path, network=networks[at]),
        "checkpoint": lambda path, at: checkpoint.save(path, trainer.recipe, at, trainer.model, trainer.optimiser,
                                                       trainer.generator)}


@pytest.mark.parametrize("kind", ["artefact", "vectors", "checkpoint"])
def test_a_file_whose_writer_is_killed_is_one_of_the_two(kind, tmp_path):
    write, path = writers(tmp_path)[kind], tmp_path / "files" / "file"
    path.parent.mkdir()
    whole = [(write(path, at), path.read_bytes())[1] for at in (0, 1)]
    assert whole[0] != whole[1]

    def over_and_over():
        while True:
            write(path, 0)
            write(path, 1)
    rng, most = random.Random(2), 2 * calls(lambda: write(path, 0))
    for _ in range(15):
        assert interrupted(over_and_over, signal.SIGKILL, rng.randint(1, most)) == -signal.SIGKILL
        assert path.read_bytes() in whole
    write(path, 0)
    assert [each.name for each in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("verb", ["build", "emit"])
def test_a_full_disk_is_one_line_and_leaves_the_old_output(verb, network, tmp_path, quick_tools, capsys):
    """A limit on the size of files fails a write half way, as a full disk does."""
    out = tmp_path / "outputs" / "out"
    command = commands(network, out)[verb]
    assert command() == 0
    old = (out / folder.MANIFEST).read_bytes()
    capsys.readouterr()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        status = command()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert status == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("binspike: ")
    assert folder.is_whole(out)
    assert (out / folder.MANIFEST).read_bytes() == old
    assert [path.name for path in out.parent.iterdir() if path.suffix != ".log"] == ["out"]


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_by_the_real_tools_that_is_stopped(number, network, tmp_path):
    out = tmp_path / "builds" / "out"
    process = subprocess.Popen([sys.executable, "-m", "hw.build", "--network", network, "--board", "icebreaker",
                                "--fold", FOLD, "--out", out], stderr=subprocess.PIPE, text=True,
                               preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL))
    for line in process.stderr:
        if line == "place and route ...\n":
            process.send_signal(number)
            break
    process.stderr.close()
    assert process.wait() == LEFT[number]
    names = [path.name for path in out.parent.iterdir()]
    assert len(names) == (number == signal.SIGKILL)
    assert any(alone(out) for _ in range(600))


def alone(out):
    """True if the next run clears all else away; the tool of a killed process may live on and write for a while."""
    with folder.replacing(out) as made:
        cleared = [path.name for path in out.parent.iterdir()] == [made.parent.name]
    shutil.rmtree(out)
    time.sleep(0 if cleared else 1)
    return cleared
