"""Time and memory of training, beside snnTorch and SpikingJelly: ``python -m benchmarks.training [--quick]``.

The same network, ticks, batch, images, threads and optimiser (Adam) for all, each in a process of its own, in turns.
The others train real weights, since they have no binary ones, and without normalisation; both are in the form of their
own documentation that is the fastest on a CPU: pooling before the neurons, SpikingJelly in multi-step mode.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

STEPS, BATCH, WARM_UP = 7, 128, 20  # in the first batches Python collects what importing torch left, once
NETWORKS = ("12C5-P2-24C5-P2-10", "24C5-P2-48C5-P2-10")
Step = Callable[[Any, Any], float]


def binspike(channels: list[int]) -> Step:
    """Ours: as ``binspike train`` does each batch."""
    from train_binary.recipe import parse
    from train_binary.run.trainer import Trainer

    layers = [{"kind": "conv2d", "channels": each, "size": 5, "pool": 2} for each in channels]
    recipe = parse({"name": "benchmark", "dataset": "mnist", "steps": STEPS, "schedule": {"epochs": 1, "rate": 1e-3},
                    "layers": [*layers, {"kind": "dense", "channels": 10}]})
    trainer = Trainer(recipe)
    trainer.model.train()
    return lambda images, labels: trainer.step(images, labels)[0]


def snntorch(channels: list[int]) -> Step:
    """The convolutional network of its tutorial 6: a loop over ticks, `snn.Leaky`, `spikegen.latency`."""
    import snntorch as snn
    import torch
    import torch.nn.functional as F
    from snntorch import spikegen, surrogate

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            gradient = surrogate.fast_sigmoid(slope=25)
            self.conv1, self.conv2 = torch.nn.Conv2d(1, channels[0], 5), torch.nn.Conv2d(*channels, 5)
            self.output = torch.nn.Linear(channels[1] * 16, 10)
            self.neurons = torch.nn.ModuleList([snn.Leaky(beta=0.95, spike_grad=gradient) for _ in range(3)])

        def forward(self, spikes: torch.Tensor) -> torch.Tensor:
            first, second, third = self.neurons
            memory1, memory2, memory3 = first.init_leaky(), second.init_leaky(), third.init_leaky()
            trace = []
            for step in range(STEPS):
                now, memory1 = first(F.max_pool2d(self.conv1(spikes[step]), 2), memory1)
                now, memory2 = second(F.max_pool2d(self.conv2(now), 2), memory2)
                _, memory3 = third(self.output(now.flatten(1)), memory3)
                trace.append(memory3)
            return torch.stack(trace)

    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(images: torch.Tensor, labels: torch.Tensor) -> float:
        spikes = spikegen.latency(images.float() / 255, num_steps=STEPS, normalize=True, linear=True)
        cost = F.cross_entropy(net(spikes).sum(0), labels)
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        return cost.item()
    return step


def spikingjelly(channels: list[int]) -> Step:
    """The layers of its example conv_fashion_mnist: multi-step mode, `IFNode`, `LatencyEncoder`."""
    import torch
    import torch.nn.functional as F
    from spikingjelly.activation_based import encoding, functional, layer, neuron, surrogate

    def neurons() -> Any:
        return neuron.IFNode(surrogate_function=surrogate.ATan(), detach_reset=True)
    net = torch.nn.Sequential(
        layer.Conv2d(1, channels[0], 5, bias=False), layer.MaxPool2d(2, 2), neurons(),
        layer.Conv2d(*channels, 5, bias=False), layer.MaxPool2d(2, 2), neurons(),
        layer.Flatten(), layer.Linear(channels[1] * 16, 10, bias=False), neurons())
    functional.set_step_mode(net, "m")
    encoder = encoding.LatencyEncoder(STEPS)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step(images: torch.Tensor, labels: torch.Tensor) -> float:
        pixels = images.float() / 255
        spikes = torch.stack([encoder(pixels) for _ in range(STEPS)])
        cost = F.mse_loss(net(spikes).mean(0), F.one_hot(labels, 10).float())
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        functional.reset_net(net)
        encoder.reset()
        return cost.item()
    return step


CONTESTANTS: dict[str, Callable[[list[int]], Step]] = {
    "binspike": binspike, "snntorch": snntorch, "spikingjelly": spikingjelly}


def measure(name: str, network: str, batches: int, threads: int, data: str | None) -> dict[str, float]:
    """Train in this process; seconds of wall clock and of processors a batch, and memory in MB."""
    import torch

    from image_sets import KNOWN, data_folder
    from quant.files.idx import read_labelled

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    (count, height, width), pixels, labels = read_labelled(data_folder(KNOWN["mnist"], data) / "mnist", "train")
    images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(count, 1, height, width)
    answers = torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()
    before = _resident()
    step = CONTESTANTS[name]([int(each.partition("C")[0]) for each in network.split("-")[:4:2]])
    order = torch.randperm(count)
    for batch in range(WARM_UP + batches):
        if batch == WARM_UP:
            wall, processors = time.perf_counter(), time.process_time()
        chosen = order.roll(-batch * BATCH)[:BATCH]
        step(images[chosen], answers[chosen])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": (time.perf_counter() - wall) / batches, "processors": (time.process_time() - processors) / batches,
            "peak_mb": peak, "training_mb": peak - before}


def _resident() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def compare(network: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """All contestants in turns, each time in a new process; one row of medians a contestant."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(options.rounds):
        for name, kept in found.items():
            command = [sys.executable, "-m", "benchmarks.training", "--contestant", name, "--network", network,
                       "--batches", str(options.batches), "--threads", str(options.threads)]
            command += ["--data", options.data] if options.data else []
            kept.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return [{"network": network, "contestant": name} | _row(kept, found["binspike"]) for name, kept in found.items()]


