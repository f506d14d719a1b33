# amaranth: UnusedElaboratable=no
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.accelerator import Accelerator
from quant import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Network, Ramp, Rate, SingleSpike, Step
from quant.dataflow.chain import every
from quant.dataflow.folding import folded, parse, unrolled
from quant.timing.simulation import always, run_images
from sim.cycle import payload, wires
from sim.functional import network as functional
from tests.helpers.cores.bench import RATES, observe, pattern, payload_shape, split
from tests.helpers.strategies import foldings, images_for, networks


def signs(rng, *shape):
    return rng.choice([-1, 1], shape)


def convolutional(psp, readout, steps=3):
    """Three pixels square, two channels: a padded convolution, a pool, three classes."""
    rng = np.random.default_rng(1)
    return Network(input_shape=(2, 3, 3), steps=steps, readout=readout, layers=(
        Conv2d(weights=signs(rng, 2, 2, 2, 2), neurons=SingleSpike(threshold=[2, 1], psp=psp), padding=1),
        FirstSpikePool(size=2), Flatten(),
        Dense(weights=signs(rng, 3, 8), neurons=SingleSpike(threshold=[2, 1, 3], bias=[0, 1, -1], psp=psp))))


def strided(psp, readout, steps=5):
    """A convolution of stride two, one of a kernel smaller than its stride, two dense layers."""
    rng = np.random.default_rng(2)
    return Network(input_shape=(1, 7, 6), steps=steps, readout=readout, layers=(
        Conv2d(weights=signs(rng, 2, 1, 2, 2), neurons=SingleSpike(threshold=[1, 2], psp=psp), stride=2),
        Conv2d(weights=signs(rng, 3, 2, 1, 1), neurons=SingleSpike(threshold=[1, 1, 2], psp=psp), stride=2), Flatten(),
        Dense(weights=signs(rng, 4, 12), neurons=SingleSpike(threshold=[2] * 4, psp=psp)),
        Dense(weights=signs(rng, 2, 4), neurons=SingleSpike(threshold=[2, 2], psp=psp))))


def pictures(network, count, seed=0):
    """Images of which the first comes again after every other."""
    rng = np.random.default_rng(seed)
    several = rng.integers(0, 256, (count, *network.input_shape)) * rng.integers(0, 2, (count, *network.input_shape))
    return np.array([image for other in several[1:] for image in (several[0], other)], np.uint8)


def streams(images):
    return [image.transpose(1, 2, 0).ravel().tolist() for image in images]


def predicted(core, network, images, source, sink):
    """Cycles of the input; cycle and payload of each result, decided and computed by the functional model."""
    outcome = functional.run(network, images)
    times = run_images(core.nodes, pixels=images[0].size, decisions=outcome.tick.tolist(), source=source, sink=sink)
    words = zip(outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)
    readout = core.nodes[-1].core
    return times.inputs, [(cycle, wires.bits(readout, (class_index, tick, *potentials))) for
                          cycle, (class_index, tick, potentials) in zip(times.borders["readout"], words, strict=True)]


def simulate(core, images, source, sink, monitors=()):
    words = [pixel for image in streams(images) for pixel in image]
    return observe(core, words, len(images), source, sink, monitors=monitors)


def agree(network, folding, images, *, seed=0, stall=0.0):
    core = Accelerator(network, folding)
    source, sink = pattern(seed, stall), pattern(seed + 1, stall)
    assert simulate(core, images, source, sink) == predicted(core, network, images, source, sink)


NETWORKS = {
    "convolutional-ramp": convolutional(Ramp(), "first_spike"),
    "convolutional-potential": convolutional(Step(), "potential"),
    "strided-ramp": strided(Ramp(length=2), "first_spike"),
    "strided-one-tick": strided(Step(), "first_spike", steps=1),  # an ordinary binary network
}
FOLDINGS = {
    "convolutional": ["1,1,1 1,1,1", "2,2,2 3,4,3", "1,8,3 1,8,1", "2,1,3 3,2,2", "2,8,3 3,8,3"],
    "strided": ["1,1,1 1,1,1 1,1,1 1,1,1", "2,4,1 1,2,1 2,3,1 2,4,1", "1,1,1 3,1,1 4,12,1 1,2,1"],
}
LONGEST = {foldings[0] for foldings in FOLDINGS.values()}  # of simulations
CASES = [pytest.param(name, folding, stall, marks=() if stall == 0.3 and folding not in LONGEST else pytest.mark.long)
         for name in NETWORKS for folding in FOLDINGS[name.partition("-")[0]]
         for stall in (RATES if name == "convolutional-ramp" else (0.3,))]


@pytest.mark.parametrize(("name", "folding", "stall"), CASES)
def test_results_and_their_cycles_are_as_predicted(name, folding, stall):
    network = NETWORKS[name]
    agree(network, parse(folding), pictures(network, 2), stall=stall)


SMALL = {"max_maps": 1, "max_dense": 2, "max_extent": 3, "max_channels": 3, "steps": st.integers(1, 5)}


