import json
from pathlib import Path

import pytest

from binspike import cli
from quant.dataflow import cores
from quant.files import artefact, zoo
from quant.files.artefact import Provenance
from sim.functional import network as functional
from tests.helpers import builds as tiny
from tests.helpers.cores import faults
from tests.helpers.networks import small
from tests.helpers.refusals import refusal
from verify import builds, images

FOLD, LAYER = ("--fold", "2,1,2 3,2,4 5,6,1"), ("--fold", tiny.FOLD)
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("BINSPIKE_CACHE", str(Path(__file__).parents[2] / ".cache"))
    monkeypatch.delenv("BINSPIKE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "small.safetensors"
    artefact.save(small(), path, provenance=Provenance())
    return path


@pytest.fixture
def layer(tmp_path):
    """A network of one layer, whose Verilog is compiled in a second or two."""
    path = tmp_path / "tiny.safetensors"
    artefact.save(tiny.NETWORK, path, provenance=Provenance())
    return path


def run(capsys, *arguments):
    status = cli.main(["verify", *map(str, arguments)])
    output = capsys.readouterr()
    return status, output.out, output.err.splitlines()[-1] if output.err else ""


def said(capsys, *arguments):
    return refusal(capsys, "verify", *arguments).removeprefix("binspike: ").removesuffix("\n")


def test_equality_is_exit_status_0(capsys, layer):
    status, out, _ = run(capsys, "--network", layer, *LAYER, "--images", 12, "--jobs", 1, "--json")
    (record,) = json.loads(out)
    assert status == 0
    assert (record["images"], record["compared"], record["equal"], record["correct"]) == (12, 12, 12, None)
    assert record["data"] == "random, seed 1"
    assert record["transfers"] == 12 * 7
    assert record["difference"] is None


def test_a_table_is_for_people(capsys, layer):
    _, out, _ = run(capsys, "--network", layer, *LAYER, "--images", 12, "--borders", "--out", "kept")
    assert "12 of random, seed 1, 12 equal" in out
    assert "cycle and word of every border" in out
    _, out, _ = run(capsys, "--network", layer, *LAYER, "--images", 12, "--borders", "--out", "kept")
    assert "from earlier runs  12 images" in out


def test_a_difference_is_exit_status_1(capsys, layer, tmp_path, monkeypatch):
    faults.plant(monkeypatch, cores.OutputNeurons, faults.late)
    status, out, err = run(capsys, "--network", layer, *LAYER, "--images", 12)
    assert (status, err) == (1, "binspike: tiny: image 0 of the Verilog is not equal to the golden model")
    rows = dict(line.split("  ", 1) for line in out.splitlines())
    assert rows["stage"].strip().startswith("dense1_neurons to readout, transfer ")
    for side in ("expected", "got"):
        assert rows[side].strip().startswith("cycle ")
    assert rows["waveform"].strip().startswith("build/verify/tiny-image-0.vcd, cycles ")
    assert (tmp_path / "build/verify/tiny-image-0.vcd").stat().st_size < 1_000_000


@pytest.mark.long
def test_a_difference_is_recorded_as_json(capsys, network, monkeypatch):
    faults.greater(monkeypatch)
    status, out, _ = run(capsys, "--network", network, *FOLD, "--images", 2, "--out", "kept", "--json")
    (record,) = json.loads(out)
    assert (status, record["difference"]["stage"]) == (1, "conv2d0_neurons")
    assert Path(record["difference"]["waveform"]) == Path("kept/small-image-0.vcd")


def test_the_accuracy_must_be_the_stated_one(capsys, layer, monkeypatch):
    pixels = images.random(12, tiny.NETWORK.input_shape)
    labels = functional.run(tiny.NETWORK, pixels).class_index.astype("uint8")
    monkeypatch.setattr(images, "choose", lambda *_: images.Images("MNIST test", pixels, labels, whole=True))
    artefact.save(tiny.NETWORK, layer, provenance=Provenance(data_set="MNIST", split="test", images=12, correct=11))
    status, out, err = run(capsys, "--network", layer, *LAYER)
    assert (status, err) == (1, "binspike: tiny: 12 images must be right, as its file states 11")
    assert "100.00% (12 right)" in out


@pytest.mark.parametrize("count", [0, -3, 1_000_001])
def test_wrong_images(capsys, network, count):
    assert said(capsys, "--network", network, *FOLD, "--images", count) == (
        f"images must be in 1..1000000, not {count}")


def test_wrong_jobs(capsys, network):
    assert said(capsys, "--network", network, *FOLD, "--jobs", 0) == "jobs must be in 1..1024, not 0"


def test_wrong_network(capsys):
    assert said(capsys, "--network", "nope") == (
        f"network must be a file or one of {', '.join(zoo.names())}, not 'nope'")


def test_wrong_fold(capsys, network):
    assert said(capsys, "--network", network, "--fold", "2,1,2") == (
        "folding must have one fold for each of 3 layers with weights, not 1")


def test_wrong_board(capsys, network):
    assert said(capsys, "--network", network, "--board", "icebraker") == (
        "board must be one of icebreaker, icebreakerbitsy, not 'icebraker'")


def test_a_folding_is_of_one_network(capsys):
    assert said(capsys, *FOLD) == "--fold, --copies and --board are of one network; give it by --network"


def test_a_network_of_ones_own_needs_a_folding(capsys, network):
    assert said(capsys, "--network", network) == (
        f"network {network} has no reference build; give a folding by --fold, or a board by --board")


def test_an_absent_data_folder(capsys, tmp_path):
    assert said(capsys, "--network", "mnist-up5k", "--data", tmp_path / "absent").startswith("data set MNIST must ")


@pytest.mark.data
def test_a_network_that_takes_images_of_another_shape(capsys, tmp_path, data_folder):
    network = tiny.save(tmp_path / "tiny.safetensors")
    assert said(capsys, "--network", network, *LAYER, "--data", data_folder) == (
        "images of MNIST have shape (1, 28, 28), and the network takes (1, 2, 3); "
        "verify it with the data set that it was trained on")


def test_a_silent_scheduler(capsys, network, monkeypatch):
    monkeypatch.setattr("verify.workers.cluster.__wrapped__.__defaults__", (1,))
    assert said(capsys, "--network", network, *FOLD, "--scheduler", "tcp://127.0.0.1:9").startswith(
        "scheduler must be the address of a Dask scheduler that answers in 1 s, as tcp://127.0.0.1:8786, not ")


def test_jobs_are_not_those_of_a_cluster(capsys, network):
    assert "not allowed with argument" in said(capsys, "--network", network, "--jobs", 2, "--scheduler", "x")


@pytest.mark.parametrize("name", zoo.names())
def test_every_shipped_network_has_a_reference_build(name):
    assert name in builds.REFERENCE


@pytest.mark.data
def test_more_images_than_there_are(capsys, data_folder):
    assert said(capsys, "--network", "mnist-up5k", "--fold", "1,1,1 1,1,1 1,1,1", "--images", 10_001, "--data",
                   data_folder) == "images must be in 1..10000, not 10001"