def _row(kept: list[dict[str, float]], ours: list[dict[str, float]]) -> dict[str, Any]:
    """Medians, and how many times ours: median, smallest and largest over the rounds."""
    row: dict[str, Any] = {key: statistics.median(each[key] for each in kept) for key in kept[0]}
    for key in kept[0]:
        ratios = [theirs[key] / mine[key] for theirs, mine in zip(kept, ours, strict=True)]
        row[f"{key}_ratio"] = [statistics.median(ratios), min(ratios), max(ratios)]
    return row


def main() -> None:
    """Print a table; with ``--json``, a line for each row."""
    parser = argparse.ArgumentParser("benchmarks.training", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few batches")
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", help="folder that holds mnist/ (or BINSPIKE_DATA)")
    parser.add_argument("--network", choices=NETWORKS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contestant", choices=CONTESTANTS, help="measure this one, in this process")
    options = parser.parse_args()
    if options.quick:
        options.batches, options.rounds = 20, 1
    if options.contestant:
        print(json.dumps(measure(options.contestant, options.network, options.batches, options.threads, options.data)))
        return
    for network in [options.network] if options.network else NETWORKS:
        for row in compare(network, options):
            print(json.dumps(row) if options.json else _line(row), flush=True)


def _line(row: dict[str, Any]) -> str:
    def times(key: str) -> str:
        middle, low, high = row[f"{key}_ratio"]
        return f"{middle:.2f}x ({low:.2f}-{high:.2f})"
    epoch = row["wall"] * (60_000 // BATCH)
    return (f"{row['network']}  {row['contestant']:12}  epoch {epoch:6.1f} s {times('wall')}  "
            f"processor time a batch {row['processors'] * 1000:6.1f} ms {times('processors')}  "
            f"memory {row['peak_mb']:.0f} MB {times('peak_mb')}, of that by training {row['training_mb']:.0f} MB "
            f"{times('training_mb')}")


if __name__ == "__main__":
    main()
