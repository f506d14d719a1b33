"""The shipped networks as emitted Verilog, in the foldings that the README builds."""

import numpy as np
import pytest

from hw import build
from quant import artefact, vectors, zoo
from quant.chain import chain
from quant.timing import run_images
from sim import data, functional
from sim.stalls import ALWAYS, Random
from tests.cocotb.runner import CACHE
from verify.replay import replay, simulator

BUILDS = {"mnist-ecp5": ["--board", "ulx3s-85f", "--fold", "12,25,7 12,600,1 1,32,1"],
          "mnist-up5k": ["--board", "icebreaker"]}


@pytest.fixture(scope="module", params=zoo.names())
def shipped(request):
    """Artefact, folding, test vectors and compiled Verilog of a network."""
    job = build.job(build.parser().parse_args(["--network", request.param, *BUILDS[request.param]]))
    source = artefact.load(zoo.path(request.param))
    stored = vectors.load(zoo.vectors_path(request.param), network=source.network)
    return source, job.folding, stored, simulator(source.network, job.folding, CACHE)


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "stall"), [(ALWAYS, ALWAYS), (Random(seed=1), Random(seed=2, stall=128))], ids=repr)
def test_results_and_cycles_are_as_predicted(shipped, gap, stall):
    source, folding, stored, compiled = shipped
    replay(source.network, folding, stored, compiled, input_gap=gap, output_stall=stall)


@pytest.mark.long
@pytest.mark.data
def test_the_whole_test_set_is_classified_as_stated(shipped, data_folder):
    source, folding, _, compiled = shipped
    images, labels = data.images(data_folder, source.provenance.data_set, "test")
    transfers = compiled.run(images.transpose(0, 2, 3, 1))
    seen = transfers.results
    golden = functional.run(source.network, images)
    assert np.array_equal(seen["class_index"], golden.class_index)
    assert np.array_equal(seen["tick"], golden.tick)
    assert np.array_equal(seen["potentials"], golden.potentials)
    assert int((seen["class_index"] == labels).sum()) == source.provenance.correct
    assert_cycles(transfers, golden.tick, chain(source.network, folding))


def assert_cycles(transfers, ticks, links):
    """Every image but the first three takes the predicted cycles, and its result comes when its tick says."""
    steps, pixels = links[-1].core.steps, transfers.input_cycles[0].size
    due = run_images(links, pixels=pixels, decisions=[steps] * 3 + list(range(steps + 1)))
    ends = np.array(due.inputs[pixels - 1::pixels])
    delay = (np.array(due.borders[links[-1].name]) - ends)[3:]
    seen = transfers.input_cycles.reshape(len(ticks), -1)[:, -1]
    assert set(np.diff(seen[3:])) == set(np.diff(ends[3:]))
    assert np.array_equal((transfers.output_cycles - seen)[3:], delay[ticks[3:]])
