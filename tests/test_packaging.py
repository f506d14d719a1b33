"""Requirements of the project: ranges of libraries, pinned tools, and one lock that fits both."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts import lowest

ROOT = Path(__file__).parents[1]
LOCKED = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# In environments of their own, not in .venv
ELSEWHERE = {"benchmark", "buses", "litex", "nir", "qonnx", "snntorch", "spikingjelly", "wishbone"}
NEEDS = [Requirement(text) for extra, needs in PROJECT["optional-dependencies"].items() if extra not in ELSEWHERE
         for text in needs] + [Requirement(text) for text in PROJECT["dependencies"]]
LIBRARIES = {"numpy", "pillow", "pyserial", "threadpoolctl", "tqdm", "matplotlib", "safetensors", "dask", "distributed"}


@pytest.mark.parametrize("need", [need for need in NEEDS if need.name != "binspike"], ids=lambda need: need.name)
def test_lock_is_within_what_is_needed(need):
    assert Version(LOCKED[need.name]) in need.specifier


def test_libraries_are_ranges_and_all_else_is_pinned():
    ranges = {need.name for need in NEEDS if need.specifier and {part.operator for part in need.specifier} != {"=="}}
    assert ranges == LIBRARIES


def test_lowest_versions_are_the_ends_of_the_ranges():
    ends = dict(line.split("==") for line in lowest.lowest())
    assert ends.keys() == LIBRARIES
    assert all(Version(ends[need.name]) in need.specifier for need in NEEDS if need.name in LIBRARIES)


def test_lock_has_exact_public_versions():
    assert all(re.fullmatch(r"[\w.]+", version) for version in LOCKED.values())


def test_citation_is_of_this_version():
    stated = dict(line.split(": ", 1) for line in (ROOT / "CITATION.cff").read_text().splitlines() if ": " in line)
    assert (stated["version"], stated["license"]) == (PROJECT["version"], PROJECT["license"])


def test_workflow_runs_what_is_there():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert "run: .ci/run\n" in workflow
    versions = re.search(r"versions: \[(.*)\]", workflow)
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert versions
    assert targets
    assert {f"test-{version}" for version in versions[1].split(", ")} <= set(targets[1].split())
