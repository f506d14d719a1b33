# amaranth: UnusedElaboratable=no
"""Cores whose memories are written: they compute the other network, of neurons of every kind."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from quant import Conv2d, Dense, Feedback, Flatten, Network, Phase, Rate, Shortcut
from quant.dataflow.chain import chain
from quant.dataflow.folding import fold_choices, folded
from quant.dataflow.lowering import synaptic
from quant.dataflow.memories import memories
from quant.description import conversion
from quant.description.neurons import LIMIT
from sim.functional import network as functional
from tests.helpers.networks import signs
from tests.helpers.refusals import refused

COUNT, PATIENCE = 4, 20_000


def rates(seed, **how):
    rng = random.Random(seed)

    def layer(kind, most, *shape):
        threshold = [rng.randrange(1, most) for _ in range(shape[0])]
        more = {"amount": [rng.randrange(each) for each in threshold]} if "held" in how.values() else {}
        return kind(weights=signs(rng, *shape), neurons=Rate(threshold=threshold, bias=range(shape[0]), **how, **more))
    return Network(input_shape=(1, 3, 3), steps=3, readout="count", coding="direct", layers=(
        layer(Conv2d, 400, 2, 1, 2, 2), Flatten(), layer(Dense, 4, 4, 8), layer(Dense, 4, 3, 4)))


def phases(seed):
    rng = random.Random(seed)

    def layer(kind, most, *shape, **more):
        return kind(weights=signs(rng, *shape), neurons=Phase(
            threshold=[rng.choice([rng.randrange(most // 4, most)] * 4 + [LIMIT]) for _ in range(shape[0])],
            bias=range(shape[0])), **more)
    return Network(input_shape=(1, 3, 3), steps=3, readout="potential", coding="direct", layers=(
        layer(Conv2d, 120, 2, 1, 2, 2), layer(Conv2d, 4, 2, 2, 3, 3, padding=1, shortcut=Shortcut(
            source=1, gain=[2, 3], shift=1)), Flatten(),
        Dense(weights=signs(rng, 3, 8), neurons=Rate(threshold=[rng.choice([3, LIMIT])] * 3))))


def latencies(seed):
    return conversion.latencies(phases(seed))


def loops(seed):
    rng = random.Random(seed)
    feedback = Feedback(weights=signs(rng, 2, 2, 3, 3), shift=5)
    return Network(input_shape=(1, 3, 3), steps=3, readout="count", coding="direct", layers=(
        Conv2d(weights=signs(rng, 2, 1, 2, 2), feedback=feedback,
               neurons=Rate(threshold=[rng.randrange(50, 300) for _ in range(2)], leak=2)), Flatten(),
        Dense(weights=signs(rng, 3, 8), neurons=Rate(threshold=[rng.randrange(1, 4) for _ in range(3)]))))


NETWORKS = {
    "rate": rates, "rate, reset to zero, leak": lambda seed: rates(seed, reset="zero", leak=2),
    "rate, amounts": lambda seed: rates(seed, variant="held"), "phase": phases, "latency": latencies,
    "feedback": loops}


def unrolled(network):
    """The folding of all channels and ticks at once, as far as weights stay in a memory."""
    def chosen(choices):
        several = [fold for fold in choices if fold.synapses < max(each.synapses for each in choices)]
        return max(several, key=lambda fold: (fold.ticks, fold.channels))
    return tuple(chosen(list(fold_choices(stage))) for stage in synaptic(network))


def written(core, network, folding, images):
    """Class, tick and potentials of each image, before and after another network is written into a core."""
    seen = []

    async def send(ctx):
        for count, given in ((COUNT, None), (2 * COUNT, network)):
            for place, words in enumerate(memories(chain(given, folding)).values() if given else ()):
                for address, word in enumerate(words.words):
                    ctx.set(core.load.enable, 1 << place)
                    ctx.set(core.load.address, address)
                    ctx.set(core.load.data, word << len(core.load.data) - 8 * words.word_bytes)
                    await ctx.tick()
            ctx.set(core.load.enable, 0)
            await ctx.tick().repeat(3)
            for pixel in images.transpose(0, 2, 3, 1).ravel().tolist():
                ctx.set(core.i.payload, pixel)
                ctx.set(core.i.valid, 1)
                while not (await ctx.tick().sample(core.i.ready))[2]:
                    pass
            ctx.set(core.i.valid, 0)
            for _ in range(PATIENCE):
                if len(seen) == count:
                    break
                await ctx.tick()
            await ctx.tick().repeat(200)

    async def take(ctx):
        ctx.set(core.o.ready, 1)
        async for _, _, valid, word in ctx.tick().sample(core.o.valid, core.o.payload):
            if valid:
                seen.append((word.class_index, word.tick, *word.potentials))

    simulator = Simulator(core)
    simulator.add_clock(1e-6)
    simulator.add_testbench(send)
    simulator.add_testbench(take, background=True)
    simulator.run()
    return seen[:COUNT], seen[COUNT:]


def due(network, images):
    outcome = functional.run(network, images)
    return [(int(index), int(tick), *map(int, potentials)) for index, tick, potentials in zip(
        outcome.class_index, outcome.tick, outcome.potentials, strict=True)]


@pytest.mark.parametrize(("kind", "choose"), [
    *((kind, folded) for kind in NETWORKS), pytest.param("rate", unrolled, marks=pytest.mark.slow),
    *(pytest.param(kind, unrolled, marks=pytest.mark.long) for kind in NETWORKS if kind != "rate")])
def test_a_written_core_computes_the_other_network(kind, choose):
    first, second = (NETWORKS[kind](seed) for seed in (1, 2))
    images = np.random.default_rng(5).integers(0, 256, (COUNT, *first.input_shape)).astype(np.uint8)
    folding = choose(first)
    assert due(first, images) != due(second, images)
    assert written(Accelerator(first, folding, reload=True), second, folding, images) == (
        due(first, images), due(second, images))


def test_neurons_whose_width_depends_on_what_is_loaded_are_refused():
    network = rates(1, variant="leak_first", leak=1)
    with refused("^conv2d0_neurons cannot be loaded from a host: thresholds of such rate neurons are part of its "
                 "logic; build without reload$"):
        Accelerator(network, folded(network), reload=True)
