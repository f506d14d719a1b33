"""Pipeline of one training, in a folder: train, export, measure, write the network artefact."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from quant.check import integer
from quant.files import artefact, container, scratch

from ..methods.distillation import Teacher
from ..model.evaluation import potentials, unrounded
from ..ops import parallel
from ..recipe.definition import Recipe
from ..recipe.toml import find, load
from . import checkpoint
from .data import Splits, read
from .measurement import correct, logged, measure, provenance, validated
from .progress import Progress, need_tensorboard
from .trainer import Trainer, find_device

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of running a training; none but the device changes what it ends with.

    Parameters
    ----------
    folder : Path, optional
        The data folder, as `image_sets.data_folder` takes it.
    resume : bool
        Go on after the last finished epoch.
    device : "auto", "cpu" or "cuda"
    threads : int, optional
        Of this process, 1..1024; as many as there are processors.
    lines : bool
        Print JSON lines on standard output, and no bar.
    tensorboard : Path, optional
        Folder for what TensorBoard reads.
    """

    folder: Path | None = None
    resume: bool = False
    device: str = "auto"
    threads: int | None = None
    lines: bool = False
    tensorboard: Path | None = None


def train(recipe: Recipe, out: Path, options: Options | None = None) -> dict[str, Any]:
    """Train, quantise and measure; leave ``checkpoint.safetensors``, ``log.jsonl`` and ``NAME.safetensors`` in ``out``.

    A training that was stopped, by whatever and at whatever moment, goes on with ``resume`` after its last finished
    epoch and ends with the same weights. A teacher is trained first, in the folder ``teacher`` of ``out``; real weights
    leave no network artefact. Of several processes (see `parallel`) the first writes, and they need a common ``out``.

    Returns
    -------
    dict
        What was measured on the test images, as in the last line of the log; by the first of several processes.

    Raises
    ------
    OSError, ValueError
        Data or checkpoint is missing or damaged, or ``out`` holds a checkpoint and ``resume`` is not given.
    """
    options = options or Options()
    if options.threads is not None:
        torch.set_num_threads(integer("threads", options.threads, 1, 1024))
    with parallel.joined(find_device(options.device)):
        return _train(recipe, out, options)[1]


def _train(recipe: Recipe, out: Path, options: Options) -> tuple[Trainer, dict[str, Any]]:
    _check_folder(out, options.resume)
    recipe, splits = read(recipe, options.folder)
    images, labels = splits.learned
    parallel.wait()
    taught = _taught(recipe)
    if options.tensorboard:
        need_tensorboard()
    out.mkdir(parents=True, exist_ok=True)
    teacher = _teacher(recipe, taught, out / "teacher", options) if taught else None
    trainer, log = Trainer(recipe, teacher, options.device), out / "log.jsonl"
    lines = _begin(trainer, out / CHECKPOINT, log)
    progress = Progress(trainer.batch_count(len(images)), trainer.batch_count(len(images), trainer.epoch),
                        lines=options.lines, tensorboard=options.tensorboard, shown=parallel.rank() == 0)
    try:
        while trainer.epoch < recipe.epochs:
            lines.append(_epoch(trainer, splits, progress))
            _write(log, lines)
            _save(trainer, out / CHECKPOINT)
        trainer.finish(images, labels)
        results = _results(trainer, out, splits) if parallel.rank() == 0 else {}
        progress.record(results)
    finally:
        progress.close()
    _write(log, [*lines, json.dumps(results)])
    parallel.wait()
    return trainer, results


def _check_folder(out: Path, resume: bool) -> None:
    state = out / CHECKPOINT
    if state.exists() and not resume:
        raise ValueError(f"{out} must not hold a checkpoint already; give --resume or another --out folder")
    if resume and not out.is_dir():
        raise ValueError(f"{state} must exist to go on from; leave out --resume to begin")


def _begin(trainer: Trainer, state: Path, log: Path) -> list[str]:
    """Restore the checkpoint, or leave a first one; the lines of the log up to there."""
    if not state.exists():
        parallel.wait()
        _save(trainer, state)
        return []
    trainer.epoch = checkpoint.restore(state, trainer.recipe, trainer.model, trainer.optimiser, trainer.generator)
    parallel.wait()
    return container.read(log).decode(errors="replace").splitlines()[:trainer.epoch] if log.exists() else []


def _save(trainer: Trainer, state: Path) -> None:
    if not parallel.agree(trainer.model.state_dict()):
        raise RuntimeError(f"the processes must have the same weights after {trainer.epoch} epochs")
    if parallel.rank() == 0:
        checkpoint.save(state, trainer.recipe, trainer.epoch, trainer.model, trainer.optimiser, trainer.generator)


def _epoch(trainer: Trainer, splits: Splits, progress: Progress) -> str:
    begin = time.monotonic()
    figures = trainer.run_epoch(*splits.learned, progress)
    figures |= logged(trainer, splits) if parallel.rank() == 0 else {}
    record = _rounded({"epoch": trainer.epoch, **figures, "seconds": time.monotonic() - begin})
    progress.record(record)
    return json.dumps(record)


def _results(trainer: Trainer, out: Path, splits: Splits) -> dict[str, Any]:
    """Measurements of the trained model; if it can be exported, also of the network, once it is seen to be the same."""
    images, labels = splits.test
    held = validated(trainer, *splits.validation) if splits.validation else {}
    if trainer.recipe.weights == "real":
        return {"images": len(images), "float_correct": correct(trainer, images, labels)} | held
    outputs = potentials(trainer.model, images)
    network = trainer.model.export()
    results = measure(network, images, labels, outputs)
    with unrounded(trainer.model):
        results["float_correct"] = correct(trainer, images, labels)
    results |= held | trainer.rule.figures(trainer.model, images, labels)
    path = out / f"{trainer.recipe.name}.safetensors"
    digest = artefact.save(network, path, provenance=provenance(trainer.recipe, results))
    return {"network": digest} | results


def _taught(recipe: Recipe) -> Recipe | None:
    """The recipe of the teacher, which learns from the same images."""
    if recipe.distillation is None:
        return None
    taught = replace(load(find(recipe.distillation.teacher)), validation=recipe.validation)
    recipe.check_teacher(taught)
    return taught


def _teacher(recipe: Recipe, taught: Recipe, out: Path, options: Options) -> Teacher:
    """The teacher of a recipe, trained to its end; if some of it is there already, from there on."""
    assert recipe.distillation is not None
    trainer, _ = _train(taught, out, replace(options, resume=(out / CHECKPOINT).exists(), tensorboard=None))
    return Teacher(trainer.model.to(find_device(options.device)), recipe.distillation)


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Four digits after the point, which a rate has not."""
    return {key: [round(each, 2) for each in value] if isinstance(value, list) else
            float(f"{value:.4g}") if key == "rate" else round(value, 4) for key, value in figures.items()}


def _write(path: Path, lines: list[str]) -> None:
    if parallel.rank() == 0:
        scratch.write(path, "".join(f"{line}\n" for line in lines).encode())
