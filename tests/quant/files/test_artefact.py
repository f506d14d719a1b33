import json
import os
import random
import struct
from dataclasses import replace

import pytest
from safetensors import numpy

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike, Step
from quant.files.artefact import FORMAT, ArtefactError, Provenance, load, network_digest, save
from quant.files.container import canonical, pack
from quant.files.document import describe, restore
from tests.helpers.refusals import refused

PROVENANCE = Provenance(data_set="MNIST", split="test", images=10_000, correct=9_850, seed=7, recipe="mnist-small",
                        method="surrogate gradient")


def signs(seed, *shape):
    draw = random.Random(seed)

    def nest(shape):
        return [nest(shape[1:]) for _ in range(shape[0])] if shape else draw.choice((-1, 1))
    return nest(shape)


@pytest.fixture
def network():
    return Network(input_shape=(1, 9, 8), steps=7, readout="potential", class_names=("null", "één", "\"two\""), layers=(
        Conv2d(weights=signs(1, 5, 1, 3, 3), padding=1,
               neurons=SingleSpike(threshold=[3, -2, 0, 2**31 - 1, 5], bias=[0, -1, 2, 0, 0], psp=Ramp(length=4))),
        FirstSpikePool(size=2), Flatten(),
        Dense(weights=signs(2, 3, 80), neurons=SingleSpike(threshold=[9, 8, 7], psp=Step()))))


@pytest.fixture
def path(network, tmp_path):
    save(network, tmp_path / "net.safetensors", provenance=PROVENANCE)
    return tmp_path / "net.safetensors"


def rewrite(path, network, change):
    """Write a file with right sums whose content was altered by ``change(document, tensors)``."""
    described, tensors = describe(network)
    document = {"network": json.loads(canonical(described)), "provenance": PROVENANCE.describe(), "digest": ""}
    change(document, tensors)
    path.write_bytes(pack(FORMAT, document, tensors))


def test_load_gives_what_was_saved(path, network):
    artefact = load(path)
    assert artefact.network == network
    assert artefact.provenance == PROVENANCE
    assert artefact.digest == network_digest(network)


def test_save_returns_digest(path, network):
    assert save(network, path, provenance=PROVENANCE) == network_digest(network)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_integer_weights_are_kept_in_few_bits(network, tmp_path, bits):
    rng = random.Random(bits)
    values = [[rng.randint(-2**(bits - 1), 2**(bits - 1) - 1) for _ in range(80)] for _ in range(3)]
    changed = replace(network, layers=(*network.layers[:-1], replace(network.layers[-1], weights=values)))
    save(changed, tmp_path / "new", provenance=PROVENANCE)
    assert load(tmp_path / "new").network == changed
    assert len(numpy.load((tmp_path / "new").read_bytes())["layers.3.weights"]) == 30 * bits


def test_older_file_has_no_figure_of_the_float_model(path):
    assert b"float_correct" not in path.read_bytes()
    assert load(path).provenance.float_correct is None


def test_figure_of_the_float_model_is_kept(path, network):
    save(network, path, provenance=replace(PROVENANCE, float_correct=9_849))
    assert load(path).provenance.float_correct == 9_849


def test_same_network_gives_same_bytes(path, tmp_path):
    artefact = load(path)
    save(artefact.network, tmp_path / "again", provenance=artefact.provenance)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_safetensors_library_writes_the_same_bytes(path):
    data = path.read_bytes()
    length = struct.unpack_from("<Q", data)[0]
    metadata = json.loads(data[8:8 + length])["__metadata__"]
    assert numpy.save(numpy.load(data), metadata) == data


def test_digest_ignores_provenance(network, tmp_path):
    save(network, tmp_path / "other", provenance=Provenance())
    assert load(tmp_path / "other").digest == network_digest(network)


@pytest.mark.parametrize("change", [{"steps": 8}, {"readout": "first_spike"}, {"class_names": ()}])
def test_digest_changes_with_network(network, change):
    assert network_digest(replace(network, **change)) != network_digest(network)


def test_digest_changes_with_a_weight(network):
    flipped = [[-w for w in row] for row in signs(2, 3, 80)]
    layers = (*network.layers[:-1], replace(network.layers[-1], weights=flipped))
    assert network_digest(replace(network, layers=layers)) != network_digest(network)


def test_restore_is_inverse_of_describe(network):
    assert restore(*describe(network)) == network


def test_failed_write_leaves_old_file_alone(path, network, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(network, path, provenance=Provenance())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def unread(path, data):
    path.write_bytes(data)
    with refused(f"^{path}: ", ArtefactError) as caught:
        load(path)
    assert len(str(caught.value)) < len(str(path)) + 400


def test_truncation_anywhere_is_refused(path):
    data = path.read_bytes()
    header = 8 + struct.unpack_from("<Q", data)[0]
    for length in [*range(header + 1), *range(0, len(data), 97), *range(header, len(data))]:
        unread(path, data[:length])


def test_any_flipped_bit_is_refused(path):
    data = path.read_bytes()
    draw = random.Random(3)
    for bit in draw.sample(range(8 * len(data)), min(1500, 8 * len(data))):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        unread(path, flipped)


def test_trailing_bytes_are_refused(path):
    data = path.read_bytes()
    for tail in (b"\0", b"\n", data):
        unread(path, data + tail)


def test_noise_is_refused(path):
    draw = random.Random(4)
    for length in range(0, 400, 3):
        unread(path, draw.randbytes(length))
        unread(path, struct.pack("<Q", max(0, length - 8)) + draw.randbytes(length))


def set_to(*keys, value):
    def change(document, tensors):
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value
    return change


def absent(*keys):
    def change(document, tensors):
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]
    return change


