import ctypes
import json
import os
import random
import struct
import tracemalloc
from dataclasses import replace

import pytest
from safetensors import TensorSpec, deserialize, serialize

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, SingleSpike, Step, container
from quant.artefact import FORMAT, ArtefactError, Provenance, load, network_digest, save
from quant.container import canonical, pack
from quant.description import describe, restore

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
    document = {"network": json.loads(canonical(described)), "provenance": dict(vars(PROVENANCE)), "digest": ""}
    change(document, tensors)
    path.write_bytes(pack(FORMAT, document, tensors))


def test_load_gives_what_was_saved(path, network):
    artefact = load(path)
    assert artefact.network == network
    assert artefact.provenance == PROVENANCE
    assert artefact.digest == network_digest(network)


def test_save_returns_digest(path, network):
    assert save(network, path, provenance=PROVENANCE) == network_digest(network)


def test_same_network_gives_same_bytes(path, tmp_path):
    artefact = load(path)
    save(artefact.network, tmp_path / "again", provenance=artefact.provenance)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_safetensors_library_writes_the_same_bytes(path):
    data = path.read_bytes()
    tensors = dict(deserialize(data))
    length = struct.unpack_from("<Q", data)[0]
    metadata = json.loads(data[8:8 + length])["__metadata__"]
    keep = {name: ctypes.create_string_buffer(bytes(t["data"]), len(t["data"])) for name, t in tensors.items()}
    specs = {name: TensorSpec(dtype={"U8": "uint8", "I32": "int32"}[t["dtype"]], shape=t["shape"],
                              data_ptr=ctypes.addressof(keep[name]), data_len=len(t["data"]))
             for name, t in tensors.items()}
    assert bytes(serialize(specs, metadata)) == data


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


def test_accuracy_is_correct_over_images():
    assert PROVENANCE.accuracy == 0.985


def test_accuracy_is_none_if_not_measured():
    assert Provenance().accuracy is None


def test_measured_on():
    assert PROVENANCE.measured_on == "MNIST test, 10,000 images"


@pytest.mark.parametrize(("field", "message"), [
    ({"correct": 10_001}, "correct must be in 0..10000, not 10001"),
    ({"correct": None}, "images and correct must be given together, not 10000 and None"),
    ({"images": 0}, "images must be in 1..2147483647, not 0"),
    ({"seed": -1}, "seed must be in 0.."),
    ({"recipe": "a\nb"}, r"recipe must be at most 4096 printable characters, not 'a\\nb'"),
    ({"method": 3}, "method must be at most 4096 printable characters, not 3")])
def test_wrong_provenance(field, message):
    with pytest.raises(ValueError, match=message):
        replace(PROVENANCE, **field)


def test_failed_write_leaves_old_file_alone(path, network, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(network, path, provenance=Provenance())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def refused(path, data):
    path.write_bytes(data)
    with pytest.raises(ArtefactError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value)) < len(str(path)) + 400


def test_truncation_anywhere_is_refused(path):
    data = path.read_bytes()
    header = 8 + struct.unpack_from("<Q", data)[0]
    for length in [*range(header + 1), *range(0, len(data), 97), *range(header, len(data))]:
        refused(path, data[:length])


def test_any_flipped_bit_is_refused(path):
    data = path.read_bytes()
    draw = random.Random(3)
    for bit in draw.sample(range(8 * len(data)), min(4000, 8 * len(data))):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        refused(path, flipped)


def test_trailing_bytes_are_refused(path):
    data = path.read_bytes()
    for tail in (b"\0", b"\n", data):
        refused(path, data + tail)


def test_noise_is_refused(path):
    draw = random.Random(4)
    for length in range(0, 400, 3):
        refused(path, draw.randbytes(length))
        refused(path, struct.pack("<Q", max(0, length - 8)) + draw.randbytes(length))


