"""Sums of signs over spikes: what `train_binary.ops.spike_sums` takes, and what torch's own convolution does.

``python -m benchmarks.spike_sums`` times layers of networks of rate neurons, one thread, and prints medians of rounds
in which both take turns.
"""

import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from train_binary.ops.spike_sums import connect, convolve

ROUNDS = 15
LAYERS = {  # shape of the spikes of a batch of 100 images, outputs, size of the kernel (0: dense)
    "fashion-rate, second": ((400, 16, 14, 14), 32, 3),
    "fashion-proxy, second": ((1000, 32, 14, 14), 64, 3),
    "fashion-proxy, third": ((10, 100, 3136), 256, 0),
    "32x32, 64 to 128 channels": ((400, 64, 16, 16), 128, 3),
}


def ways(shape: tuple[int, ...], outputs: int, size: int) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """Both ways to the sums of a layer, of spikes of which one in five is there."""
    torch.manual_seed(0)
    spikes = (torch.rand(shape) < 0.2).float()
    if not size:
        signs = torch.randint(0, 2, (outputs, shape[-1])).float() * 2 - 1
        return lambda: connect(spikes, signs), lambda: F.linear(spikes, signs)
    signs = torch.randint(0, 2, (outputs, shape[1], size, size)).float() * 2 - 1
    return lambda: convolve(spikes, signs, padding=size // 2), lambda: F.conv2d(spikes, signs, padding=size // 2)


@torch.no_grad()
def main() -> None:
    """Print a line a layer."""
    torch.set_num_threads(1)
    print("layer                       ours (ms)  torch (ms)  ratio")
    for name, layer in LAYERS.items():
        both = ways(*layer)
        if not torch.equal(both[0](), both[1]()):
            raise SystemExit(f"{name}: the sums differ")
        taken: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for times, way in zip(taken, both, strict=True):
                start = time.perf_counter()
                way()
                times.append(time.perf_counter() - start)
        ours, theirs = (1000 * statistics.median(times) for times in taken)
        print(f"{name:27} {ours:9.1f} {theirs:11.1f} {theirs / ours:6.1f}", flush=True)


if __name__ == "__main__":
    main()
