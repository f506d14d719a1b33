"""Several processes that train one model, each on its part of every batch: what they must agree on.

Started by torchrun, whose environment says who they are. Without it there is one process, and all of this does nothing.
Sums that pass between processes are sums of integers, so that their order does not matter: see `grid`.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor

_alone = False


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Let the processes that torchrun started find each other: by NCCL if they compute on CUDA, else by Gloo."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def alone() -> Iterator[None]:
    """Let this process compute by itself for a while, as if it were the only one."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


def world() -> int:
    """Number of processes that compute together."""
    return dist.get_world_size() if dist.is_initialized() and not _alone else 1


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def local_rank() -> int:
    """Number of this process on its machine, from 0."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def part(batch: Tensor) -> Tensor:
    """The part of a batch that is for this process: consecutive images, as many as each other process has."""
    share = len(batch) // world()
    return batch.narrow(0, share * rank(), share) if world() > 1 else batch


def total(values: Tensor) -> Tensor:
    """Sum over all processes, in place."""
    if world() > 1:
        dist.all_reduce(values)
    return values


def largest(values: Tensor) -> Tensor:
    """Maximum over all processes, in place."""
    if world() > 1:
        dist.all_reduce(values, dist.ReduceOp.MAX)
    return values


class _Shared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        return values.view_as(values)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        return total(gradient.clone()) / world()


def shared(values: Tensor) -> Tensor:
    """Parameters as they are, whose gradient becomes the mean over all processes; its sum is rounded."""
    return _Shared.apply(values) if world() > 1 else values


def agree(values: dict[str, Tensor]) -> bool:
    """True if all processes have the same tensors, bit for bit."""
    content = hashlib.sha256()
    for value in values.values():
        content.update(value.detach().cpu().contiguous().numpy().tobytes())
    mine = torch.tensor(list(content.digest()), dtype=torch.int64, device=next(iter(values.values())).device)
    return torch.equal(largest(mine.clone()), -largest(-mine))


def wait() -> None:
    """Return when all processes have come here."""
    if world() > 1:
        dist.barrier()
