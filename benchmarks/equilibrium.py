"""Memory and time of training a network with feedback: at its equilibrium, and by backpropagation through time.

``python -m benchmarks.equilibrium [--recipe NAME] [--ticks 5,10,30,100] [--picture FILE]`` trains the shipped recipe on
noise, batches of its size, each method and number of ticks in a process of its own, one thread. Backpropagation
through time holds all ticks of the same simulation, whose spikes have a triangle for their derivative. Memory is what
training adds to the resident set; time is the least of some batches.
"""

# mypy: disable-error-code="no-untyped-def"

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

METHODS = {"equilibrium": "equilibrium", "time": "backpropagation through time"}
BATCHES = 3


def patched() -> None:
    """Put backpropagation through time in the place of the derivative of the equilibrium."""
    import torch
    from torch import Tensor

    from train_binary.layers.equilibrium import EquilibriumNeurons, leaked, rate

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, over):
            ctx.save_for_backward(over)
            return (over >= 0).float()

        @staticmethod
        def backward(ctx, gradient):
            (over,) = ctx.saved_tensors
            return gradient * (1 - over.abs()).clamp(min=0)

    def ticks(current: Tensor, returned: Callable[[Tensor], Tensor], steps: int, leak: int | None) -> Iterator[Tensor]:
        potential, spikes = current, torch.zeros_like(current)
        for tick in range(steps):
            if tick:
                potential = leaked(potential - spikes, leak, whole=False) + current + returned(spikes)
            spikes = Spike.apply(potential - 1)
            yield spikes

    def rates(neurons, sums: Tensor, steps: int, feedback) -> Tensor:
        current, scale = neurons.currents(sums, feedback)
        return rate(ticks(current, lambda spikes: scale * feedback(spikes), steps, neurons.leak), neurons.leak)[None]

    EquilibriumNeurons._rates = rates  # type: ignore[method-assign]


def measure(method: str, recipe: str, ticks: int) -> dict[str, float]:
    """Seconds of a batch, and MB, in this process."""
    import torch

    from train_binary.recipe import find, load
    from train_binary.run.trainer import Trainer

    torch.set_num_threads(1)
    torch.manual_seed(1)
    if method == "time":
        patched()
    trainer = Trainer(load(find(recipe)))
    trainer.model.train()
    for layer in trainer.model.modules():
        if hasattr(layer, "steps"):  # also more than a recipe may have, since nothing is exported
            layer.steps = ticks
    batch = trainer.recipe.schedule[0].batch
    images = torch.randint(0, 256, (batch, *trainer.recipe.input_shape), dtype=torch.uint8)
    labels = torch.randint(0, trainer.recipe.architecture.outputs, (batch,))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = []
    for _ in range(BATCHES):
        begin = time.process_time()
        trainer.step(images, labels)
        spent.append(time.process_time() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(spent), "megabytes": (peak - before) / 1024}


def drawn(rows: dict[str, list[dict[str, float]]], ticks: list[int], path: str) -> None:
    """Write a picture of both figures over the ticks."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    for axes, key, title in zip(figure.subplots(1, 2), ("megabytes", "seconds"),
                                ("memory of a batch (MB)", "time of a batch (s)"), strict=True):
        for method, label in METHODS.items():
            axes.plot(ticks, [row[key] for row in rows[method]], marker="o", label=label)
        axes.set_ylim(bottom=0)
        axes.set(xlabel="ticks", title=title, xscale="log", xticks=ticks, xticklabels=ticks)
        axes.minorticks_off()
        axes.legend()
    figure.savefig(path, dpi=90)


def main() -> None:
    """Print a line for each number of ticks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="mnist-equilibrium")
    parser.add_argument("--ticks", default="5,10,30,100")
    parser.add_argument("--picture")
    parser.add_argument("--measure", choices=METHODS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    ticks = [int(each) for each in options.ticks.split(",")]
    if options.measure:
        print(json.dumps(measure(options.measure, options.recipe, ticks[0])))
        return
    print(f"{'ticks':>5}  {'equilibrium':>20}  {'through time':>20}  memory, time of the second to the first")
    rows: dict[str, list[dict[str, float]]] = {method: [] for method in METHODS}
    for steps in ticks:
        for method, found in rows.items():
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.equilibrium", "--measure", method, "--recipe", options.recipe,
                 "--ticks", str(steps)], check=True, capture_output=True, text=True)
            found.append(json.loads(done.stdout))
        here, there = (rows[method][-1] for method in METHODS)
        cells = "  ".join(f"{each['megabytes']:>9.0f} MB {each['seconds']:>6.2f} s" for each in (here, there))
        print(f"{steps:>5}  {cells}  {there['megabytes'] / here['megabytes']:.1f}, "
              f"{there['seconds'] / here['seconds']:.1f}", flush=True)
    if options.picture:
        drawn(rows, ticks, options.picture)


if __name__ == "__main__":
    main()
