import subprocess
import sys

import torch

from train_binary.ops.adam import Adam


def trained(kind):
    torch.manual_seed(0)
    parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in ((3, 4), (7,), ())]
    optimiser = kind(parameters, lr=0.1)
    for step in range(5):
        optimiser.param_groups[0]["lr"] = 0.1 / (1 + step)
        optimiser.zero_grad()
        sum((each * torch.randn_like(each)).sum() for each in parameters).backward()
        optimiser.step()
    return parameters


def test_numbers_are_those_of_torch():
    assert all(torch.equal(a, b) for a, b in zip(trained(Adam), trained(torch.optim.Adam), strict=True))


def test_training_loads_no_compiler():
    code = """
import sys
from tests.helpers.training.recipes import noise, tiny
from train_binary.run.trainer import Trainer
trainer = Trainer(tiny())
trainer.run_epoch(*noise(32))
print([name for name in ("torch._dynamo", "torch._inductor") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout == "[]\n"
