"""A kind of neurons from outside needs its entries and nothing else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hw.cost.estimate import estimate
from hw.families import FAMILIES
from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network
from quant.dataflow.folding import folded, parse, unrolled
from quant.files import artefact
from quant.files.provenance import Provenance
from tests.formal.engine import prove
from tests.formal.sources import function
from tests.helpers.equality import everywhere, untimed
from tests.helpers.strategies import images_for, networks
from tests.neurons.toy import ENTRIES, EXAMPLES, EvenTick


@pytest.fixture(scope="module", autouse=True)
def _known():
    """The toy is known here, and nowhere else."""
    with pytest.MonkeyPatch.context() as patch:
        for registry, entry in ENTRIES:
            patch.setitem(registry, EvenTick.kind, entry)
        yield


def network(readout="first_spike"):
    rng = np.random.default_rng(3)
    signs = lambda *shape: rng.choice([-1, 1], shape)  # noqa: E731
    return Network(input_shape=(2, 5, 5), steps=5, readout=readout, layers=(
        Conv2d(weights=signs(4, 2, 3, 3), neurons=EvenTick(threshold=[1, 2, 3, 4], bias=[0, 1, -1, 0]), padding=1),
        FirstSpikePool(size=2), Flatten(), Dense(weights=signs(3, 16), neurons=EvenTick(threshold=[2, 3, 2]))))


IMAGES = np.random.default_rng(4).integers(0, 256, (6, 2, 5, 5), np.uint8)


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
          suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_network_without_time(data):
    drawn = data.draw(networks(kinds=(EvenTick.kind, "single_spike", "rate"), max_extent=5))
    untimed(drawn, data.draw(images_for(drawn, 2)))


@pytest.mark.slow
@pytest.mark.parametrize("folding", [pytest.param(lambda _: parse("2,2,2 1,4,1"), id="mixed"),
                                     pytest.param(folded, id="folded", marks=pytest.mark.long),
                                     pytest.param(unrolled, id="unrolled", marks=pytest.mark.long)])
def test_everywhere(tmp_path, folding):
    everywhere(network(), folding(network()), IMAGES, tmp_path)


def test_it_fires_at_even_ticks_alone():
    outcome = untimed(network(), IMAGES)
    assert set(outcome.tick.tolist()) <= {0, 2, 4, 5}
    assert len(set(outcome.tick.tolist())) > 1


@pytest.mark.parametrize("name", [name if name == next(iter(EXAMPLES)) else pytest.param(name, marks=pytest.mark.long)
                                  for name in EXAMPLES])
def test_hardware_is_proven(name):
    verdict = prove(function(EXAMPLES[name]))
    assert (verdict.outcome, verdict.reached is not None) == ("proved", True), verdict


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_area_is_estimated(family):
    parts = {part.name: part.luts for part in estimate(network(), folded(network()), family).parts}
    assert parts["conv2d0_neurons"] > 0
    assert parts["dense3_neurons"] > 0


def test_artefact_goes_round(tmp_path):
    artefact.save(network(), tmp_path / "toy.safetensors", provenance=Provenance())
    assert artefact.load(tmp_path / "toy.safetensors").network == network()
