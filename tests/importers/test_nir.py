"""NIR graphs, written and read by the real library, give the same spikes as the networks they become."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from tests.importers.chains import few, images
from tests.importers.libraries import absent

pytest.importorskip("nir", reason=absent("nir"))

import nir

from importers import export
from importers.nir import Dialect, convert, read
from importers.report import trains
from importers.snntorch import reset

DT = 1e-4
PIXEL = Fraction(1, 64)
SHAPE = (2, 4, 4)


def lif(shape, threshold, beta=0.5, rest=0.0, gain=1.0):
    full = lambda value: np.full(shape, value)  # noqa: E731
    if beta == 1:
        return nir.IF(r=full(gain / DT), v_threshold=full(threshold), v_reset=full(rest))
    tau = DT / (1 - beta)
    return nir.LIF(tau=full(tau), r=full(gain * tau / DT), v_leak=full(rest), v_threshold=full(threshold),
                   v_reset=full(rest))


def graph(seed, beta=0.5, rest=0.0, pool="AvgPool2d"):
    rng = np.random.default_rng(seed)
    scale = 2.0 ** rng.integers(-1, 2)
    signs = lambda *shape: rng.choice([-scale, scale], shape)  # noqa: E731
    level = lambda: rng.integers(1, 12) / 2  # noqa: E731
    two = np.array([2, 2])
    return nir.NIRGraph.from_list(
        nir.Input(np.array(SHAPE)), nir.Conv2d(input_shape=(4, 4), weight=signs(4, 2, 3, 3), stride=1, padding=1,
                                               dilation=1, groups=1, bias=rng.integers(-2, 3, 4) * scale),
        lif((4, 4, 4), level(), beta, rest), getattr(nir, pool)(kernel_size=two, stride=two, padding=np.array([0, 0])),
        nir.Flatten({"input": np.array([4, 2, 2])}, start_dim=0, end_dim=-1), nir.Linear(signs(8, 16)),
        lif((8,), level(), beta, rest), nir.Affine(signs(3, 8), rng.integers(-2, 3, 3) * scale),
        lif((3,), level(), beta, rest), nir.Output(np.array([3])))


def written(made, folder):
    nir.write(folder / "graph.nir", made)
    return folder / "graph.nir"


@pytest.mark.parametrize("pool", ["AvgPool2d", "SumPool2d"])
@pytest.mark.parametrize(("beta", "rest", "comparator"), [(1.0, 0.0, ">"), (0.5, 0.0, ">"), (0.5, -0.5, ">="),
                                                          (0.75, 0.0, ">=")])
@pytest.mark.parametrize("seed", range(3))
def test_random_files_spike_the_same(seed, beta, rest, comparator, pool, tmp_path):
    made = convert(written(graph(seed, beta, rest, pool), tmp_path), 5 + seed, pixel=PIXEL,
                   dialect=Dialect(comparator=comparator), images=images(seed, 8))
    assert (made.equality.first, made.equality.equal, made.equality.fired > 0) == ("", 8, True)
    assert bool(made.notes) == bool(rest)


@pytest.mark.parametrize("reset", ["subtract", "none"])
def test_other_resets_are_a_dialect(reset, tmp_path):
    made = convert(written(graph(1), tmp_path), 5, pixel=PIXEL, dialect=Dialect(reset=reset, timing="now"))
    assert made.equality.exact
    assert made.network.layers[0].neurons.reset == "subtract"


SPIKING = (0, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 20, 22, 24, 25, 26)  # seeds of graphs with output spikes


def outputs_by_snntorch(made, given, steps):
    """Output spikes of a graph that `snntorch.import_nir` reads; image by image, since it flattens the batch too."""
    importer = pytest.importorskip("snntorch.import_nir", reason=absent("snntorch"))
    import torch

    fired = []
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importer.import_from_nir(made)
        for image in torch.from_numpy(given.astype(np.float32)):
            reset(module)  # its neurons keep their state beside the one that is handed on
            state, ticks = None, []
            for _ in range(steps):
                out, state = module(image, state)
                ticks.append((out[0] if isinstance(out, tuple) else out).numpy().ravel() != 0)
            fired.append(ticks)
    return np.array(fired)


@pytest.mark.parametrize("seed", few(SPIKING))
def test_snntorch_runs_the_same_graph(seed):
    """SnnTorch reads graphs with a strict comparator and a reset to zero."""
    made, given = graph(seed), images(seed, 4)
    theirs = outputs_by_snntorch(made, given / 64, 5)
    ours = convert(made, 5, pixel=PIXEL, images=given)
    assert (trains(ours.network, given)[-1] == theirs).all()
    assert theirs.any()


@pytest.mark.parametrize("seed", [0, 2, 3])
@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_snntorch_runs_exported_graphs(seed, beta, tmp_path):
    given = images(seed, 4)
    first = convert(graph(seed, beta), 5, pixel=PIXEL, images=given)
    nir.write(tmp_path / "out.nir", export.graph(first.network))
    back = convert(tmp_path / "out.nir", 5, pixel=Fraction(1), images=given)
    assert all((a == b).all() for a, b in zip(*(trains(one.network, given) for one in (first, back)), strict=True))
    theirs = outputs_by_snntorch(nir.read(tmp_path / "out.nir"), given.astype(float), 5)
    assert (trains(first.network, given)[-1] == theirs).all()
    assert theirs.any()


def test_networks_that_nir_has_no_word_for_are_refused():
    made = convert(graph(0), 5, pixel=PIXEL, dialect=Dialect(reset="subtract")).network
    with pytest.raises(ValueError, match="^layer 0: rate neurons have no exact counterpart in NIR; export rate neurons "
                                         "that are reset to zero, without either$"):
        export.graph(made)


def small(*nodes, edges=None):
    names = {f"n{index}": node for index, node in enumerate(nodes)}
    every = {"input": nir.Input(np.array([4])), **names, "output": nir.Output(np.array([2]))}
    order = list(every)
    return nir.NIRGraph(nodes=every, edges=edges or list(zip(order, order[1:], strict=False)), type_check=False)


WEIGHTS = np.ones((2, 4))


def looped(gain):
    """Recurrent neurons as snnTorch exports them: a graph inside the graph."""
    inner = nir.NIRGraph(nodes={"input": nir.Input(np.array([4])), "lif": lif((4,), 3.0, 0.5), "w": nir.Linear(
        np.where(np.arange(16).reshape(4, 4) % 3, gain, -gain)), "output": nir.Output(np.array([4]))}, type_check=False,
        edges=[("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")])
    return small(nir.Linear(np.where(np.arange(16).reshape(4, 4) % 2, 1.0, -1.0)), inner,
                 nir.Linear(np.array([[1.0, 1, -1, 1], [-1, 1, 1, 1]])), lif((2,), 1.0, 0.5))


@pytest.mark.parametrize("gain", [1.0, 0.25])
def test_recurrent_graphs(gain, tmp_path):
    made = convert(written(looped(gain), tmp_path), 6, pixel=PIXEL, images=images(1, 8, (4, 1, 1)))
    assert made.equality.exact
    assert made.equality.fired
    assert made.network.layers[0].feedback.shift == (6 if gain == 1 else 4)


@pytest.mark.parametrize(("made", "message"), [
    (lambda: small(nir.Linear(WEIGHTS), nir.CubaLI(*[np.ones(2)] * 4)), "layer n1: is a CubaLI, which has no counter"),
    (lambda: small(nir.Linear(WEIGHTS), nir.IF(r=np.ones(2), v_threshold=np.ones(2))),
     "layer n1: has r = 1: at 0.0001 s a tick V would rise by 0.0001 of the input; say what a tick is"),
    (lambda: small(nir.Linear(WEIGHTS), lif((2,), 1.0, 0.9)), "layer n1: leak keeps 0.9 of V in a tick"),
    (lambda: small(nir.Linear(WEIGHTS), nir.Delay(np.full(2, DT)), lif((2,), 1.0)), "layer n1: delays what goes"),
    (lambda: small(nir.Linear(np.full((2, 4), np.nan)), lif((2,), 1.0)), "layer n0: weights must be finite numbers"),
    (lambda: small(nir.Linear(WEIGHTS), lif((2,), np.array([1.0, np.inf]))), "layer n1: v_threshold must be finite"),
    (lambda: small(nir.Linear(WEIGHTS), nir.LIF(*[np.full(2, DT * 2)] * 2, v_leak=np.ones(2), v_threshold=np.ones(2))),
     "layer n1: leaks to 1 and is reset to 0; use one value"),
    (lambda: small(nir.Linear(WEIGHTS), lif((2,), 1.0), edges=[("input", "n0"), ("n0", "n1"), ("n1", "output"),
                                                              ("input", "n1")]), "layer input: has 1 inputs and 2 out"),
    (lambda: small(nir.Linear(WEIGHTS), nir.Linear(np.ones((2, 2))), edges=[("input", "n0"), ("n0", "n1"),
                                                                           ("n1", "n0")]), "layer n"),
    (lambda: small(nir.Linear(WEIGHTS), lif((2,), 1.0), edges=[("input", "n0"), ("n0", "lost")]), "edge from 'n0' to"),
    (lambda: small(nir.Linear(np.ones((2, 3))), lif((2,), 1.0)), "layer n0 + n1: dense weights must take 4 inputs"),
    (lambda: small(nir.CubaLIF(*[np.full(2, DT * 2)] * 3, np.zeros(2), np.ones(2))),
     "layer n0: has a synaptic current that lasts: it keeps 0.5 in a tick")])
def test_what_has_no_exact_form_is_refused(made, message):
    with pytest.raises(ValueError, match=" ") as caught:
        convert(made(), 3, pixel=PIXEL)
    assert str(caught.value).startswith(message)


def test_a_vector_of_pixels_may_be_a_picture():
    made = convert(small(nir.Linear(WEIGHTS), lif((2,), 1.0)), 3, input_shape=(1, 2, 2))
    assert made.network.input_shape == (1, 2, 2)


def test_one_dimensional_convolutions():
    rng = np.random.default_rng(0)
    made = nir.NIRGraph.from_list(
        nir.Input(np.array([2, 6])), nir.Conv1d(input_shape=6, weight=rng.choice([-1.0, 1], (3, 2, 3)), stride=1,
                                                padding=1, dilation=1, groups=1, bias=np.zeros(3)),
        lif((3, 6), 3.0), nir.Flatten({"input": np.array([3, 6])}, 0, -1), nir.Linear(rng.choice([-1.0, 1], (2, 18))),
        lif((2,), 1.0), nir.Output(np.array([2])))
    ours = convert(made, 4, pixel=PIXEL, images=images(0, 8, (2, 1, 6)))
    assert ours.equality.exact
    given = images(0, 8, (2, 1, 6)).astype(float)[:, :, 0] / 64
    padded = np.pad(given, ((0, 0), (0, 0), (1, 1)))
    weight = made.nodes["conv1d"].weight
    sums = sum(np.einsum("ncx,oc->nox", padded[:, :, at:at + 6], weight[:, :, at]) for at in range(3))
    first = trains(ours.network, images(0, 8, (2, 1, 6)))[0][:, 0].reshape(8, 3, 6)
    assert (first == (sums > 3)).all()


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "x.nir").write_text("no graph")
    with pytest.raises(ValueError, match=r"x.nir: file must be a NIR graph, an HDF5 file, and does not begin as one$"):
        read(tmp_path / "x.nir")


@pytest.mark.parametrize("seed", few(range(20)))
def test_integers_times_a_scale_are_exact(seed, tmp_path):
    made = graph(seed)
    rng = np.random.default_rng(seed)
    high = (1, 3, 7)[seed % 3]
    for node in made.nodes.values():
        if hasattr(node, "weight"):
            node.weight = (rng.integers(-high, high + 1, node.weight.shape) * 0.5).astype(np.float32)
    found = convert(written(made, tmp_path), 5, pixel=PIXEL, images=images(seed, 8))
    assert (found.equality.first, found.equality.equal, found.equality.fired > 0) == ("", 8, True)
    assert max(layer.weights.width for layer in found.network.synaptic) == {1: 2, 3: 3, 7: 4}[high]


def test_real_weights_are_rounded_on_request(tmp_path):
    made = graph(2)
    for node in made.nodes.values():
        if hasattr(node, "weight"):
            node.weight = np.random.default_rng(0).normal(size=node.weight.shape)
    path = written(made, tmp_path)
    with pytest.raises(ValueError, match="weights of output 0 have .* round them [(]--weights int4, ternary or sign"):
        convert(path, 5, pixel=PIXEL)
    found = convert(path, 5, pixel=PIXEL, weights="int4", round_amounts=True)
    assert all("int4, each output's weights" in each.loss for each in found.layers if each.width)
    assert found.equality.differing < 0.1 * found.equality.spikes