def file(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(("data", "message"), [
    (b"", "file must begin with an 8-byte header length, but has 0 bytes"),
    (struct.pack("<Q", 2**63) + bytes(9), "header must have at most 9 bytes, not 9223372036854775808"),
    (struct.pack("<Q", 2**21) + bytes(2**22), "header must have at most 1048576 bytes, not 2097152"),
    (file(b"[" * 2**19), "header is no valid JSON: maximum recursion depth"),
    (file(b'{"a":' * 100_000), "header is no valid JSON: maximum recursion depth"),
    (file(b"[" * 400 + b"]" * 400), "header must be a JSON object"),
    (file(b'{"a":NaN}'), "numbers must be integers, not NaN"),
    (file(b'{"a":1e999}'), "numbers must be integers, not 1e999"),
    (file(b'{"a":' + b"9" * 9999 + b"}"), "header is no valid JSON: Exceeds the limit"),
    (file(b'{"a":1,"a":1}'), "a key occurs twice"),
    (file(b"\xff\xfe"), "header is no valid JSON"),
    (file({}), "header must hold 'binspike' as its only metadata"),
    (file({"__metadata__": {"binspike": "{}", "x": "y"}}), "header must hold 'binspike' as its only metadata"),
    (file({"__metadata__": {"binspike": "{}"}}), "metadata must have content, format, sha256 and version, not []")])
def test_hostile_header(path, data, message):
    path.write_bytes(data)
    with pytest.raises(ArtefactError) as caught:
        load(path)
    assert message in str(caught.value)


def envelope(**changes):
    return {"binspike": canonical({"format": FORMAT, "version": 1, "content": None, "sha256": "0" * 64} | changes)}


def entry(start, end, dtype="U8"):
    return {"dtype": dtype, "shape": [end - start], "data_offsets": [start, end]}


@pytest.mark.parametrize(("changes", "tensors", "message"), [
    ({"format": "other"}, {}, "format must be 'binspike network', not 'other'"),
    ({"version": 2}, {}, "format version must be 1, not 2"),
    ({}, {"a": entry(0, 8)}, "content does not match its SHA-256"),
    ({}, {"a": 5}, "tensor 'a' must have dtype U8 or I32, shape and offsets"),
    ({}, {"a": entry(0, 8, "F32")}, "tensor 'a' must have dtype U8 or I32, shape and offsets"),
    ({}, {"a": entry(0, 2**60)}, "tensor 'a' must lie at 0..8, not 0..1152921504606846976"),
    ({}, {"a": entry(-1, 8)}, "tensor 'a' must lie at 0..8, not -1..8"),
    ({}, {"a": entry(0, 8), "b": entry(0, 8)}, "tensor 'b' must lie at 8..8, not 0..8"),
    ({}, {"a": entry(0, 4), "b": entry(5, 8)}, "tensor 'b' must lie at 4..8, not 5..8"),
    ({}, {"a": entry(0, 7, "I32")}, "tensor 'a' must lie at 0..8, not 0..7"),
    ({}, {"a": entry(0, 4)}, "tensors must fill the file, but 4 bytes follow them")])
def test_hostile_tensors(path, changes, tensors, message):
    path.write_bytes(file({"__metadata__": envelope(**changes), **tensors}, bytes(8)))
    with pytest.raises(ArtefactError, match=message):
        load(path)


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
    (set_to("network", "class_names", value=["a", "a\n", "b"]), "class name must be 1 to 64 printable characters"),
    (set_to("network", "class_names", value=3), "not iterable"),
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
    (set_to(*LAYER, "neurons", "threshold", "integers", value=4), "fields must be in canonical form"),
    (set_to("provenance", value=None), "content must have digest, network and provenance"),
    (set_to("provenance", "x", value=1), "unexpected keyword argument 'x'"),
    (absent("provenance", "seed"), "fields must be in canonical form"),
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


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null", "/"])
def test_special_file_is_refused(tmp_path, target):
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ArtefactError, match="link: must be a regular file"):
        load(tmp_path / "link")


def test_fifo_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ArtefactError, match="fifo: must be a regular file"):
        load(tmp_path / "fifo")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")


def peak(path):
    tracemalloc.start()
    try:
        with pytest.raises(ArtefactError):
            load(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_oversized_file_is_not_read(tmp_path):
    with (tmp_path / "big").open("wb") as big:
        big.truncate(2**40)
    assert peak(tmp_path / "big") < 2**16


def test_overlapping_tensors_take_no_memory(tmp_path):
    tensors = {f"{i}": entry(0, 2**20) for i in range(1000)}
    (tmp_path / "bomb").write_bytes(file({"__metadata__": envelope(), **tensors}, bytes(2**20)))
    assert peak(tmp_path / "bomb") < 2**23


def test_too_many_integers_take_no_memory(tmp_path):
    (tmp_path / "many").write_bytes(
        file({"__metadata__": envelope(), "a": entry(0, 2**23, "I32")}, bytes(2**23)))
    assert peak(tmp_path / "many") < 2**23 + 2**16


def test_too_large_content_is_not_written(tmp_path):
    with pytest.raises(ArtefactError, match="file must have at most 1048576 integers, not 1048577"):
        pack(FORMAT, {}, {"a": (0,) * (2**20 + 1)})


def test_too_large_header_is_not_written():
    with pytest.raises(ArtefactError, match="header must have at most 1048576 bytes"):
        pack(FORMAT, {"a": "x" * 2**20}, {})


def test_floats_are_not_written():
    with pytest.raises(ArtefactError, match="must be integers"):
        container.unpack(FORMAT, pack(FORMAT, 0.5, {}))
