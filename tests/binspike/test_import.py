"""``binspike import`` and ``binspike export``: files in, networks and reports out; wrong input is one line."""

import json

import numpy as np
import pytest

from binspike import cli
from quant.files import artefact, vectors
from sim.vectors import mismatches
from tests.helpers.refusals import refusal
from tests.importers.libraries import absent

GIVEN = ("--ticks", "6", "--input-shape", "1,2,2", "--pixel", "1/64", "--out", "made.safetensors")


@pytest.fixture
def arrays(tmp_path, monkeypatch):
    """A folder with two dense layers in a file."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("net.npz", **{"fc1.weight": rng.choice([-0.5, 0.5], (6, 4)), "fc1.threshold": np.full(6, 1.5),
                           "fc1.decay": np.array(0.5), "fc2.w": rng.choice([-1.0, 1.0], (6, 3)),
                           "fc2.thresh": np.ones(3)})
    return tmp_path


def run(capsys, *arguments):
    status = cli.main(list(arguments))
    return status, capsys.readouterr()


def test_arrays_become_a_network(arrays, capsys):
    status, said = run(capsys, "import", "net.npz", *GIVEN)
    assert (status, said.err) == (0, "")
    assert "fc1 + fc1.threshold" in said.out
    assert "16 of 16 random images" in said.out
    made = artefact.load("made.safetensors")
    assert made.network.steps == 6
    assert made.provenance.method == "imported from net.npz"
    assert made.digest[:16] in said.out


def test_test_vectors_and_the_data_set_lie_beside_a_network(arrays, capsys):
    assert run(capsys, "import", "net.npz", *GIVEN, "--data-set", "mnist")[0] == 0
    made = artefact.load("made.safetensors")
    assert (made.provenance.data_set, made.provenance.accuracy) == ("MNIST", None)
    held = vectors.load("made.vectors.safetensors", network=made.network)
    assert (len(held), mismatches(made.network, held)) == (8, ())
    np.save("images.npy", np.full((3, 1, 2, 2), 200, np.uint8))
    assert run(capsys, "import", "net.npz", *GIVEN, "--images", "images.npy")[0] == 0
    assert [each.pixels for each in vectors.load("made.vectors.safetensors", network=made.network)] == [b"\xc8" * 4] * 3
    assert "data set must be one of mnist, " in refusal(capsys, "import", "net.npz", *GIVEN, "--data-set", "birds")


def test_json_and_own_images(arrays, capsys):
    np.save("images.npy", np.full((3, 1, 2, 2), 200, np.uint8))
    status, said = run(capsys, "import", "net.npz", *GIVEN, "--images", "images.npy", "--json")
    assert status == 0
    found = json.loads(said.out)
    assert (found["equality"]["images"], found["equality"]["equal"], found["equality"]["random"]) == (3, 3, False)
    assert [layer["loss"] for layer in found["layers"]] == ["", "", ""]


def test_real_weights_are_rounded_on_request(arrays, capsys):
    rng = np.random.default_rng(0)
    np.savez("real.npz", **{"fc1.weight": rng.normal(size=(6, 4)), "fc1.threshold": np.full(6, 0.7),
                            "fc2.weight": rng.normal(size=(3, 6)), "fc2.threshold": np.ones(3)})
    status, said = run(capsys, "import", "real.npz", *GIVEN)
    assert status == 2
    assert "fc1: weights of output 0 have 4 magnitudes, which are no integers of 8 bits times one scale; " in said.err
    status, said = run(capsys, "import", "real.npz", *GIVEN, "--weights", "int4", "--json")
    assert status == 0
    losses = [layer["loss"] for layer in json.loads(said.out)["layers"] if layer["width"]]
    assert [loss.partition(",")[0] for loss in losses] == ["int4", "int4"]
    assert max(layer.weights.width for layer in artefact.load("made.safetensors").network.synaptic) <= 4


@pytest.mark.parametrize(("change", "message"), [
    (("other.xyz",), "source must be a file .nir, .h5, .hdf5, .npz, .safetensors, .onnx, or come with --from"),
    (("nets:make",), "source MODULE:CALLABLE must come with its framework"),
    (("absent.npz",), "absent.npz: No such file"),
    (("net.npz", "--images", "net.npz"), "net.npz: images must be a .npy file of uint8 (n, "),
    (("net.npz", "--out", "net.npz"), "net.npz: --out must not be the source"),
    (("net.npz", "--pixel", "1/0"), "argument --pixel: must be a number or a fraction, not '1/0'"),
    (("net.npz", "--input-shape", "1,a"), "argument --input-shape: must be integers with commas between, not '1,a'"),
    (("net.npz", "--ticks", "64"), "ticks must be in 1..63, not 64"),
    (("net.npz", "--input-shape", "1,3,3"), "layer fc1 + fc1.threshold: dense weights must take 9 inputs, not 4")])
def test_wrong_input_is_one_line(arrays, capsys, change, message):
    error = refusal(capsys, "import", *change[:1], *GIVEN, *change[1:])
    assert error.startswith("binspike: ")
    assert message in error
    assert error.count("\n") == 1
    assert not (arrays / "made.safetensors").exists()


def test_only_a_qonnx_graph_says_its_ticks(arrays, capsys):
    error = refusal(capsys, "import", "net.npz", "--input-shape", "1,2,2", "--out", "made.safetensors")
    assert "ticks must be given, as --ticks 8" in error


@pytest.mark.parametrize(("parts", "message"), [
    ({"weight": np.ones((0, 4))}, "layer fc: weights must be real numbers, not 0 of float64"),
    ({"weight": np.ones((2, 4), complex)}, "layer fc: weights must be real numbers, not 8 of complex128"),
    ({"threshold": np.ones((2, 0))}, "layer fc: threshold must be real numbers, not 0 of float64"),
    ({"threshold": np.ones(3)}, "layer fc.threshold: has 3 thresholds for 2 channels"),
    ({"decay": np.array(7.0)}, "layer fc.threshold: keeps 7 of V in a tick; use a decay from 0 to 1"),
    ({"bias": np.array([1.0, np.nan])}, "layer fc: bias must be finite numbers"),
    ({"weight": np.ones((2, 3, 3))}, "layer fc: weights have 3 axes")])
def test_arrays_that_are_none_are_one_line(arrays, capsys, parts, message):
    whole = {"weight": np.ones((2, 4)), "threshold": np.ones(2)} | parts
    np.savez("odd.npz", **{f"fc.{part}": value for part, value in whole.items()})
    assert f"binspike: {message}" in refusal(capsys, "import", "odd.npz", *GIVEN, "--round-leak")


NETS = """
from torch import nn

