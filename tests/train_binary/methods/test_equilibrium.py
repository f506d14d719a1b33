import weakref
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from quant import Conv2d, Dense, Flatten, Step
from sim.functional import network as functional
from tests.helpers.training.recipes import (
    CONV,
    DENSE,
    LOOPED,
    built,
    every_loop,
    finished,
    looped,
    noise,
    observed,
    separable,
    tiny,
)
from train_binary import recipe
from train_binary.layers import equilibrium as module
from train_binary.layers.equilibrium import Readout, equilibrium, rate, ticks
from train_binary.methods import Equilibrium
from train_binary.model.evaluation import potentials
from train_binary.model.integer import integer_forward, layer_times
from train_binary.ops import solvers
from train_binary.ops.solvers import SOLVERS
from train_binary.ops.spike_trains import column
from train_binary.run.trainer import Trainer

every_solver = pytest.mark.parametrize("solver", SOLVERS)


def fixed_point(kind, seed=0):
    """Weights, current and threshold in float64, f before it is clipped, and the derivative of that, transposed."""
    generator = torch.Generator().manual_seed(seed)
    size, padding = (1, 0) if kind == "dense" else (3, 1)
    shape = (6, 7, 1, 1) if kind == "dense" else (6, 3, 4, 4)
    signs = torch.randn(shape[1], shape[1], size, size, generator=generator, dtype=torch.float64).sign()
    scale = torch.rand(shape[1], 1, 1, generator=generator, dtype=torch.float64) * 0.05 + 0.04
    current = torch.randn(shape, generator=generator, dtype=torch.float64) * 0.5 + 0.4
    for leaf in (signs, scale, current):
        leaf.requires_grad_()
    return (signs, scale, current,
            lambda rates: current + scale * F.conv2d(rates, signs, padding=padding),
            lambda x: F.conv_transpose2d(scale * x, signs, padding=padding).detach())


