"""The shipped networks as emitted Verilog, in the foldings that the README builds."""

import itertools
import os
import random

import numpy as np
import pytest

from quant import Conv2d, Dense, Flatten, Network, Phase, Rate, Shortcut
from quant.dataflow.folding import parse
from quant.files import samples, vectors, zoo
from sim.cycle.stalls import ALWAYS, Random
from sim.functional import network as functional
from tests.cocotb.runner import CACHE
from tests.helpers.equality import everywhere
from tests.helpers.networks import signs
from verify import builds, images, proof, workers
from verify.replay import replay, simulator


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(CACHE.parent))


# Quick to compile, and one of each kind of neurons that is shipped, but of phase neurons: they have a smaller network.
QUICK = ["fashion-rate", "mnist-latency", "mnist-up5k"]
FEW = 3  # images of these
FREE, STALLED = (ALWAYS, ALWAYS), (Random(seed=1), Random(seed=2, stall=128))


def cases():
    """Every shipped network with each pair of stall patterns."""
    quick = {(name, FREE) for name in QUICK}
    return [pytest.param(*case, marks=pytest.mark.slow if case in quick else pytest.mark.long,
                         id=f"{case[0]}-{case[1]}") for case in itertools.product(zoo.names(), (FREE, STALLED))]


@pytest.fixture(scope="module")
def shipped(request):
    """A network in its reference build, test vectors and compiled Verilog."""
    target = builds.target(request.param)
    stored = vectors.load(zoo.vectors_path(request.param), network=target.source.network)
    return target, stored, simulator(target.source.network, target.folding, CACHE)


@pytest.mark.parametrize(("shipped", "stalls"), cases(), indirect=["shipped"])
def test_results_and_cycles_are_as_predicted(shipped, stalls):
    target, stored, compiled = shipped
    gap, stall = stalls
    stored = stored[:FEW] if target.name in QUICK else stored
    replay(target.source.network, target.folding, stored, compiled, input_gap=gap, output_stall=stall)


def phases():
    """28 x 28 pixels as numbers, a strided convolution, a residual block, ten classes; of phase neurons."""
    rng = random.Random(1)

    def layer(threshold, *shape, **more):
        neurons = Phase(threshold=[rng.randrange(threshold // 2, 2 * threshold) for _ in range(shape[0])],
                        bias=[rng.randrange(-threshold, 4 * threshold) for _ in range(shape[0])])
        return Conv2d(weights=signs(rng, *shape), neurons=neurons, **more)
    return Network(input_shape=(1, 28, 28), steps=4, readout="potential", coding="direct", layers=(
        layer(150, 3, 1, 4, 4, stride=4), layer(5, 3, 3, 3, 3, padding=1),
        layer(5, 3, 3, 3, 3, padding=1, shortcut=Shortcut(source=1, gain=[9, 14, 5], shift=1)), Flatten(),
        Dense(weights=signs(rng, 10, 147), neurons=Rate(threshold=[2**31 - 1] * 10))))


@pytest.mark.slow
def test_a_network_of_phase_neurons_on_real_images(tmp_path):
    network, digits = phases(), samples.load(zoo.samples_path("MNIST")).images[:FEW]
    images = np.frombuffer(b"".join(digits), np.uint8).reshape(-1, *network.input_shape)
    everywhere(network, parse("3,16,2 1,3,2 3,3,1 10,1,1"), images, tmp_path)
    assert len(set(map(tuple, functional.run(network, images).potentials.tolist()))) == FEW


def proven(name, folder, data_folder, *, count=None, borders=False, copies=None):
    """The first ``count`` test images of a shipped network in its reference build; all if None."""
    target = builds.target(name, copies=copies)
    chosen = images.choose(target.source, count, data_folder)
    with workers.local(os.cpu_count()) as submit:
        found = proof.prove(target, chosen.pixels, chosen.labels, submit, borders=borders, waveforms=folder)
    assert found.difference is None
    assert found.images == found.equal == len(chosen.pixels)
    return found, target.source.provenance


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize("name", zoo.names())
def test_the_first_test_images_are_equal(tmp_path, data_folder, name):
    found, _ = proven(name, tmp_path, data_folder, count=20)
    assert found.images == 20


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize("copies", [2, 3])
def test_the_first_test_images_are_equal_in_copies_side_by_side(tmp_path, data_folder, copies):
    found, _ = proven("mnist-up5k", tmp_path, data_folder, count=100, copies=copies)
    alone, _ = proven("mnist-up5k", tmp_path, data_folder, count=100)
    assert found.right == alone.right > 95


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize("name", ["fashion-equilibrium", "mnist-up5k"])
def test_the_whole_test_set_is_classified_as_stated(tmp_path, data_folder, name):
    """Of those that take minutes; `binspike verify --network NAME` does it with any."""
    found, provenance = proven(name, tmp_path, data_folder)
    assert (found.images, found.right) == (provenance.images, provenance.correct)


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize("name", ["mnist-up5k", "mnist-ecp5"])
def test_every_transfer_at_every_border_is_as_predicted(tmp_path, data_folder, name):
    found, _ = proven(name, tmp_path, data_folder, count=100, borders=True)
    assert found.transfers > 1_000_000