LAYER = ("network", "layers", 0)


@pytest.mark.parametrize(("change", "message"), [
    (set_to("network", value=3), "network must have the fields"),
    (set_to("network", "extra", value=3), "network must have the fields"),
    (absent("network", "steps"), "network must have the fields"),
    (set_to("network", "steps", value=257), "steps must be in 1..256, not 257"),
    (set_to("network", "steps", value=True), "steps must be an integer, not True"),
    (set_to("network", "input_shape", value=[1, 2**40, 1]), r"input_shape\[1\] must be in 1..4096"),
    (set_to("network", "layers", value=0), "layers must be a list"),
    (set_to("network", "layers", value=[]), "number of layers must be in 1..64|belongs to no layer"),
    (set_to("network", "class_names", value=["a", "a\n", "b"]), "class_names must be 1 to 64 printable characters"),
    (set_to("network", "class_names", value=["a", "b", "a"]), "class_names must differ, but 'a' is given twice"),
    (set_to("network", "class_names", value=3), "class_names must be a list of names, not 3"),
    (set_to(*LAYER, value={"kind": "exec"}), "layers.0 must be a known kind"),
    (set_to(*LAYER, value="conv2d"), "layers.0.* belongs to no layer"),
    (set_to(*LAYER, "kind", value="dense"), "layers.0 must have the fields"),
    (set_to(*LAYER, "kind", value=[]), "layers.0 must be a known kind"),
    (set_to(*LAYER, "stride", value=0), "conv2d stride must be in 1..64, not 0"),
    (set_to(*LAYER, "stride", value=[]), "layers.0.stride must be a known kind"),
    (set_to(*LAYER, "neurons", value=None), "conv2d neurons must be one of"),
    (set_to(*LAYER, "neurons", "psp", value={"kind": "flatten"}), "psp must be a Step or a Ramp"),
    (set_to(*LAYER, "weights", "signs", value=[2**26] * 4), "packed weights of shape"),
    (set_to(*LAYER, "weights", "signs", value=[9**999]), "layers.0.weights must be a known kind"),
    (set_to(*LAYER, "weights", "signs", value=[5] + [1] * 99), "layers.0.weights must be a known kind"),
    (set_to(*LAYER, "weights", value=5), "not iterable|weights"),
    (set_to(*LAYER, "weights", value={"bits": 4, "shape": [5, 1, 3, 3]}), "packed weights of shape .* 23 bytes"),
    (set_to(*LAYER, "weights", value={"bits": 4, "shape": [2**26] * 4}), "packed weights of shape"),
    (set_to(*LAYER, "weights", value={"bits": 2**40, "shape": [5]}), "bits of a weight must be in 2..8"),
    (set_to(*LAYER, "weights", value={"bits": "4", "shape": [5]}), "bits of a weight must be an integer"),
    (set_to(*LAYER, "weights", value={"bits": 4, "shape": [0]}), "layers.0.weights must be a known kind"),
    (set_to(*LAYER, "neurons", "threshold", "integers", value=4), "fields must be in canonical form"),
    (set_to("provenance", value=None), "provenance must have the fields correct, data_set, .*, not None"),
    (set_to("provenance", "x", value=1), "provenance must have the fields correct, data_set, "),
    (absent("provenance", "seed"), "provenance must have the fields correct, data_set, "),
    (set_to("provenance", "images", value="many"), "images must be an integer, not 'many'"),
    (set_to("digest", value="0" * 64), "fields must be in canonical form"),
    (lambda d, t: t.update({"layers.9.weights": b""}), "tensor 'layers.9.weights' belongs to no layer"),
    (lambda d, t: t.pop("layers.0.weights"), "tensor 'layers.0.weights' must be there and hold bits"),
    (lambda d, t: t.update({"layers.0.weights": (1, 2)}), "tensor 'layers.0.weights' must be there and hold bits"),
    (lambda d, t: t.update({"layers.0.neurons.bias": b"abcd"}), "'layers.0.neurons.bias' must be there and hold int"),
    (lambda d, t: t.update({"layers.0.weights": b"\xff" * 6}), "must end in zero bits"),
    (lambda d, t: t.update({"layers.0.neurons.bias": (-2**31,) * 5}), r"bias\[0\] must be in -2147483647")])
def test_wrong_field(path, network, change, message):
    rewrite(path, network, change)
    with pytest.raises(ArtefactError, match=message):
        load(path)


def deep(levels):
    value = None
    for _ in range(levels):
        value = {"kind": "single_spike", "threshold": None, "bias": None, "psp": value}
    return value


def test_deep_nesting_is_refused(path, network):
    rewrite(path, network, set_to(*LAYER, "neurons", value=deep(300)))
    with pytest.raises(ArtefactError, match="must be a|recursion"):
        load(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
