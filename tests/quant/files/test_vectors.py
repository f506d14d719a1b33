from dataclasses import replace

import numpy as np
import pytest

from quant import Conv2d, Dense, Flatten, Network, SingleSpike
from quant.files import artefact
from quant.files import vectors as files
from quant.files.artefact import Provenance
from quant.files.container import ArtefactError, pack, unpack
from sim import vectors
from sim.functional import network as functional

GENERATOR = np.random.default_rng(1)
IMAGES = GENERATOR.integers(0, 256, (3, 2, 4, 5), np.uint8)
NETWORK = Network(input_shape=(2, 4, 5), steps=6, layers=(
    Conv2d(weights=GENERATOR.choice([-1, 1], (3, 2, 2, 2)), neurons=SingleSpike(threshold=[2, 3, 1])),
    Flatten(), Dense(weights=GENERATOR.choice([-1, 1], (4, 36)), neurons=SingleSpike(threshold=[5, 4, 6, 5]))))


@pytest.fixture
def path(tmp_path):
    files.save(vectors.vectors(NETWORK, IMAGES), tmp_path / "net.vectors.safetensors", network=NETWORK)
    return tmp_path / "net.vectors.safetensors"


def test_load_gives_what_was_saved(path):
    assert files.load(path, network=NETWORK) == vectors.vectors(NETWORK, IMAGES)


def test_vectors_hold_the_outcome():
    outcome = functional.run(NETWORK, IMAGES, times=True)
    for i, vector in enumerate(vectors.vectors(NETWORK, IMAGES)):
        assert vector.pixels == IMAGES[i].tobytes()
        assert (vector.class_index, vector.tick) == (outcome.class_index[i], outcome.tick[i])
        assert vector.potentials == tuple(outcome.potentials[i])
        assert vector.times == tuple(files.times_digest(times[i].ravel()) for times in outcome.times)


def test_replay_finds_no_mismatch():
    assert vectors.mismatches(NETWORK, vectors.vectors(NETWORK, IMAGES)) == ()


def test_replay_finds_each_mismatch():
    first, second, third = vectors.vectors(NETWORK, IMAGES)
    wrong = replace(second, times=(*second.times[:1], "0" * 64, *second.times[2:]))
    assert vectors.mismatches(NETWORK, (first, wrong, third)) == (1,)


def test_vectors_of_another_network_are_refused(path):
    other = replace(NETWORK, steps=7)
    with pytest.raises(ArtefactError, match=f"vectors must be of network {artefact.network_digest(other)}, not "):
        files.load(path, network=other)


@pytest.mark.parametrize(("change", "message"), [
    (lambda d, t: d.update(extra=1), "vectors must have network, times, pixels"),
    (lambda d, t: d.update(times=[]), "number of vectors must be in 1..1024, not 0"),
    (lambda d, t: d.update(times=[5, 5, 5]), r"times must be one list of digests a vector, not \[5, 5, 5\]"),
    (lambda d, t: d.update(times=[dict.fromkeys(each) for each in d["times"]]), "times must be one list of digests"),
    (lambda d, t: d.update(network="\n"), r"vectors must be of network [0-9a-f]{64}, not '\\n'$"),
    (lambda d, t: d.update(times=[["0" * 64] * 3] * 3), "vector must have 4 digests of spike times"),
    (lambda d, t: d.update(times=[["x" * 64] * 4] * 3), "vector must have 4 digests of spike times"),
    (lambda d, t: t.update(pixels=b""), "length of pixels must be in 120..120, not 0"),
    (lambda d, t: t.update(tick=(0, 0)), "length of tick must be in 3..3, not 2"),
    (lambda d, t: t.update(tick=(0, 7, 0)), "tick must be in 0..6, not 7"),
    (lambda d, t: t.update(class_index=(4, 0, 0)), "class_index must be in 0..3, not 4"),
    (lambda d, t: t.update(class_index=b"abc"), "vectors must have network, times, pixels"),
    (lambda d, t: t.update(potentials=(9999,) * 12), r"potentials\[0\] must be in -216..216, not 9999"),
    (lambda d, t: t.pop("tick"), "vectors must have network, times, pixels")])
def test_damaged_file(path, change, message):
    document, tensors = unpack(files.FORMAT, path.read_bytes())
    change(document, tensors)
    path.write_bytes(pack(files.FORMAT, document, tensors))
    with pytest.raises(ArtefactError, match=message):
        files.load(path, network=NETWORK)


def test_truncation_is_refused(path):
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(ArtefactError):
            files.load(path, network=NETWORK)


def test_network_file_is_no_vectors_file(tmp_path):
    artefact.save(NETWORK, tmp_path / "net", provenance=Provenance())
    with pytest.raises(ArtefactError, match="format must be 'binspike vectors', not 'binspike network'"):
        files.load(tmp_path / "net", network=NETWORK)


def test_wrong_vector_is_not_written(tmp_path):
    wrong = replace(vectors.vectors(NETWORK, IMAGES)[0], potentials=(1, 2))
    with pytest.raises(ValueError, match="vector must have 40 pixels and 4 potentials, not 40 and 2"):
        files.save([wrong], tmp_path / "net", network=NETWORK)
    assert not list(tmp_path.iterdir())


def test_varied_takes_every_class_first():
    assert vectors.varied(np.array([7, 7, 1, 7, 0, 1]), 4) == [0, 2, 4, 1]
