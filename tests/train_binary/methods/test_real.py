"""Real weights, for a network to learn from or to compare with: they act as they are, and nothing is rounded."""

import pytest
import torch

from tests.helpers.training.recipes import CONV, DENSE, LOOPED, SCHEDULE, built, every_loop, finished, noise, tiny
from train_binary.layers.equilibrium import rate
from train_binary.run.trainer import Trainer


def test_real_weights_act_as_they_are():
    sign, real = (built(tiny([CONV, DENSE], weights=weights, seed=2)).train() for weights in ("sign", "real"))
    images, _ = noise(10)
    weight = real.hidden[0].weight.detach()
    seen = {}
    for name, model in (("sign", sign), ("real", real)):
        neurons = model.hidden[0].neurons
        neurons.register_forward_pre_hook(lambda _, inputs, name=name: seen.update({name: inputs[0]}))
        model(images)
    assert torch.equal(weight, sign.hidden[0].weight.detach())
    assert torch.equal(seen["sign"], seen["sign"].round())
    assert not torch.equal(seen["real"], seen["real"].round())
    real.hidden[0].weight.data.sign_()
    real(images)
    assert torch.allclose(seen["real"], seen["sign"])


@pytest.mark.parametrize("changes", [
    {"method": "surrogate"}, {"method": "stidi"},
    {"method": "equilibrium", "readout": "potential", "layers": [LOOPED["conv"], DENSE]}], ids=str)
def test_a_step_with_real_weights_of_size_1_is_that_of_their_signs(changes):
    """Their sums are the same, exact or not, and gradients of signs are those of the weights."""
    images, labels = noise(32)
    gradients, costs = [], []
    for weights in ("sign", "real"):
        recipe = tiny(**{"layers": [CONV, CONV | {"size": 2, "pool": 1}, DENSE], "seed": 3} | changes,
                           weights=weights)
        model = built(recipe).train()
        signs = [parameter for parameter in model.parameters() if parameter.dim() > 1]
        for parameter in signs:
            parameter.data.sign_()
        rule = recipe.method.rule
        costs.append(rule.step(model, rule.optimiser(model), images, labels, "float32")[0])
        gradients.append([parameter.grad for parameter in signs])
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)
    for ours, theirs in zip(*gradients, strict=True):
        assert ours.abs().max() > 0
        assert torch.allclose(ours, theirs, atol=1e-5 * float(ours.abs().max()))


def test_real_weights_have_thresholds_that_are_not_rounded():
    trainer = Trainer(tiny(weights="real", schedule=SCHEDULE))
    trainer.run_epoch(*noise(64))
    assert not torch.equal(trainer.model.hidden[0].neurons.threshold().round(),
                           trainer.model.hidden[0].neurons.threshold())


def test_real_weights_are_not_exported():
    with pytest.raises(ValueError, match="weights of a network to export must be one of sign, not 'real'"):
        built(tiny(weights="real")).export()


@every_loop
def test_real_weights_evaluate_to_the_rates_of_training(kind):
    """The statistics being those of the batch, with thresholds that are not rounded."""
    model, images = finished(kind, weights="real", steps=63)
    layer, signals = model.hidden[0], model.family.signals.encode(images, 63)
    assert not torch.equal(layer.neurons.threshold(), layer.neurons.threshold().round())
    with torch.no_grad():
        trained, found = layer.train()(signals)[0], rate(layer.eval()(signals), None)
    assert (trained > 0).float().mean() > 0.02
    assert (trained - found).abs().mean() < 2e-3
    layer.feedback.weight.data.sign_()
    assert (trained - rate(layer(signals), None)).abs().mean() > 0.02
