"""Checkpoints: the whole state of a training, in one safetensors file; nothing in it executes on load."""

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .recipe import Recipe

FORMAT = "binspike checkpoint 1"


def save(path: str | Path, recipe: Recipe, epoch: int, model: nn.Module, optimiser: torch.optim.Optimizer,
         generator: torch.Generator) -> None:
    """Write the state after ``epoch`` epochs to ``path``, whole or not at all."""
    temporary = Path(f"{path}.part")
    tensors = {key: value.contiguous().clone() for key, value in _state(model, optimiser, generator).items()}
    progress = {"format": FORMAT, "recipe": repr(recipe), "epoch": epoch}
    save_file(tensors, temporary, {"training": json.dumps(progress)})  # one key: safetensors does not keep their order
    os.replace(temporary, path)


def restore(path: str | Path, recipe: Recipe, model: nn.Module, optimiser: torch.optim.Optimizer,
            generator: torch.Generator) -> int:
    """Load the state from ``path`` into model, optimiser and generator; return the number of finished epochs.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no checkpoint, is damaged, or belongs to another recipe.
    """
    expected = _state(model, optimiser, generator)
    try:
        with safe_open(path, "pt") as file:
            epoch = _epoch(file.metadata() or {}, recipe)
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"checkpoint {path}: {error}") from None
    for key, value in expected.items():
        found = tensors.get(key)
        if found is None or (found.shape, found.dtype) != (value.shape, value.dtype):
            raise ValueError(f"checkpoint {path}: tensor {key} must be {value.dtype} of shape {tuple(value.shape)}")
    with torch.no_grad():
        for key, value in expected.items():
            value.copy_(tensors[key])
    generator.set_state(tensors["generator"])
    return epoch


def _epoch(metadata: dict[str, str], recipe: Recipe) -> int:
    match json.loads(metadata.get("training", "null")):
        case {"format": str(found), "recipe": str(began), "epoch": int(epoch)} if found == FORMAT:
            if began != repr(recipe):
                raise ValueError("recipe must be the one that this training began with; give another --out folder")
            return epoch
    raise ValueError(f"format must be {FORMAT!r}; give a file that this program wrote")


def _state(model: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator) -> dict[str, Tensor]:
    state = {f"model.{key}": value for key, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, value in optimiser.state[parameter].items():
            state[f"optimiser.{key}.{name}"] = value
    return state | {"generator": generator.get_state()}
