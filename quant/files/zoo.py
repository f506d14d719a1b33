"""Shipped networks: files beside this module, by name."""

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("zoo")
SUFFIX = ".safetensors"


def names() -> tuple[str, ...]:
    """Names of the shipped networks, sorted."""
    return tuple(sorted(file.stem for file in FOLDER.glob(f"*{SUFFIX}") if "." not in file.stem))


def path(name_or_file: str | os.PathLike[str]) -> Path:
    """Path of the artefact of a shipped network, or of an existing file.

    Raises
    ------
    ValueError
        It is neither, and then the message names the shipped networks; or a folder.
    """
    if name_or_file in names():
        return FOLDER / f"{name_or_file}{SUFFIX}"
    file = Path(name_or_file)
    if not file.exists():
        raise ValueError(f"network must be a file or one of {', '.join(names()) or '(none shipped)'}, "
                         f"not {os.fspath(name_or_file)!r}")
    if file.is_dir():
        raise ValueError(f"network must be a file, not the folder {os.fspath(file)!r}; give the NAME{SUFFIX} in it")
    return file


def vectors_path(name_or_file: str | os.PathLike[str]) -> Path:
    """Path of the test vectors of a network, existing or not: NAME.vectors.safetensors beside its artefact.

    Raises
    ------
    ValueError
        There is no such network.
    """
    file = path(name_or_file)
    return file.with_name(f"{file.name.removesuffix(SUFFIX)}.vectors{SUFFIX}")


def has_samples(data_set: str) -> bool:
    """True if sample images of a data set are shipped."""
    return (FOLDER / f"{data_set.lower()}.samples{SUFFIX}").is_file()


def samples_path(data_set: str) -> Path:
    """Path of the shipped sample images of a data set such as "MNIST".

    Raises
    ------
    ValueError
        There are none; the message names the data sets that have some.
    """
    ending = f".samples{SUFFIX}"
    found = {file.name.removesuffix(ending): file for file in FOLDER.glob(f"*{ending}")}
    if data_set.lower() not in found:
        raise ValueError(f"samples are shipped for {', '.join(sorted(found)) or '(no data set)'}, not for "
                         f"{data_set!r}; give images, or a data folder by --data")
    return found[data_set.lower()]