@every_loop
@every_solver
def test_gradient_is_that_of_the_unrolled_network_at_convergence(kind, solver, monkeypatch):
    monkeypatch.setattr(solvers, "ITERATIONS", 400)
    *leaves, grown, transposed = fixed_point(kind)
    answers = torch.randn(leaves[2].shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    rates = torch.zeros_like(leaves[2])
    for _ in range(400):
        rates = grown(rates).clamp(0, 1)
    exact = torch.autograd.grad((answers * rates).sum(), leaves)
    assert 0.2 < ((rates > 0) & (rates < 1)).double().mean() < 0.9
    at = equilibrium(grown(rates.detach()), rates.detach(), transposed, lambda *of: SOLVERS[solver](*of, 1e-13))
    assert torch.equal(at, rates)
    for found, wanted in zip(torch.autograd.grad((answers * at).sum(), leaves), exact, strict=True):
        assert (found - wanted).abs().max() < 1e-10 * wanted.abs().max()


@every_solver
def test_gradient_is_that_of_a_direct_solution(solver):
    *_, current, grown, transposed = fixed_point("dense")
    signs, scale = fixed_point("dense")[:2]
    rates = torch.rand(current.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    answers = torch.randn(current.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    (found,) = torch.autograd.grad((answers * equilibrium(grown(rates), rates, transposed, SOLVERS[solver])).sum(),
                                   current)
    for image in range(len(rates)):
        inside = ((grown(rates)[image] > 0) & (grown(rates)[image] < 1)).double().flatten()
        jacobian = torch.diag(inside * scale.flatten()) @ signs[:, :, 0, 0]
        x = torch.linalg.solve(torch.eye(len(inside), dtype=torch.float64) - jacobian.T, answers[image].flatten())
        assert (found[image].flatten() - x * inside).norm() < 1e-3 * x.norm()


@every_loop
def test_layer_hands_down_the_gradient_at_its_simulated_rates(kind):
    """Written out: simulation, statistics of the batch, clip, implicit differentiation by a dense matrix."""
    images, _ = noise(12, seed=4)
    model = built(looped(LOOPED[kind], DENSE, contraction=0.8)).train()
    layer = model.hidden[0]
    neurons, feedback = layer.neurons, layer.feedback
    neurons.gain.data.uniform_(-0.3, 0.3)
    neurons.offset.data.uniform_(0.2, 0.8)
    found = layer(images.float()[None])
    answers = torch.randn(found.shape, generator=torch.Generator().manual_seed(5))
    (answers * found).sum().backward()

    weights = [torch.where(each.weight >= 0, 1.0, -1.0).requires_grad_() for each in (layer, feedback)]
    gain, offset = (each.detach().clone().requires_grad_() for each in (neurons.gain, neurons.offset))

    def with_feedback(a):
        return F.conv2d(a, weights[1], padding=feedback.padding)
    sums = (F.linear(images.float().flatten(1), weights[0])[..., None, None] if kind == "dense"
            else F.conv2d(images.float(), weights[0], stride=2, padding=1))
    mean, variance = sums.mean((0, 2, 3)), sums.var((0, 2, 3))
    threshold = column(2 * (variance + 1e-3).sqrt() / gain.exp() * neurons.lift)
    current = (sums - column(mean)) / threshold + column(offset) / 2
    scale = 2.0**int(feedback.shift) / threshold
    v, spikes, total = torch.zeros_like(current), torch.zeros_like(current), torch.zeros_like(current)
    for _ in range(5):
        v = v + current + scale * with_feedback(spikes)
        spikes = (v >= 1).float()
        v, total = v - spikes, total + spikes
    rates = (total / 5).detach()
    assert (found[0] != rates).double().mean() < 0.01  # in another order of float operations
    assert 0.05 < rates.mean() < 0.6
    grown = current + scale * with_feedback(rates)
    inside = ((grown > 0) & (grown < 1)).float().detach()
    eye = torch.eye(rates[0].numel()).view(-1, *rates.shape[1:])
    columns = (scale * with_feedback(eye)).detach().flatten(1).T
    handed = []
    for image, answer in zip(inside, answers[0], strict=True):
        jacobian = torch.diag(image.flatten()) @ columns
        x = torch.linalg.solve(torch.eye(len(jacobian)) - jacobian.T, answer.flatten())
        handed.append(x.view(image.shape) * image)
    grown.backward(torch.stack(handed))
    for ours, wanted in ((layer.weight.grad, weights[0].grad), (feedback.weight.grad, weights[1].grad),
                         (neurons.gain.grad, gain.grad), (neurons.offset.grad, offset.grad)):
        assert (ours - wanted).abs().max() < 2e-3 * wanted.abs().max()
    assert feedback.weight.grad.any()


@pytest.mark.parametrize(("leak", "expected"), [(None, 2 / 4), (1, (1 / 8 + 1) / (1 + 1 / 2 + 1 / 4 + 1 / 8))])
def test_rate_by_hand(leak, expected):
    assert rate((torch.tensor(float(spike)) for spike in (1, 0, 0, 1)), leak).item() == pytest.approx(expected)


def test_long_simulations_come_to_the_equilibrium():
    *_, current, grown, _ = fixed_point("dense")
    with torch.no_grad():
        rates = torch.zeros_like(current)
        for _ in range(300):
            rates = grown(rates).clamp(0, 1)
        simulated = rate(ticks(current, lambda spikes: grown(spikes.double()) - current, torch.ones(()), 4000), None)
    assert (simulated - rates).abs().max() < 0.01


def saved_bytes(kind, steps):
    """Tensors that autograd holds between forward and backward of one batch."""
    model, (images, labels), held = built(looped(LOOPED[kind], DENSE, steps=steps)).train(), noise(16), {}

    def keep(tensor):
        held[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _, outputs = model.trace(images)
        cost = Equilibrium().rule.cost(model.head(outputs), labels)
    cost.backward()
    assert model.hidden[0].feedback.weight.grad is not None
    return sum(held.values())


@every_loop
def test_memory_does_not_grow_with_the_ticks(kind):
    assert saved_bytes(kind, 5) == saved_bytes(kind, 40) > 0


def test_no_ticks_are_kept_while_training(monkeypatch):
    """At most three of 40 ticks live at once: the one before, this one, and what the mean is made of."""
    alive, most, make = [0], [0], module.ticks

    def gone():
        alive[0] -= 1

    def counted(*of, **options):
        for spikes in make(*of, **options):
            alive[0] += 1
            weakref.finalize(spikes, gone)
            most[0] = max(most[0], alive[0])
            yield spikes
    monkeypatch.setattr(module, "ticks", counted)
    built(looped(LOOPED["dense"], DENSE, steps=40)).train()(noise(8)[0])
    assert alive[0] <= 1 < most[0] <= 3


@every_loop
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("method", [
    {}, {"leak": 3}, {"leak": 1, "fraction": 8, "level": 0.7}, {"fraction": 0}], ids=str)
def test_evaluation_of_the_model_is_the_exported_network(kind, method, seed):
    model, images = finished(kind, seed=seed, contraction=0.9, **method)
    network = model.export()
    values, found = layer_times(network, images)
    assert found.tolist() == potentials(model, images).tolist()
    assert functional.run(network, images.numpy(), times=True).trace.tolist() == found.transpose(0, 1).tolist()
    assert network.coding == "direct"
    assert 0.02 < (values[-2] > 0).double().mean() < 0.98
    alone = functional.run(opened(network), images.numpy())
    assert alone.potentials.tolist() != found[-1].tolist()


def opened(network):
    """The network without its feedback."""
    return replace(network, layers=[replace(layer, feedback=None) if layer in network.synaptic else layer
                                    for layer in network.layers])


def test_exported_layers():
    conv, flat, dense = finished("conv", leak=2, fraction=3)[0].export().layers
    assert isinstance(conv, Conv2d)
    assert isinstance(flat, Flatten)
    assert conv.feedback.weights.shape == (4, 4, 3, 3)
    assert (conv.neurons.leak, conv.neurons.fraction, conv.neurons.reset) == (2, 3, "subtract")
    assert (dense.neurons.leak, dense.neurons.fraction, dense.feedback) == (2, 3, None)
    flat, dense, last = finished("dense")[0].export().layers
    assert isinstance(dense, Dense)
    assert dense.feedback.weights.shape == (9, 9)
    assert (last.neurons.leak, last.neurons.fraction) == (None, 0)


@pytest.mark.parametrize("leak", [None, 2])
def test_readout_of_rates_is_that_of_spikes(leak):
    readout = Readout((6, 1, 1), 7, channels=3, psp=Step(), leak=leak, fraction=8 if leak else 0)
    spikes = (torch.rand(7, 5, 6, 1, 1, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    trained, evaluated = readout.train()(rate(spikes, leak)[None])[0], readout.eval()(spikes)[-1]
    assert (trained - evaluated).abs().max() <= (7 if leak else 1e-5)  # each tick rounds down by less than 1 of 2**8


@every_solver
@pytest.mark.parametrize(("kind", "leak"), [
    ("dense", 0), *(pytest.param(*case, marks=pytest.mark.long) for case in (("conv", 0), ("dense", 3)))])
def test_it_learns(kind, leak, solver):
    schedule = {"epochs": 8, "batch": 16, "rate": 0.02, "shift": 0, "precision": "float32"}
    trainer = Trainer(looped(LOOPED[kind], DENSE, schedule=schedule, leak=leak, solver=solver))
    images, labels = separable(128)
    before = trainer.model.hidden[0].feedback.weight.clone()
    figures = [trainer.run_epoch(images, labels) for _ in range(8)]
    trainer.finish(images, labels)
    assert figures[0]["train"] < 0.9 < figures[-1]["train"]
    assert figures[-1]["spikes"][0] > 0
    assert (integer_forward(trainer.model.export(), images)[0] == labels).double().mean() > 0.9
    assert ((trainer.model.hidden[0].feedback.weight >= 0) != (before >= 0)).any()


@pytest.mark.parametrize(("changes", "message"), [
    ({"solver": "newton"}, "solver must be one of broyden, damped, not 'newton'"),
    ({"contraction": 1.0}, r"contraction must be in 0.01..0.99, not 1"), ({"leak": 17}, "leak must be in 0..16"),
    ({"fraction": 9}, "fraction must be in 0..8"), ({"level": 0.0}, r"level must be in 0.01..100, not 0")])
def test_wrong_option(changes, message):
    with pytest.raises(ValueError, match=message):
        Equilibrium(**changes)


ONLY = "layers of method equilibrium must be one with feedback and the outputs without, not "


@pytest.mark.parametrize(("layers", "message"), [
    ([DENSE, DENSE], ONLY + "dense without, dense without"), ([DENSE], ONLY + "dense without"),
    ([LOOPED["conv"], LOOPED["dense"]], ONLY + "conv2d with, dense with"),
    ([CONV, LOOPED["dense"], DENSE], ONLY + "conv2d without, dense with, dense without"),
    ([LOOPED["conv"] | {"pool": 2}, DENSE], "pool of a layer with feedback must be 1; use a stride"),
    ([LOOPED["conv"] | {"feedback": 4}, DENSE], "conv2d feedback must be an odd number, or 0 for none, not 4"),
    ([LOOPED["conv"] | {"feedback": -1}, DENSE], r"conv2d feedback must be in 0..4096, not -1"),
    ([LOOPED["conv"] | {"feedback": 4095}, DENSE], "number of feedback weights must be in 0..67108864, not 268304400"),
    ([LOOPED["dense"] | {"channels": 65536}, DENSE], "number of feedback weights must be in 0..67108864, not 42949")])
def test_wrong_layers(layers, message):
    with pytest.raises(ValueError, match=message):
        looped(*layers)


def test_wrong_type_of_feedback():
    with pytest.raises(TypeError, match="dense feedback must be true or false, not 3"):
        looped(DENSE | {"feedback": 3}, DENSE)


def test_other_methods_have_no_feedback():
    with pytest.raises(ValueError, match="layers of method rate must have no feedback"):
        tiny([LOOPED["dense"], DENSE], readout="potential", method="rate")


@pytest.mark.parametrize(("name", "weights"), [
    ("fashion-equilibrium", 477_600), pytest.param("mnist-equilibrium", 116_016, marks=pytest.mark.long)])
def test_shipped_recipes(name, weights):
    shipped = recipe.load(recipe.find(name))
    assert shipped.method.kind == "equilibrium"
    model = built(shipped)
    observed(model)
    assert model.export().weights == weights
