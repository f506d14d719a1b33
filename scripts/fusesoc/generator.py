"""Generator of FuseSoC: ``generator.py JOB`` emits the core of a network into the folder it is called in.

JOB is the YAML that FuseSoC writes. Its parameters are options of ``binspike emit`` without their dashes.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from binspike import cli

CORE = """\
CAPI=2:
name: "{vlnv}"
filesets:
  core:
    depend: ["::{name}"]
targets:
  default:
    filesets: [core]
"""
NEEDED, FLAGS = ("network", "fold", "name"), ("cdc", "reload")
KNOWN = (*NEEDED, "copies", "bus", "resize", *FLAGS)


def options(parameters: Mapping[str, Any], files: Path) -> list[str]:
    """Arguments of ``binspike emit``; a network that is a file in the folder ``files`` is that file.

    Raises
    ------
    ValueError
        A parameter is unknown, or one that is needed is missing.
    """
    wrong = [*(name for name in parameters if name not in KNOWN), *(name for name in NEEDED if name not in parameters)]
    if wrong:
        raise ValueError(f"parameters must be {', '.join(KNOWN)}, the first {len(NEEDED)} always; look at {wrong[0]!r}")
    given = dict(parameters)
    if (files / str(given["network"])).is_file():
        given["network"] = files / str(given["network"])
    flags = [f"--{name}" for name in FLAGS if given.pop(name, False)]
    return [*flags, *(text for name, value in given.items() for text in (f"--{name}", str(value)))]


def main(job: Mapping[str, Any]) -> int:
    """Emit the core, and write a core of the asked-for name that depends on it; the exit status."""
    try:
        arguments = options(job["parameters"], Path(job["files_root"]))
    except ValueError as error:
        print(f"binspike: {error}", file=sys.stderr)
        return 2
    name = job["parameters"]["name"]
    Path("generated.core").write_text(CORE.format(vlnv=job["vlnv"], name=name))
    return cli.main(["emit", *arguments, "--out", name])


if __name__ == "__main__":
    sys.exit(main(yaml.safe_load(Path(sys.argv[1]).read_text())))
