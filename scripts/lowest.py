"""Prints, as constraints for pip, the lowest version of every range in pyproject.toml."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def requirements() -> list[str]:
    """Requirements of the project, with all extras."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    return [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]


def lowest() -> list[str]:
    """The lower ends of ranges, as ``name==version``."""
    found = (re.match(r"([\w-]+)>=([\w.]+)", requirement) for requirement in requirements())
    return sorted({f"{match[1]}=={match[2]}" for match in found if match})


if __name__ == "__main__":
    print("\n".join(lowest()))
