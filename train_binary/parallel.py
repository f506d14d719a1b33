"""Several processes that train one model, each on its part of every batch: what they must agree on.

Started by torchrun, whose environment says who they are. Without it there is one process, and all of this does nothing.
Sums that pass between processes are sums of integers, so that their order does not matter: see `grid`.
"""

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


def wait() -> None:
    """Return when all processes have come here."""
    if world() > 1:
        dist.barrier()
