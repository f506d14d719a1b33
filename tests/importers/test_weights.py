"""Real weights become integers times a scale: exactly, or rounded by least squares, which is stated."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from importers.fold import RANGES, integers, multiples, quantised, rounded, shifted
from importers.form import Chain, Flatten, Neurons, Synapses
from importers.lowering import lower
from importers.settings import Settings
from quant.description.integers import IntegerTensor
from quant.description.signs import SignTensor
from tests.importers.chains import few, images
from tests.importers.test_lowering import convert, one


def dense(weight, name="fc"):
    weight = np.array(weight, float)
    return Synapses(name=name, kind="dense", weight=weight, bias=np.zeros(len(weight)))


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.1, 3e-4])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_integers_times_one_scale_are_found(scale, dtype):
    numbers = np.random.default_rng(0).integers(-7, 8, (5, 9))
    found, scales, same = integers(dense((numbers * dtype(scale)).astype(dtype)), together=True)
    assert found.tolist() == numbers.tolist()
    assert [float(each) for each in scales] == pytest.approx([scale] * 5, rel=1e-6)
    assert same or scale not in (1.0, 0.5)


def test_each_output_has_a_scale_of_its_own_where_that_takes_fewer_bits():
    found, scales, same = integers(dense([[2, -2, 2], [0.5, 0.5, -0.5], [0, 0, 0]]), together=False)
    assert (found.tolist(), scales, same) == ([[1, -1, 1], [1, 1, -1], [0, 0, 0]], [2, Fraction(1, 2), 2], True)
    found, scales, _ = integers(dense([[2, -2, 2], [0.5, 0.5, -0.5]]), together=True)
    assert (found.tolist(), scales) == ([[4, -4, 4], [1, 1, -1]], [Fraction(1, 2)] * 2)


@pytest.mark.parametrize(("values", "found"), [
    ([0, 0], [0, 0]), ([6, -4, 2], [3, -2, 1]), ([127, -128, 1], [127, -128, 1]), ([-127, 128], None),
    ([1, 2**0.5], None), ([1, 1 + 1e-5], None)])
def test_multiples_are_the_smallest_integers(values, found):
    made = multiples(np.array(values, float))
    assert (made if made is None else made[0].tolist()) == found


def test_weights_that_are_no_integers_are_refused_with_a_remedy():
    made = replace(one(), layers=(dense([[0.5, -1.5, 2**0.5, 0.25]]), one().layers[1]), input_shape=(4, 1, 1))
    with pytest.raises(ValueError, match="layer") as caught:
        lower(made, Settings(ticks=2))
    assert str(caught.value) == ("layer fc: weights of output 0 have 4 magnitudes, which are no integers of 8 bits "
                                 "times one scale; train such weights, or round them (--weights int4, ternary or sign)")


@pytest.mark.parametrize("kind", ["sign", "ternary", "int2", "int3", "int4"])
def test_rounding_has_about_the_least_squared_error(kind):
    """Compared with a fine search of scales."""
    values = np.random.default_rng(1).normal(size=60)
    made = rounded(dense([values]), kind, together=False)[0].weight[0]
    scales = np.abs(values).max() * np.geomspace(0.02, 2, 4000)
    best = min(((quantised(values / scale, kind) * scale - values) ** 2).sum() for scale in scales)
    assert ((made - values) ** 2).sum() <= 1.01 * best


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("together", [False, True])
def test_rounded_weights_are_of_their_kind_and_exact_in_float32(kind, together):
    layer = dense(np.random.default_rng(2).normal(size=(4, 30)))
    made, words = rounded(layer, kind, together=together)
    numbers, scales, same = integers(replace(made, weight=made.weight.astype(np.float32)), together=together)
    low, high = RANGES[kind]
    assert numbers.min() >= low
    assert numbers.max() <= high
    assert (kind != "sign" or numbers.all(), same, len(set(scales)) == 1) == (True, True, together)
    error = np.linalg.norm(made.weight - layer.weight) / np.linalg.norm(layer.weight)
    assert words.startswith(f"{kind}, {'all' if together else 'each'} output")
    assert words.endswith(f"relative error of the weights {error:.3f}")
    assert rounded(made, kind, together=together) == (made, "")


def random_chain(seed, made):
    """A convolution and two dense layers of weights that ``made`` gives for a random generator and a shape."""
    rng = np.random.default_rng(seed)
    how = {"strict": bool(rng.integers(2)), "reset": "zero", "decay": float(rng.choice([1, 0.5]))}

    def layers(name, kind, shape, level, **options):
        return (Synapses(name=name, kind=kind, weight=made(rng, shape), bias=np.zeros(shape[0]), **options),
                Neurons(name=f"{name} neurons", threshold=rng.uniform(0.5, 1.5, shape[0]) * level, **how))
    return Chain(source="test", input_shape=(2, 4, 4), layers=(
        *layers("conv", "conv2d", (3, 2, 3, 3), 40, padding=1), Flatten(name="flat"),
        *layers("fc", "dense", (6, 48), 2), *layers("out", "dense", (3, 6), 1)))


@pytest.mark.parametrize("seed", few(range(20)))
def test_integers_times_a_scale_are_imported_exactly(seed):
    high = (1, 3, 7)[seed % 3]
    made = random_chain(seed, lambda rng, shape: rng.integers(-high, high + 1, shape) * rng.choice([0.1, 0.25, 1]))
    result = convert(made, Settings(ticks=5, pixel=Fraction(1, 4)), seed, images(seed))
    assert (result.equality.first, result.equality.fired > 0) == ("", True)
    assert all("weights" in each.became and not each.loss for each in result.layers if "fires" in each.became)


@pytest.mark.parametrize("kind", ["sign", "ternary", "int2", "int3", "int4"])
@pytest.mark.parametrize("seed", range(2))
def test_rounded_networks_are_those_of_the_rounded_source(seed, kind):
    """Real weights rounded by the importer spike as a source whose weights were rounded before, which is exact."""
    made = random_chain(seed, lambda rng, shape: rng.normal(size=shape) / 2)
    before = replace(made, layers=tuple(rounded(each, kind, together=False)[0] if isinstance(each, Synapses) else each
                                        for each in made.layers))
    settings = Settings(ticks=5, pixel=Fraction(1, 4))
    exact = convert(before, settings, seed, images(seed))
    asked = convert(made, replace(settings, weights=kind), seed, images(seed))
    assert (exact.equality.first, exact.equality.fired > 0) == ("", True)
    assert asked.network == exact.network
    assert all(each.loss.startswith(kind) for each in asked.layers if "fires" in each.became)
    largest = max(layer.weights.width for layer in asked.network.synaptic)
    assert largest <= {"sign": 1, "ternary": 2}.get(kind, int(kind[-1]) if kind[-1].isdigit() else 0)


def test_a_depthwise_convolution_of_several_bits():
    kernel = np.array([[[[1, 2]] * 2], [[[0, -1]] * 2]], float)
    made = Chain(source="test", input_shape=(2, 3, 3), layers=(
        Synapses(name="dw", kind="depthwise_conv2d", weight=kernel, bias=np.zeros(2)),
        Neurons(name="n", threshold=np.array([300.0])), Flatten(name="flat"), dense(np.ones((2, 8)), "out"),
        Neurons(name="o", threshold=np.array([2.0]))))
    result = convert(made, Settings(ticks=4, pixel=Fraction(1)), 0, images(0, 8, (2, 3, 3)))
    assert (result.equality.exact, result.equality.fired > 0) == (True, True)
    weights = result.network.layers[0].weights
    assert (result.network.layers[0].kind, type(weights)) == ("depthwise_conv2d", IntegerTensor)
    assert np.reshape(weights.values(), weights.shape).tolist() == kernel.tolist()


def looped(recurrent):
    return Chain(source="test", input_shape=(2, 1, 1), layers=(
        dense([[0.5, -1.0], [1.5, 0.5]]),
        Neurons(name="n", threshold=np.array([40.0]), feedback=dense(recurrent, "back")), dense(np.eye(2), "out"),
        Neurons(name="o", threshold=np.array([0.5]))))


def test_recurrent_weights_are_integers_times_a_power_of_two_of_the_scale():
    result = convert(looped([[0, 24], [-8, 0]]), Settings(ticks=6, pixel=Fraction(1, 4)), 0, images(0, 8, (2, 1, 1)))
    assert (result.equality.exact, result.equality.fired > 0) == (True, True)
    feedback = result.network.layers[0].feedback
    assert (feedback.weights.values(), feedback.shift) == ([0, 3, -1, 0], 6)  # a scale of 1/4 of 1/2


def test_recurrent_weights_are_rounded_on_request():
    with pytest.raises(ValueError, match="^layer back: recurrent weights, up to .* are no integers of 8 bits times a"):
        lower(looped([[0.1, 20], [-7.9, 0]]), Settings(ticks=3))
    _, rows = lower(looped([[0.1, 20], [-7.9, 0]]), Settings(ticks=3, weights="int4"))
    assert rows[0].loss.startswith("recurrent int4 times a power of two of the input's scale, relative error of the")
    assert shifted(dense([[3.0]]), [Fraction(1)], range(3), None)[:2] == ([[3]], 0)


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="^weights must be one of sign, ternary, int2, .*, not 'int9'$"):
        Settings(ticks=2, weights="int9")


def test_signs_times_a_scale_stay_signs():
    network, _ = lower(one(weight=-0.3, reset="zero"), Settings(ticks=4))
    assert isinstance(network.layers[0].weights, SignTensor)
