import importlib
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from binspike import cli
from bitstreams import shipped
from quant import Dense, Flatten, Network, SingleSpike
from quant.files import artefact, samples, zoo
from quant.files.artefact import Provenance
from tests.helpers.refusals import refusal


@pytest.fixture
def network(tmp_path):
    """A network for MNIST that answers 0 whatever it sees."""
    path = tmp_path / "zero.safetensors"
    net = Network(input_shape=(1, 28, 28), steps=2, layers=(
        Flatten(), Dense(weights=[[1] * 784] * 2, neurons=SingleSpike(threshold=(-1000, 1000)))))
    artefact.save(net, path, provenance=Provenance(data_set="MNIST", split="test", images=100, correct=10))
    return path


ROOT = Path(__file__).parents[2]


def run(capsys, *arguments):
    status = cli.main([str(argument) for argument in arguments])
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_verb(capsys, arguments):
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert all(f"\n  {verb} " in out for verb in cli.VERBS)


def test_help_lists_verbs_in_groups_with_a_line_each(capsys):
    groups = run(capsys, "--help")[1].split("\n\n")[2:-1]
    assert [group.splitlines()[0] for group in groups] == [f"{title}:" for title in cli.GROUPS]
    assert [line.split()[0] for group in groups for line in group.splitlines()[1:]] == cli.VERBS
    assert all(len(line.split()) > 3 for group in groups for line in group.splitlines()[1:])


def test_every_verb_is_a_module_and_every_module_one_or_shared():
    modules = {path.stem for path in Path(cli.__file__).parent.glob("*.py")} - {"__init__", "__main__"}
    assert modules - set(cli.VERBS) == {"arguments", "cli", "command", "images", "inputs", "live", "simulated"}


