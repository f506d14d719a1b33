"""Adam, without the compiler that torch's own class loads."""

import torch
from torch.optim.adam import adam


class Adam(torch.optim.Adam):
    """torch.optim.Adam with the same numbers.

    The first step of torch's class imports `torch._dynamo`, which nothing here needs: 75 MB and 1.5 s in each process.
    """

    add_param_group = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__",  # the wrapper imports it too
                              torch.optim.Optimizer.add_param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change the parameters by their gradients."""
        for group in self.param_groups:
            parameters, gradients, means, squares, largest, steps = lists = [list[torch.Tensor]() for _ in range(6)]
            self._init_group(group, *lists)
            adam(parameters, gradients, means, squares, largest, steps, amsgrad=False, beta1=group["betas"][0],
                 beta2=group["betas"][1], lr=group["lr"], weight_decay=group["weight_decay"], eps=group["eps"],
                 maximize=False)
