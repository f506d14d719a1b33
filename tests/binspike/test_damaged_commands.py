"""Command lines that are wrong in every way: status 2 and one line, with nothing printed and nothing written."""

import contextlib
import importlib
import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binspike import cli
from hw import emit
from hw.bitstream import flow
from hw.bitstream.flow import BuildError
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow import folding
from quant.dataflow.lowering import stages
from quant.files import artefact
from quant.files.artefact import Provenance
from tests.helpers import damage
from tests.helpers.damage import altered, cases, clear, damaged, tally
from tests.helpers.networks import small

NET = "net.safetensors"
BASES = {  # of each verb: arguments that are right, and some at the end that keep it from doing anything long
    "zoo": ([["--json"]], []),
    "train": ([["--recipe", "mnist-up5k"], ["--out", "out"], ["--resume"]], ["--data", "nowhere"]),
    "simulate": ([["--network", NET], ["--split", "test"], ["--limit", "1"], ["--json"]], []),
    "report": ([[NET], ["--images", "1"], ["--out", "out"]], ["--json"]),
    "noise": ([["--network", NET], ["--images", "1"], ["--seed", "1"], ["--json"]], []),
    "estimate": ([["--network", NET], ["--board", "icebreaker"], ["--fold", "1,1,1"], ["--clock-divider", "1"]], []),
    "explore": ([["--network", NET], ["--board", "icebreaker"], ["--json"]], []),
    "emit": ([["--network", NET], ["--fold", "1,1,1"], ["--out", "out"]], []),
    "vectors": ([["--network", NET], ["--json"]], []),
    "import": ([["--ticks", "2"], ["--out", "out"], ["--input-shape", "1,4,4"], ["--pixel", "1"]], [NET]),
    "export": ([["--network", NET], ["--nir", "out"], ["--json"]], []),
    "netlist": ([["--board", "icebreaker"], ["--family", "ice40"]], ["--network", "absent"]),
    "verify": ([["--board", "icebreaker"], ["--images", "1"], ["--jobs", "1"]], ["--network", "absent"]),
    "build": ([["--network", NET], ["--board", "icebreaker"], ["--target-fps", "1"], ["--seed", "1"],
               ["--baud", "9600"], ["--out", "out"]], []),
    "flash": ([["--board", "icebreaker"]], ["--network", "absent"]),
    "infer": ([["--count", "1"], ["--timeout", "1"], ["--baud", "9600"], ["--limit", "1"]], ["--port", "absent"]),
}
VALUES = st.one_of(st.text(max_size=12), st.floats().map(str), st.integers().map(str), st.sampled_from([
    "", "-", "--", "-1", "0", "00", "nan", "inf", "-inf", "1e999", "1e-320", "5e-324", "9" * 5000, "0x10", "1_0", "٣",
    "\udcff\udcfe", "\n", "\0", "\x1b[31m", "x" * 5000, "@x", ".", "/", "/dev/null", "/dev/zero", "fifo", "loop", NET,
    "None", "true", "1,1,1", "1,1,1 1,1,1", ",,", "1,1", "0,0,0", "1e3,1,1", "--json", "-h1", "icebreaker"]))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The current folder: a network, small since builds of it are timed, and files that are none."""
    for late in ("train_binary.run.pipeline", "hw.build"):  # torch and Amaranth, whose import is not what is timed
        importlib.import_module(late)
    path = tmp_path_factory.mktemp("commands")
    network = Network(input_shape=(1, 4, 4), steps=2, layers=(
        Flatten(), Dense(weights=[[1] * 16] * 2, neurons=SingleSpike(threshold=(-10, 10)))))
    artefact.save(network, path / NET, provenance=Provenance(data_set="MNIST", split="test", images=100, correct=10))
    os.mkfifo(path / "fifo")
    (path / "loop").symlink_to("loop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        patch.delenv("BINSPIKE_DATA", raising=False)
        patch.setenv("BINSPIKE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(flow, "execute", lambda *_: (_ for _ in ()).throw(BuildError("no tool is run here")))
        patch.setattr(emit, "to_verilog", lambda core: "")
        patch.setattr(emit.toolchain, "versions", lambda tools: {})
        yield path


def listing(path):
    return sorted((str(each), each.lstat().st_size) for each in path.rglob("*"))


def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.main(arguments)
        except SystemExit as leaving:  # --help
            status = leaving.code
    return status, out.getvalue(), err.getvalue()


def refused_or_done(kind, arguments, place):
    """Status 0, or one line on standard error with status 1 or 2; wrong input prints and writes nothing."""
    before = listing(place)
    tally[kind, "made"] += 1
    with damage.bounded():
        status, out, err = run(arguments)
    tally[kind, "accepted" if status == 0 else "refused"] += 1
    assert status in (0, 1, 2)
    if status:
        assert err.splitlines()[-1:] == err.splitlines() or status == 1
        line = err.splitlines()[-1]
        clear(line)
        assert line.startswith("binspike: ")
        assert line.isprintable()
    if status == 2:
        assert out == ""
        assert listing(place) == before
    else:
        for each in place.iterdir():
            if each.name not in (NET, "fifo", "loop"):
                subprocess.run(["rm", "-rf", "--", each], check=True)
    return status


@st.composite
def command_lines(draw, verb):
    """Right arguments of a verb of which some were dropped, doubled, exchanged, renamed or given another value."""
    parts, last = BASES.get(verb, ([], ["--nonsense"]))
    parts = [list(part) for part in parts]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(parts) - 1)) if parts else 0
        match draw(st.sampled_from(["value"] * 4 + ["drop", "double", "unknown", "bare", "order"])):
            case "value" if parts and len(parts[at]) > 1:
                parts[at][1] = draw(VALUES)
            case "drop" if parts and parts[at][0] != "--network":  # without it: mnist-up5k, which takes seconds
                del parts[at]
            case "double" if parts:
                parts.append([parts[at][0], draw(VALUES)])
            case "unknown":
                parts.insert(at, [draw(st.sampled_from(["--nonsense", "-x", "--out=", "--help=1", "--"]))])
            case "order":
                parts = draw(st.permutations(parts))
            case _:
                parts.insert(at, [draw(VALUES)])
    return [verb, *(word for part in parts for word in part), *last]


@pytest.mark.parametrize("verb", cli.VERBS)
def test_command_lines(verb, place):
    @cases(0.015)
    @given(command_lines(verb))
    def attempt(arguments):
        if not {"-h", "--help"} & set(arguments):
            refused_or_done("command line", arguments, place)
    attempt()


@cases(0.01)
@given(st.lists(VALUES, max_size=3))
def test_verbs_that_are_none(place, arguments):
    if arguments and arguments[0] not in cli.VERBS:
        assert refused_or_done("command line", arguments, place) == 2


@pytest.mark.parametrize(("verb", "share"), [("estimate", 0.03), ("simulate", 0.01), ("build", 0.01), ("emit", 0.01)])
def test_damaged_networks(verb, share, place):
    arguments = [word for part in BASES[verb][0][1:] for word in part]
    valid = (place / NET).read_bytes()
    header, body = damage.opened(valid)

    @cases(share)
    @given(st.one_of(damaged(valid), altered(header).map(lambda changed: damage.framed(changed, body))))
    def attempt(data):
        if data != valid:
            Path("bad").write_bytes(data)
            assert refused_or_done("network by command", [verb, "--network", "bad", *arguments], place) == 2
    attempt()
    Path("bad").unlink(missing_ok=True)


NETWORK = small()
LAYERS = [stage for stage in stages(NETWORK) if hasattr(stage, "fan_in")]
FOLD = re.compile(r"[0-9]{1,9},[0-9]{1,9},[0-9]{1,9}(,[0-9]{1,9})?")
NUMBERS = st.one_of(st.integers(0, 9), st.sampled_from([24, -1, 10**9, 10**30])).map(str)
VALID = st.tuples(*[st.sampled_from(folding.fold_choices(stage)).map(str) for stage in LAYERS]).map(" ".join)
FOLDS = st.one_of(
    st.text(max_size=30), st.text(alphabet="0123456789, -+.e\t\n٣", max_size=30), VALID,
    VALID.map(lambda text: text.translate({ord("0") + digit: ord("٠") + digit for digit in range(10)})),
    st.lists(st.lists(NUMBERS, min_size=2, max_size=4).map(",".join), max_size=4).map(" ".join))


@cases(0.06)
@given(FOLDS)
def test_folds(text):
    """A folding that is taken has the form, fits the network, and is read from its own text again."""
    found = damage.judged("fold", lambda: folding.check(NETWORK, folding.parse(text)))
    if found is not damage.REFUSED:
        assert all(FOLD.fullmatch(part) for part in text.split())
        assert len(found) == len(LAYERS)
        assert all(stage.shape_out[0] % fold.channels == 0 for stage, fold in zip(LAYERS, found, strict=True))
        assert folding.parse(folding.text(found)) == found


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))


WRONG = [  # as a shell would give them: in processes of their own, with 2 GiB of memory
    [b"zoo", b"\xff\xfe"], [b"\xff"], [b"simulate", b"--network", b"\xff\xfe"], [b"simulate", b"--network", b"fifo"],
    [b"simulate", b"--network", b"/dev/zero"], [b"simulate", b"--network", b"terabytes"],
    [b"estimate", b"--board", b"\xff"], [b"estimate", b"--board", b"icebreaker", b"--target-fps", b"nan"],
    [b"explore", b"--board", b"icebreaker", b"--network", b"loop"],
    [b"emit", b"--network", NET.encode(), b"--fold", b"\xff", b"--out", b"out"],
    [b"emit", b"--network", NET.encode(), b"--fold", b"1,1,1", b"--out", b"\xff/fifo/x", b"--x"],
    [b"build", b"--board", b"icebreaker", b"--network", NET.encode(), b"--out", b"fifo"],
    [b"build", b"--board", b"icebreaker", b"--network", NET.encode(), b"--out", b"fifo/x"],
    [b"simulate", b"--network", NET.encode(), b"--data", b"bombs"]]


ALIKE = [WRONG[at] for at in (0, 6, 7, 9, 11, 12)]  # as others of these


@pytest.mark.parametrize(("arguments", "locale"), [
    *((each, "C.UTF-8") for each in WRONG if each not in ALIKE), (WRONG[2], "C"),
    *(pytest.param(each, "C.UTF-8", marks=pytest.mark.long) for each in ALIKE)])
def test_processes(arguments, locale, place):
    with (place / "terabytes").open("wb") as file:
        file.truncate(2**42)
    (place / "bombs" / "mnist").mkdir(parents=True, exist_ok=True)
    with (place / "bombs" / "mnist" / "t10k-images-idx3-ubyte").open("wb") as file:
        file.write(bytes([0, 0, 8, 3, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255]))
        file.truncate(2**42)
    before = listing(place)
    tally["process", "made"] += 1
    done = subprocess.run([sys.executable, "-m", "binspike", *arguments], cwd=place, capture_output=True, text=True,
                          timeout=600, preexec_fn=limited,
                          env={**os.environ, "LC_ALL": locale, "PYTHONPATH": str(Path(cli.__file__).parents[1])})
    tally["process", "refused"] += 1
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("binspike: ")
    assert listing(place) == before


HELP = """
import contextlib
import io
import json
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "numpy", "safetensors", "dask", "distributed", "PIL", "matplotlib"):
            raise ImportError(f"{name} is absent")
sys.meta_path.insert(0, Absent())
from binspike import cli
said = {}
for verb in cli.VERBS:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        cli.main([verb, "--help"])
    said[verb] = out.getvalue()
print(json.dumps(said))
"""


def test_help_needs_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert {verb: text.startswith(f"usage: binspike {verb}") for verb, text in said.items()} == dict.fromkeys(
        cli.VERBS, True)


