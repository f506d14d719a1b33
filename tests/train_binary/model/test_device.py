"""Devices without CUDA at hand: all tensors stay on the device of the model, and shapes are the same."""

import pytest
import torch

from tests.helpers.training.recipes import DENSE, LAYERS, built, noise, tiny
from train_binary.model.evaluation import refresh
from train_binary.ops.native import pointer
from train_binary.run.trainer import Trainer, find_device


@pytest.mark.parametrize("layers", LAYERS)
def test_forward_and_backward_stay_on_the_device(layers):
    recipe = tiny(LAYERS[layers], seed=5)
    model, shapes = built(recipe).train(), []
    for device in ("cpu", "meta"):
        model = model.to(device)
        images = torch.zeros(6, 1, 8, 8, dtype=torch.uint8, device=device)
        outputs = model.head(model(images))
        recipe.method.rule.cost(outputs, torch.zeros(6, dtype=torch.int64, device=device)).backward()
        gradients = [parameter.grad for parameter in model.parameters()]
        assert {tensor.device.type for tensor in (outputs, *gradients)} == {device}
        shapes.append([tensor.shape for tensor in (outputs, *gradients)])
        model.zero_grad(set_to_none=True)
    assert shapes[0] == shapes[1]


def test_spike_times_and_signs_are_exact_where_cuda_convolves():
    """TF32 keeps 10 bits after the first: integers up to 2**11, more than the 256 ticks that there may be."""
    numbers = torch.arange(2**11 + 1, dtype=torch.float32)
    kept = numbers.view(torch.int32) & ~((1 << 13) - 1)
    assert torch.equal(kept.view(torch.float32), numbers)


@pytest.mark.parametrize("changes", [{}, {"method": "rate", "readout": "potential"},
                                     {"method": "phase", "readout": "potential"}], ids=str)
def test_statistics_are_refreshed_on_the_device(changes):
    model, images = built(tiny(**changes)), noise(20)[0]
    shape = model.hidden[0].neurons.mean.shape
    refresh(model.to("meta"), images)
    assert (model.hidden[0].neurons.mean.device.type, model.hidden[0].neurons.mean.shape) == ("meta", shape)


def test_counts_are_taken_on_the_device(monkeypatch):
    recipe = tiny(method="proxy", readout="count")
    model = built(recipe).to("meta")
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: torch.zeros(tensor.shape))
    assert len(recipe.method.rule.classify(model, noise(20)[0], "count")) == 20


def test_compiled_functions_take_no_tensors_of_other_devices():
    with pytest.raises(RuntimeError, match="^compiled functions must get tensors on the CPU, not on meta$"):
        pointer(torch.zeros(3, device="meta"))


def test_one_image_at_a_time_is_learned_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    recipe = tiny([DENSE | {"psp": {"kind": "step"}}], method="bs4nn")
    assert Trainer(recipe).device == torch.device("cpu")
    with pytest.raises(ValueError, match="^device must be one of auto, cpu, not 'cuda'$"):
        Trainer(recipe, device="cuda")


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_device("auto") == find_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="^device must be cpu, not 'cuda': PyTorch finds no CUDA here$"):
        find_device("cuda")
    with pytest.raises(ValueError, match="^device must be one of auto, cpu, cuda, not 'tpu'$"):
        find_device("tpu")


def test_each_process_of_a_machine_has_its_own_cuda_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert find_device("auto") == find_device("cuda") == torch.device("cuda", 3)
    assert find_device("cpu") == torch.device("cpu")
