"""The FPGA tools: where they are, in which version, and how one of them is run.

The tools come as YoWASP wheels in the interpreter's own environment. Other tools of the same names, such as an old
Yosys on PATH, are never used: a bitstream must not depend on them.
"""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from quant.failure import Failure

from .. import families
from ..families import Family, Tool


class ToolchainError(Failure):
    """A tool is missing, or one stopped with an error; the message is one line and says what to do."""


def locate(tool: str) -> Path:
    """Return the absolute path of ``tool``, one of `hw.families.tools`.

    Raises
    ------
    ValueError
        No family has the tool.
    ToolchainError
        Its wheel is not installed; the message names the folders examined and the command that installs it.
    """
    wanted = families.tool(tool)
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))]
    for folder in folders:
        if found := shutil.which(wanted.program, path=folder):
            return Path(found).absolute()
    raise ToolchainError(f"{wanted.program} is neither in {folders[0]} nor in {folders[1]}; "
                         f"install it with: pip install {wanted.package}")


def require(family: Family) -> None:
    """Find all tools of a family.

    Raises
    ------
    ToolchainError
        As of `locate`.
    """
    for tool in family.tools:
        locate(tool.name)


def installed(family: Family) -> bool:
    """True if all tools of a family are here."""
    try:
        require(family)
    except ToolchainError:
        return False
    return True


def environment() -> dict[str, str]:
    """Return the environment for the tools and for Amaranth, which then runs the same Yosys.

    Variables ``AMARANTH_*`` of the caller are dropped, since they override the options of a build.

    Raises
    ------
    ToolchainError
        Yosys is missing.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMARANTH_")}
    return kept | {"AMARANTH_USE_YOSYS": "system", "YOSYS": str(locate("yosys"))}


def versions(tools: Sequence[str]) -> dict[str, str]:
    """Return the exact versions behind a build that uses ``tools``: each wheel's, and what each tool states of itself.

    This starts each tool once.

    Raises
    ------
    ToolchainError
        A tool is missing or does not start.
    """
    stating = [tool for tool in map(families.tool, tools) if tool.version_flag]
    return wheels(tools) | {tool.name: _banner(tool) for tool in stating}


def wheels(tools: Sequence[str]) -> dict[str, str]:
    """Return the versions of the installed wheels behind a build that uses ``tools``, without starting one.

    Raises
    ------
    ToolchainError
        A wheel is missing.
    """
    packages = {tool.wheel: tool.package for tool in map(families.tool, tools)}
    try:
        return {name: metadata.version(name) for name in sorted({"amaranth", "amaranth-boards", *packages})}
    except metadata.PackageNotFoundError as error:
        package = packages.get(str(error.name), error.name)
        raise ToolchainError(f"{error.name} is missing; install it with: pip install {package}") from None


def _banner(tool: Tool) -> str:
    status, output = run(tool.name, [str(tool.version_flag)], Path.cwd())
    if status or not output.strip():
        raise ToolchainError(f"{tool.name} {tool.version_flag} ended with status {status}; reinstall {tool.wheel}")
    return output.strip().splitlines()[-1].rpartition("-- ")[2]


_running: set[subprocess.Popen[str]] = set()


def run(tool: str, arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run ``tool`` inside ``folder``; return its exit status and what it printed.

    Arguments must name files relative to ``folder``: a tool in WebAssembly sees no absolute name below the system's
    temporary folder.
    """
    with subprocess.Popen([locate(tool), *arguments], cwd=folder, env=environment(), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        _running.add(process)
        try:
            output, _ = process.communicate()
        finally:
            process.kill()
            _running.discard(process)
    return process.returncode, output


def run_each(tool: str, calls: Sequence[tuple[Sequence[str], Path]]) -> list[tuple[int, str]]:
    """`run` for each pair of arguments and folder, as many side by side as the machine has cores; in their order."""
    if len(calls) == 1:
        return [run(tool, *calls[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return list(pool.map(lambda call: run(tool, *call), calls))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(_running):
                process.kill()
            raise
