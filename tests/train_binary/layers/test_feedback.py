"""Feedback while it is trained: the bound that makes it a contraction."""

import pytest
import torch
import torch.nn.functional as F

from tests.helpers.training.recipes import DENSE, LOOPED, built, every_loop, finished, looped, observed
from train_binary.model.evaluation import potentials
from train_binary.model.integer import layer_times
from train_binary.ops.spike_trains import column

DENSE_LOOP = (LOOPED["dense"], DENSE)


def exact_norm(network):
    """Spectral norm of the feedback of the first layer, by a dense matrix of its integers."""
    layer = network.synaptic[0]
    shape = network.shapes[network.layers.index(layer) + 1]
    signs = torch.tensor(layer.feedback.weights.bits(), dtype=torch.float64).view(layer.feedback.weights.shape) * 2 - 1
    signs = signs if signs.dim() == 4 else signs[..., None, None]
    threshold = torch.tensor(layer.neurons.threshold, dtype=torch.float64) / 2**layer.neurons.fraction
    eye = torch.eye(torch.Size(shape).numel(), dtype=torch.float64).view(-1, *shape)
    passed = F.conv2d(eye, signs, padding=signs.shape[2] // 2) * 2**layer.feedback.shift / column(threshold)
    return torch.linalg.matrix_norm(passed.flatten(1), 2).item()


@every_loop
@pytest.mark.parametrize("contraction", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_exported_feedback_is_a_contraction(kind, contraction, seed):
    network = finished(kind, contraction=contraction, seed=seed)[0].export()
    assert contraction / 2.1 < exact_norm(network) <= contraction


def test_thresholds_are_raised_where_no_shift_is_small_enough():
    model = built(looped(*DENSE_LOOP, contraction=0.31, fraction=0))
    neurons, feedback = model.hidden[0].neurons, model.hidden[0].feedback
    feedback.weight.data.fill_(1)  # of norm 9
    neurons.gain.data.fill_(6.0)
    images = observed(model)
    assert feedback.shift == 0
    assert neurons.lift > 2
    network = model.export()
    assert 0.29 < exact_norm(network) <= 0.31  # thresholds of about 30 are rounded up
    assert layer_times(network, images)[1].tolist() == potentials(model, images).tolist()


def test_stale_thresholds_are_refused():
    model, _ = finished("dense")
    model.hidden[0].neurons.gain.data += 2
    with pytest.raises(ValueError, match=r"spectral norm of the feedback over the thresholds must be at most 0\.5, "
                                         r"not \d\.\d+; finish the training before the export"):
        model.export()


@pytest.mark.parametrize(("before", "norm", "shift", "lift"), [
    (16, 0.01, 5, 1), (5, 0.0151, 5, 1), (5, 0.016, 4, 1), (5, 0.008, 5, 1), (5, 0.0077, 5, 1), (4, 0.0077, 5, 1),
    (3, 2.0, 0, 4), (0, 1e-9, 16, 1)])
def test_shift_falls_at_once_and_rises_late(before, norm, shift, lift, monkeypatch):
    """The bound is 0.5; `MARGIN` aside, shift 5 is allowed to a norm of 0.0156, and 6 to one of 0.0078."""
    feedback = built(looped(*DENSE_LOOP)).hidden[0].feedback
    monkeypatch.setattr(feedback, "MARGIN", 1.0)
    monkeypatch.setattr(feedback, "norm", lambda threshold, iterations: (norm, feedback.direction))
    feedback.shift.fill_(before)
    assert feedback.fit(torch.ones(9), 0.5) == lift
    assert feedback.shift == shift


@every_loop
def test_norm_is_the_largest_singular_value(kind):
    model, _ = finished(kind)
    feedback, threshold = model.hidden[0].feedback, torch.rand(model.hidden[0].neurons.channels) + 0.5
    eye = torch.eye(feedback.direction.numel()).view(-1, *feedback.direction.shape[1:])
    exact = torch.linalg.matrix_norm((feedback(eye) / column(threshold)).flatten(1), 2)
    assert feedback.norm(threshold, 1000)[0] == pytest.approx(exact.item(), rel=2e-3)


def test_margin_covers_what_the_estimate_lacks():
    """Large matrices of random signs: the largest singular values lie close together, and power iteration is slow."""
    feedback = built(looped(DENSE | {"channels": 300, "feedback": True}, DENSE)).hidden[0].feedback
    exact = torch.linalg.matrix_norm(feedback.acting()[:, :, 0, 0].double(), 2).item()
    lift = feedback.fit(torch.ones(300), 0.5, feedback.SETTLED)
    assert 2 * 300**0.5 * 0.9 < exact < 2 * 300**0.5 * 1.1
    assert 0.49 < exact / lift <= 0.5


def test_adjoint_is_the_transposed_product():
    feedback = built(looped(LOOPED["conv"], DENSE)).hidden[0].feedback
    one, other = torch.randn(2, 3, *feedback.direction.shape[1:])
    assert (feedback(one) * other).sum().item() == pytest.approx((one * feedback.adjoint(other)).sum().item(), rel=1e-4)
