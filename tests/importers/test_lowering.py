"""Chains in real numbers become integer networks with the same spikes, or are refused by layer, property and remedy."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from importers.form import Chain, Flatten, Neurons, Pool, Scale, Synapses
from importers.lowering import lower
from importers.report import converted, inputs
from importers.settings import Settings
from importers.simulation import run
from tests.importers.chains import chain, few, images, synapses


def convert(made, settings, seed=0, given=None):
    given = images(seed, shape=made.input_shape) if given is None else given
    return converted(made, settings, lambda batch: run(made, inputs(batch, settings)), given)


@pytest.mark.parametrize("seed", few(range(40)))
def test_random_chains_spike_the_same(seed):
    steps = 1 + seed % 7
    made = convert(chain(seed, steps), Settings(ticks=steps, pixel=Fraction(1, 64)), seed)
    assert made.equality.first == ""
    assert made.equality.exact
    assert made.equality.fired > 0


@pytest.mark.parametrize("seed", few(range(10)))
def test_pixels_as_spike_times(seed):
    settings = Settings(ticks=5, pixel=Fraction(1), coding="latency")
    made = replace(chain(seed, 5), layers=tuple(each for each in chain(seed, 5).layers if not isinstance(each, Pool)
                                                and getattr(each, "name", "") not in ("fc", "b")))
    rng = np.random.default_rng(seed)
    made = replace(made, layers=(*made.layers[:-2], synapses(rng, "out", "dense", (3, 64)), made.layers[-1]))
    assert convert(made, settings, seed).equality.exact


def one(threshold=4.0, weight=1.0, **how):
    """A neuron with one input."""
    return Chain(source="test", input_shape=(1, 1, 1), layers=(
        Synapses(name="fc", kind="dense", weight=np.array([[weight]]), bias=np.zeros(1)),
        Neurons(name="lif", threshold=np.array([threshold]), **how)))


def ticks_of(made, pixel, steps=8, **settings):
    network, _ = lower(made, Settings(ticks=steps, pixel=Fraction(1), **settings))
    from importers.report import trains
    found, = trains(network, np.full((1, 1, 1, 1), pixel, np.uint8))
    return np.flatnonzero(found[0, :, 0]).tolist()


@pytest.mark.parametrize("how", [{"timing": "now"}, {"timing": "late"}, {"timing": "held"}])
def test_strict_comparator_that_takes_the_threshold_itself(how):
    """Threshold 4 and input 3: V = 3, 6 - 4, 5 - 4, 4, 7 - 4, ... by hand."""
    assert ticks_of(one(**how), 3) == [1, 2, 4, 5, 6]


def test_held_reset_waits_for_a_second_threshold():
    """V = 9, kept 5 above 4: in tick 1 what counts is 5 + 9 - 4 = 10, in each tick more."""
    assert ticks_of(one(timing="held"), 9) == list(range(8))
    assert ticks_of(one(timing="held", decay=1.0), 5) == ticks_of(one(timing="now"), 5)


def test_late_reset_is_not_leaked():
    """V = 5, 7.5 fires. Late: 7.5 / 2 - 5 + 5 = 3.75, which does not; at once: (7.5 - 5) / 2 + 5 = 6.25, which does."""
    late, now = (ticks_of(one(timing=timing, decay=0.5, threshold=5.0), 5) for timing in ("late", "now"))
    assert (late, now) == ([1, 3, 5, 7], [1, 2, 3, 4, 5, 6, 7])


@pytest.mark.parametrize(("how", "settings", "message"), [
    ({"decay": 0.9}, {}, ("layer lif: leak keeps 0.9 of V in a tick, which is no 1 - 2**-k; train with 0.875, or round "
                         "to it (--round-leak)")),
    ({"decay": 0.5, "timing": "held"}, {}, ("layer lif: resets at once, by subtraction, with a leak, which keeps V "
     "above the threshold in the source's own way; use reset_delay=True, reset_mechanism='zero', or no leak")),
    ({"weight": 0.3}, {}, ("layer lif: what a reset takes, 13.3333333 weights, has no end within 24 bits behind the "
     "binary point; use thresholds and biases that are multiples of the scale of the weights, or round them "
     "(--round-amounts)")),
    ({"threshold": -1.0}, {}, ("layer lif: a threshold is -1 at a rest of 0, and so it fires at rest; use thresholds "
                              "above the rest")),
    ({"decay": 0.75}, {"ticks": 20}, ("layer lif: exact potentials need 38 bits behind the binary point, and there are "
     "24; use fewer ticks or no leak, or round what leaks leave (--round-leak)"))])
def test_what_is_not_exact_is_refused(how, settings, message):
    with pytest.raises(ValueError, match="layer") as caught:
        lower(one(**how), Settings(**{"ticks": 8, "pixel": Fraction(1)} | settings))
    assert str(caught.value) == message


def test_thresholds_beyond_the_integers_are_refused_where_potentials_may_reach_them():
    """A threshold of 1000 weights with 2**-24 of a weight as unit is above 2**31 - 1, and so is V = 4 * 255."""
    made = one(threshold=1000.0, reset="zero")
    fine = replace(made, layers=(replace(made.layers[0], bias=np.array([2.0**-24])), made.layers[1]))
    with pytest.raises(ValueError, match="^layer fc . lif: a threshold is beyond 2..31 - 1, and potentials may"):
        lower(fine, Settings(ticks=4, pixel=Fraction(1)))
    lower(replace(fine, layers=(made.layers[0], made.layers[1])), Settings(ticks=4, pixel=Fraction(1)))


@pytest.mark.parametrize(("how", "asked", "loss"), [
    ({"decay": 0.9}, {"round_leak": True}, "leak keeps 0.875 in place of 0.9"),
    ({"decay": 0.75}, {"round_leak": True, "ticks": 20}, "what a leak leaves is rounded to 8 bits behind the point"),
    ({"weight": 0.3}, {"round_amounts": True}, "amounts and biases rounded by up to 0.0013 of a weight")])
def test_what_is_rounded_is_stated(how, asked, loss):
    _, (row,) = lower(one(**how), Settings(**{"ticks": 4, "pixel": Fraction(1)} | asked))
    assert row.loss == loss


def test_a_hard_reset_needs_no_rounding():
    """Threshold 4 / 0.3 = 13.33: V > 13.33 is V >= 14."""
    network, (row,) = lower(one(weight=0.3, reset="zero"), Settings(ticks=4, pixel=Fraction(1)))
    assert (network.layers[0].neurons.threshold, row.loss) == ((14,), "")


@pytest.mark.parametrize(("layers", "message"), [
    ((Synapses(name="a", kind="dense", weight=np.ones((2, 1)), bias=np.zeros(2)),
      Synapses(name="b", kind="dense", weight=np.ones((2, 2)), bias=np.zeros(2))),
     "layer b: follows a with no neurons between; multiply the two weights out"),
    ((Synapses(name="a", kind="dense", weight=np.ones((2, 1)), bias=np.zeros(2)), Pool(name="p", kind="sum", size=2)),
     "layer p: lies between the weights of a and its neurons; put it behind the neurons"),
    ((Pool(name="p", kind="sum", size=2),), "layer p: sum pool windows must cover the input"),
    ((Scale(name="s", factor=-1.0),), "layer s: scale -1 is not positive; fold it into the weights"),
    ((Flatten(name="f"),), "test: last layer must be a dense one, not flatten")])
def test_layers_that_do_not_fit(layers, message):
    with pytest.raises(ValueError, match="layer") as caught:
        lower(Chain(source="test", input_shape=(1, 1, 1), layers=layers), Settings(ticks=2))
    assert str(caught.value).startswith(message)


def test_outputs_that_add_up_are_read_by_potential():
    made = Chain(source="test", input_shape=(1, 1, 1), layers=(
        Synapses(name="fc", kind="dense", weight=np.array([[1.0], [-1.0]]), bias=np.zeros(2)),))
    network, (row,) = lower(made, Settings(ticks=2))
    assert (network.readout, network.layers[0].neurons.amount) == ("potential", (0, 0))
    assert "adds up" in row.became
    uneven = replace(made, layers=(replace(made.layers[0], weight=np.array([[1.0], [-2**0.5]])),))
    with pytest.raises(ValueError, match="the outputs that only add up have scales that differ"):
        lower(uneven, Settings(ticks=2))


def test_report_names_the_first_difference():
    settings = Settings(ticks=3, pixel=Fraction(1))
    made = one()
    wrong = converted(made, settings, lambda batch: [~run(made, inputs(batch, settings))[0]],
                      np.full((2, 1, 1, 1), 3, np.uint8))
    assert (wrong.equality.exact, wrong.equality.equal, wrong.equality.differing) == (False, 0, 6)
    assert wrong.equality.first == ("layer 0 of neurons, image 0, tick 0, neuron 0: the source fires, the network "
                                    "does not")


def test_a_network_without_a_layer_that_spikes_has_nothing_to_compare():
    made = Chain(source="sums", input_shape=(1, 2, 2), layers=(
        Flatten(name="flat"), Synapses(name="dense", kind="dense", weight=np.ones((3, 4)), bias=np.zeros(3))))
    with pytest.raises(ValueError, match="^source must have a layer of neurons that spike; without one there is "):
        convert(made, Settings(ticks=4))