@pytest.mark.parametrize("verb", [verb for verb in cli.VERBS if verb not in ("data", "flash")])
def test_every_verb_that_prints_results_prints_json(verb):
    module = importlib.import_module(f"binspike.{verb}")
    assert "--json" in module.parser().format_help()


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help(capsys, verb):
    with pytest.raises(SystemExit) as caught:
        cli.main([verb, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: binspike {verb}")


@pytest.mark.parametrize("verb", cli.VERBS)
def test_a_wrong_argument_is_one_line(capsys, verb):
    err = refusal(capsys, verb, "--nonsense")
    assert err.startswith("binspike: ")
    assert err.endswith(f"see binspike {verb} --help\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("typo", "near"), [("bild", "build"), ("simulat", "simulate"), ("docter", "doctor"),
                                            ("vector", "vectors"), ("estimates", "estimate")])
def test_an_unknown_verb_names_a_near_one(capsys, typo, near):
    """The nearest comes first."""
    err = refusal(capsys, typo)
    assert err.startswith(f"binspike: verb must be one of {near},")
    assert err.endswith(f" not '{typo}'; see binspike --help\n")


def test_an_unknown_verb_names_all(capsys):
    assert refusal(capsys, "xyz") == (
        f"binspike: verb must be one of {', '.join(cli.VERBS)}, not 'xyz'; see binspike --help\n")


def test_the_version_is_one_line(capsys):
    status, out, _ = run(capsys, "--version")
    assert (status, out.count("\n")) == (0, 1)


def test_help_needs_neither_amaranth_nor_numpy_nor_torch():
    code = ("import sys; from binspike.cli import main; main(['--help']); "
            "sys.exit(bool({'amaranth', 'numpy', 'torch'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


def test_the_module_is_the_program():
    done = subprocess.run([sys.executable, "-m", "binspike", "xyz"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("binspike: verb must be one of ")


def test_zoo_lists_every_network(capsys):
    status, out, _ = run(capsys, "zoo")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["network", *zoo.names()]


def test_zoo_as_json(capsys):
    _, out, _ = run(capsys, "zoo", "--json")
    assert [entry["network"] for entry in json.loads(out)] == list(zoo.names())


def test_zoo_with_builds(capsys):
    _, out, _ = run(capsys, "zoo", "--builds", "--json")
    for entry in json.loads(out):
        report = json.loads((ROOT / "bitstreams" / entry["board"] / entry["network"] / "report.json").read_text())
        assert {key: entry[key] for key in (
            "clock_mhz", "luts", "cycles_per_image", "images_per_second", "latency_cycles")}.items() <= report.items()
    _, out, _ = run(capsys, "zoo", "--builds")
    assert out.splitlines()[0].split() == ["network", "method", "accuracy", "weights", "ticks", "board", "MHz", "LUTs",
                                           "cycles", "images/s", "per", "kLUT", "latency"]
    assert [line.split()[0] for line in out.splitlines()[1:]] == [name for name, _ in shipped.BUILDS]


def test_simulate_counts_the_right_answers(capsys, network, no_data):
    status, out, _ = run(capsys, "simulate", "--network", network, "--json")
    labels = samples.load(zoo.samples_path("MNIST")).labels
    result = json.loads(out)
    assert (status, result["images"], result["correct"]) == (0, len(labels), labels.count(0))
    assert result["accuracy"] == labels.count(0) / len(labels)
    assert result["stated_accuracy"] == 0.1


def test_simulate_takes_the_first_images(capsys, network, no_data):
    status, out, _ = run(capsys, "simulate", "--network", network, "--limit", "7")
    assert status == 0
    assert "7 of MNIST test, shipped samples" in out


def test_simulate_wrong_limit(capsys, network):
    assert refusal(capsys, "simulate", "--network", network, "--limit", "0") == (
        "binspike: limit must be at least 1, not 0\n")


def test_simulate_without_data(capsys, network, tmp_path):
    assert refusal(capsys, "simulate", "--network", network, "--data", tmp_path) == (
        f"binspike: data set MNIST must be in {tmp_path}: fetch it by binspike data download mnist, or give the folder "
        "that holds it by --data or BINSPIKE_DATA\n")


def test_simulate_wrong_network(capsys, network):
    network.write_bytes(b"")
    assert refusal(capsys, "simulate", "--network", network).startswith(f"binspike: {network}: ")


@pytest.mark.data
def test_simulate_on_a_whole_split(capsys, network, data_folder):
    _, out, _ = run(capsys, "simulate", "--network", network, "--data", data_folder, "--json")
    assert (json.loads(out)["images"], json.loads(out)["correct"]) == (10_000, 980)


def test_estimate_is_what_a_build_prints(capsys, network):
    asked = ("estimate", "--network", network, "--board", "icebreaker", "--fold", "1,1,1", "--json")
    for clock, mhz in ((("--clock", "oscillator"), 12), (("--clock-divider", "2"), 6), ((), 30)):
        status, out, _ = run(capsys, *asked, *clock)
        result = json.loads(out)
        assert (status, result["clock_mhz"], result["luts_available"]) == (0, mhz, 5280)
        assert result["images_per_second"] == round(mhz * 1e6 / result["cycles_per_image"], 3)


def test_estimate_of_copies(capsys, network):
    asked = ("estimate", "--network", network, "--board", "icebreaker", "--fold", "1,1,1", "--json")
    alone, several, said = (json.loads(run(capsys, *asked, *more)[1]) for more in (
        (), ("--copies", "3"), ("--copies", "3", "--fold", "1,1,1 x3")))
    assert said == several
    assert several["folding"] == "1,1,1 x3"
    assert several["cycles_per_image"] == math.ceil(max(784 * 3, alone["cycles_per_image"]) / 3)
    assert several["luts"] > alone["luts"]


@pytest.mark.parametrize("verb", ["estimate", "explore"])
def test_wrong_copies(capsys, network, verb):
    assert refusal(capsys, verb, "--network", network, "--board", "icebreaker", "--copies", "0") == (
        "binspike: copies must be in 1..64, not 0\n")


def test_estimate_wrong_board(capsys, network):
    assert refusal(capsys, "estimate", "--network", network, "--board", "icebraker") == (
        "binspike: board must be one of icebreaker, icebreakerbitsy, not 'icebraker'\n")


def test_train_without_torch_says_how_to_get_it(capsys, monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.startswith(("train_binary", "torch"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    status, _, err = run(capsys, "train", "--recipe", "mnist-up5k", "--out", tmp_path / "out")
    assert (status, err) == (1, "binspike: training needs PyTorch; install it with: pip install binspike[train]\n")


def test_train_wrong_recipe(capsys, tmp_path):
    assert refusal(capsys, "train", "--recipe", "nope", "--out", tmp_path).startswith("binspike: recipe must be ")


@pytest.mark.parametrize(("picture", "message"), [
    ("", "binspike: resize must be WIDTHxHEIGHT"),
    ("65535x65535", "binspike: values of the picture to resize must be in 1..8388608, not 4294836225")])
def test_estimate_refuses_pictures(capsys, network, picture, message):
    assert refusal(capsys, "estimate", "--network", network, "--board", "icebreaker", "--fold", "1,1,1",
                   "--resize", picture).startswith(message)


def test_boards_that_are_none_are_refused_before_any_build(capsys, monkeypatch):
    from benchmarks import families
    monkeypatch.setattr("sys.argv", ["families", "icebreaker", "nix"])
    monkeypatch.setattr(families, "build", None)
    with pytest.raises(SystemExit) as left:
        families.main()
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, "")
    assert "error: board must be one of " in err
    assert err.rstrip().endswith("not 'nix'")