def fails():
    raise RuntimeError("two\\nlines")

def leaves():
    raise SystemExit(3)

def number():
    return 5

def narrow():
    return nn.Linear(7, 2)
"""


@pytest.mark.parametrize(("name", "message"), [
    ("fails", "without arguments (RuntimeError: two lines)"), ("leaves", "without arguments (SystemExit: 3)"),
    ("number", "nets:number must make an nn.Module, not a int"), ("absent", "has no attribute 'absent'"),
    ("narrow", "module Linear fails on an input of shape (1, 4): ")])
def test_modules_that_fail_are_one_line(arrays, capsys, name, message):
    pytest.importorskip("snntorch", reason=absent("snntorch"))
    (arrays / "nets.py").write_text(NETS)
    more = ("--ticks", "2", "--input-shape", "4", "--out", "made.safetensors")
    assert message in refusal(capsys, "import", f"nets:{name}", "--from", "snntorch", *more)


def test_objects_are_not_unpickled(arrays, capsys):
    np.savez("evil.npz", **{"fc1.weight": np.array([print], object)})
    error = refusal(capsys, "import", "evil.npz", *GIVEN)
    assert "evil.npz: must be whole arrays in .npz or .safetensors (Object arrays cannot be loaded" in error


def test_a_network_goes_out_as_nir_and_comes_back(arrays, capsys):
    pytest.importorskip("nir", reason=absent("nir"))
    assert run(capsys, "import", "net.npz", *GIVEN)[0] == 0
    assert run(capsys, "export", "--network", "made.safetensors", "--nir", "out.nir")[0] == 0
    status, said = run(capsys, "import", "out.nir", "--ticks", "6", "--input-shape", "1,2,2", "--pixel", "1", "--out",
                       "back.safetensors")
    assert (status, said.err) == (0, "")
    first, back = (artefact.load(name).network for name in ("made.safetensors", "back.safetensors"))
    assert [layer.weights for layer in first.synaptic] == [layer.weights for layer in back.synaptic]


@pytest.mark.parametrize("pixel", ["0", "-1", "1e400", "1e-400", "1e31"])
def test_pixel_scales_are_bounded(arrays, capsys, pixel):
    said = refusal(capsys, "import", "net.npz", *GIVEN, f"--pixel={pixel}")
    assert said.startswith("binspike: pixel scale must be positive, 1e-30..1e+30, not ")


@pytest.mark.parametrize("pixel", ["1e999999999", "1e-9999999999", "1E+99_999", "nan", "1/0"])
def test_pixel_scales_that_are_no_numbers(arrays, capsys, pixel):
    assert "argument --pixel: must be a number or a fraction, not " in refusal(
        capsys, "import", "net.npz", *GIVEN, f"--pixel={pixel}")


@pytest.mark.parametrize("factor", [1e-320, 1e-101, 1e101, 1e200])
def test_weights_whose_squares_leave_float64(arrays, capsys, factor):
    weight = np.random.default_rng(0).choice([-3.0, 1.0, 2.0], (3, 4)) * factor
    np.savez("far.npz", **{"fc.weight": weight, "fc.threshold": np.ones(3)})
    assert "layer fc: weights must be 0 or of magnitude 1e-100..1e+100, not " in refusal(
        capsys, "import", "far.npz", *GIVEN, "--weights", "int4")
