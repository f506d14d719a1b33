"""Checkpoints: the whole state of a training, in one safetensors file; nothing in it executes on load."""

import hashlib
import json
import os
import stat
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from quant.check import integer
from quant.files import scratch

from ..recipe.definition import Recipe

FORMAT = "binspike checkpoint 2"
DROPPED = {"Ann(latency=0.0, spikes=0.0)": "Ann()", "Proxy(latency=0.0, spikes=0.0, ": "Proxy("}  # options, once
YOUNGER = ", validation=None)"  # at the end of a recipe's text
_NAMES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}  # as safetensors has them


def save(path: str | Path, recipe: Recipe, epoch: int, model: nn.Module, optimiser: torch.optim.Optimizer,
         generator: torch.Generator) -> None:
    """Write the state after ``epoch`` epochs to ``path``, whole or not at all."""
    tensors = {key: value.cpu().contiguous().clone() for key, value in _state(model, optimiser, generator).items()}
    progress = {"format": FORMAT, "recipe": text(recipe), "epoch": epoch,
                "sha256": _digest(epoch, tensors)}
    metadata = {"training": json.dumps(progress)}  # one key: safetensors does not keep their order
    scratch.write(path, safetensors.torch.save(tensors, metadata))


def restore(path: str | Path, recipe: Recipe, model: nn.Module, optimiser: torch.optim.Optimizer,
            generator: torch.Generator) -> int:
    """Load the state from ``path`` into model, optimiser and generator; return the number of finished epochs.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no checkpoint, is damaged, or belongs to another recipe; nothing is loaded then.
    """
    expected = _state(model, optimiser, generator)
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError(f"checkpoint {path} must be a regular file")
    try:
        with safe_open(path, "pt") as file:
            epoch, digest = _progress(file.metadata() or {}, recipe)
            _check_tensors(file, expected)
            tensors = {key: file.get_tensor(key) for key in expected}
        if _digest(epoch, tensors) != digest:
            raise ValueError("content must have the SHA-256 that was stored with it; the file is damaged")
        _check_generator(tensors["generator"])
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        raise ValueError(f"checkpoint {path}: {str(error):.300}") from None  # may quote the file at any length
    with torch.no_grad():
        for key, value in expected.items():
            value.copy_(tensors[key])
    generator.set_state(tensors["generator"])
    return epoch


def text(recipe: Recipe) -> str:
    """The recipe as a checkpoint has it; a key that is younger than the format is left out where it is not given."""
    whole = repr(recipe)
    return f"{whole.removesuffix(YOUNGER)})" if whole.endswith(YOUNGER) else whole


def _progress(metadata: dict[str, str], recipe: Recipe) -> tuple[int, str]:
    try:
        found = json.loads(metadata.get("training", "null"))
    except RecursionError:
        found = None
    match found:
        case {"format": str(form), "recipe": str(began), "epoch": epoch, "sha256": str(digest)} if form == FORMAT:
            for older, newer in DROPPED.items():
                began = began.replace(older, newer)
            if began != text(recipe):
                raise ValueError("recipe must be the one that this training began with; give another --out folder")
            return integer("epoch", epoch, 0, recipe.epochs), digest
    raise ValueError(f"format must be {FORMAT!r}; give a file that this program wrote")


def _check_tensors(file: safe_open, expected: dict[str, Tensor]) -> None:
    """Compare names, shapes and types, before a tensor is loaded."""
    unknown = set(file.keys()) - expected.keys()
    if unknown:
        raise ValueError(f"tensor {min(unknown)!r:.80} must not be there")
    for key, value in expected.items():
        found = file.get_slice(key) if key in file.keys() else None  # noqa: SIM118
        if found is None or (tuple(found.get_shape()), found.get_dtype()) != (tuple(value.shape), _NAMES[value.dtype]):
            raise ValueError(f"tensor {key} must be {value.dtype} of shape {tuple(value.shape)}")


def _check_generator(state: Tensor) -> None:
    try:
        torch.Generator().set_state(state)
    except RuntimeError:
        raise ValueError("tensor generator must be the state of a random number generator") from None


def _digest(epoch: int, tensors: dict[str, Tensor]) -> str:
    content = hashlib.sha256(str(epoch).encode())
    for key, value in sorted(tensors.items()):
        content.update(json.dumps([key, str(value.dtype), list(value.shape)]).encode())
        content.update(value.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return content.hexdigest()


def _state(model: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator) -> dict[str, Tensor]:
    state = {f"model.{key}": value for key, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, value in optimiser.state[parameter].items():
            state[f"optimiser.{key}.{name}"] = value
    return state | {"generator": generator.get_state()}
