"""Pipeline of one training, in a folder: train, export, measure, write the network artefact."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from image_sets import Labelled, data_folder, parse
from image_sets.dataset import MAX_CLASSES
from quant.check import integer
from quant.files import artefact, scratch
from quant.files.container import read

from ..methods.distillation import Teacher
from ..model.evaluation import potentials, unrounded
from ..ops import parallel
from ..recipe.definition import Recipe
from ..recipe.toml import find, load
from . import checkpoint, data
from .measurement import measure, provenance, quick_accuracy
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
    described = parse(recipe.dataset)
    source = data_folder(described, options.folder)
    _check_folder(out, options.resume)
    found = described.read(source, "train")
    _check(recipe, found, described.title)  # before more is read
    tested = described.read(source, "test")
    _check_test(recipe, tested)
    recipe = _named(recipe, found.class_names)
    (images, labels), test = data.tensors(found), data.tensors(tested)
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
            lines.append(_epoch(trainer, images, labels, test, progress))
            _write(log, lines)
            _save(trainer, out / CHECKPOINT)
        trainer.finish(images, labels)
        results = _results(trainer, out, test) if parallel.rank() == 0 else {}
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
    return read(log).decode(errors="replace").splitlines()[:trainer.epoch] if log.exists() else []


def _save(trainer: Trainer, state: Path) -> None:
    if not parallel.agree(trainer.model.state_dict()):
        raise RuntimeError(f"the processes must have the same weights after {trainer.epoch} epochs")
    if parallel.rank() == 0:
        checkpoint.save(state, trainer.recipe, trainer.epoch, trainer.model, trainer.optimiser, trainer.generator)


def _epoch(trainer: Trainer, images: Tensor, labels: Tensor, test: tuple[Tensor, Tensor], progress: Progress) -> str:
    begin = time.monotonic()
    figures = trainer.run_epoch(images, labels, progress)
    figures["quick_accuracy"] = quick_accuracy(trainer, *test) if parallel.rank() == 0 else 0.0
    record = _rounded({"epoch": trainer.epoch, **figures, "seconds": time.monotonic() - begin})
    progress.record(record)
    return json.dumps(record)


def _results(trainer: Trainer, out: Path, test: tuple[Tensor, Tensor]) -> dict[str, Any]:
    """Measurements of the trained model; if it can be exported, also of the network, once it is seen to be the same."""
    images, labels = test
    if trainer.recipe.weights == "real":
        class_index = trainer.rule.classify(trainer.model, images, trainer.recipe.readout)
        return {"images": len(images), "float_correct": int((class_index == labels).sum())}
    outputs = potentials(trainer.model, images)
    network = trainer.model.export()
    results = measure(network, images, labels, outputs)
    with unrounded(trainer.model):
        class_index = trainer.rule.classify(trainer.model, images, trainer.recipe.readout)
    results["float_correct"] = int((class_index == labels).sum())
    results |= trainer.rule.figures(trainer.model, images, labels)
    path = out / f"{trainer.recipe.name}.safetensors"
    digest = artefact.save(network, path, provenance=provenance(trainer.recipe, results))
    return {"network": digest} | results


def _taught(recipe: Recipe) -> Recipe | None:
    """The recipe of the teacher."""
    if recipe.distillation is None:
        return None
    taught = load(find(recipe.distillation.teacher))
    recipe.check_teacher(taught)
    return taught


def _teacher(recipe: Recipe, taught: Recipe, out: Path, options: Options) -> Teacher:
    """The teacher of a recipe, trained to its end; if some of it is there already, from there on."""
    assert recipe.distillation is not None
    trainer, _ = _train(taught, out, replace(options, resume=(out / CHECKPOINT).exists(), tensorboard=None))
    return Teacher(trainer.model.to(find_device(options.device)), recipe.distillation)


def _named(recipe: Recipe, class_names: tuple[str, ...]) -> Recipe:
    """The recipe with the data set's names of its classes, if it has none."""
    return recipe if recipe.class_names else replace(recipe, class_names=class_names)


def _check(recipe: Recipe, found: Labelled, title: str) -> None:
    """Refuse training images of another shape, or of another number of classes than there are outputs."""
    _check_shape(recipe, found)
    integer(f"number of classes of {title}", found.classes, 2, MAX_CLASSES)
    if found.classes != recipe.architecture.outputs:
        raise ValueError(f"channels of the last layer must be {found.classes}, the number of classes of {title}, "
                         f"not {recipe.architecture.outputs}; change the recipe")


def _check_test(recipe: Recipe, tested: Labelled) -> None:
    """Refuse test images of another shape, or of a class that is not among the training images."""
    _check_shape(recipe, tested)
    integer("largest label of the test images", int(tested.labels.max()), 0, recipe.architecture.outputs - 1)


def _check_shape(recipe: Recipe, found: Labelled) -> None:
    if found.pixels.shape[1:] != recipe.input_shape:
        raise ValueError(f"images must have the recipe's shape {recipe.input_shape}, not {found.pixels.shape[1:]}")


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Four digits after the point, which a rate has not."""
    return {key: [round(each, 2) for each in value] if isinstance(value, list) else
            float(f"{value:.4g}") if key == "rate" else round(value, 4) for key, value in figures.items()}


def _write(path: Path, lines: list[str]) -> None:
    if parallel.rank() == 0:
        scratch.write(path, "".join(f"{line}\n" for line in lines).encode())