@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(data=st.data(), seed=st.integers(0, 99), stall=st.sampled_from(RATES))
def test_any_network_under_any_folding(data, seed, stall):
    network = data.draw(networks(**SMALL))
    agree(network, data.draw(foldings(network)), data.draw(images_for(network, 2)), seed=seed, stall=stall)


@pytest.mark.parametrize("folding", FOLDINGS["convolutional"][1:3])
def test_result_does_not_depend_on_what_came_before(folding):
    network = NETWORKS["convolutional-ramp"]
    core = Accelerator(network, parse(folding))
    _, results = simulate(core, pictures(network, 5), pattern(0, 0.3), pattern(1, 0.3))
    payloads = [value for _, value in results]
    assert len(set(payloads[::2])) == 1
    assert len(set(payloads[1::2])) > 1


def watch(core, seen):
    """A monitor for each tap: (cycle, payload) of its transfers."""
    def monitor(name):
        tap = getattr(core, f"tap_{name}")

        async def bench(ctx):
            cycle = 0
            async for _, _, valid, ready, value in ctx.tick().sample(tap.valid, tap.ready, tap.payload):
                if valid and ready:
                    seen[name].append((cycle, value))
                cycle += 1

        return bench

    return [monitor(name) for name in core.components]


def recurrent():
    """Three pixels square, a padded convolution with feedback, three classes."""
    rng = np.random.default_rng(1)
    feedback = Feedback(weights=signs(rng, 2, 2, 3, 3), shift=5)
    return Network(input_shape=(2, 3, 3), steps=3, coding="direct", readout="potential", layers=(
        Conv2d(weights=signs(rng, 2, 2, 2, 2), padding=1, feedback=feedback,
               neurons=Rate(threshold=[300, 200], bias=[3, -4], leak=2, fraction=1)),
        Flatten(), Dense(weights=signs(rng, 3, 32), neurons=Rate(threshold=[9] * 3))))


NETWORKS["recurrent"] = recurrent()


@pytest.mark.parametrize("stall", [pytest.param(rate, marks=() if rate == 0.3 else pytest.mark.long)
                                   for rate in RATES])
@pytest.mark.parametrize("folding", [pytest.param("1,1,1 1,1,1 3,1,1", marks=pytest.mark.long), "2,2,8 2,18,1 3,4,3",
                                     "2,8,3 2,1,1 3,8,1"])
def test_results_with_feedback_and_their_cycles_are_as_predicted(folding, stall):
    agree(NETWORKS["recurrent"], parse(folding), pictures(NETWORKS["recurrent"], 3), stall=stall)


@pytest.mark.parametrize(("name", "folding"), [
    ("convolutional-ramp", "2,2,2 3,4,3"), ("convolutional-ramp", "2,8,3 1,8,1"), ("recurrent", "1,2,4 1,2,1 3,1,1"),
    pytest.param("recurrent", "2,8,8 2,18,1 1,2,1", marks=pytest.mark.long)])
def test_taps_show_every_transfer_at_every_border(name, folding):
    network = NETWORKS[name]
    core, images = Accelerator(network, parse(folding), taps=True), pictures(network, 2)
    source, sink = pattern(3, 0.3), pattern(4, 0.3)
    words = payload.borders(core.nodes, streams(images))
    times = run_images(core.nodes, pixels=images[0].size, decisions=[word[1] for word in words["readout"]],
                       source=source, sink=sink)
    seen = {name: [] for name in core.components}
    simulate(core, images, source, sink, watch(core, seen))
    for node in every(core.nodes):
        expected = [(cycle, wires.bits(node.core, word)) for cycle, word in
                    zip(times.borders[node.name], words[node.name], strict=False)]
        assert seen[node.name][:len(expected)] == expected
        assert len(expected) > 0


def test_taps_have_the_width_of_their_border():
    network = NETWORKS["strided-ramp"]
    core = Accelerator(network, folded(network), taps=True)
    for node in core.nodes:
        assert len(getattr(core, f"tap_{node.name}").payload) == sum(wires.widths(node.core))


def test_unrolled_network_takes_a_pixel_a_cycle():
    network = strided(Ramp(), "potential")  # decides at the same tick always
    taken, results = simulate(Accelerator(network, unrolled(network)), pictures(network, 3), always, always)
    cycles = [cycle for cycle, _ in results]
    assert taken == list(range(4 * 7 * 6))
    assert [later - earlier for earlier, later in zip(cycles, cycles[1:], strict=False)] == [7 * 6] * 3


def test_result_by_hand():
    network = Network(input_shape=(2, 1, 1), steps=4, layers=(
        Dense(weights=[[1, 1], [1, -1]], neurons=SingleSpike(threshold=[3, 9], psp=Ramp())),))
    core = Accelerator(network, folded(network))
    # spikes at ticks 1 and 2: V of output 0 is 0 1 3 5, of output 1 is 0 1 1 1
    _, ((_, result),) = observe(core, [191, 127], 1)
    assert split(payload_shape(core.o), result) == (0, 2, 3, 1)


def test_wrong_folding():
    network = NETWORKS["convolutional-ramp"]
    message = "folding must have one fold for each of 2 layers with weights, not 1"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Accelerator(network, parse("1,1,1"))
