"""The harness of `tests.mutation` itself, on a few faults; ``make mutants`` plants them all."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cocotb.runner import CACHE
from tests.mutation import __main__, equivalence, netlist, run
from tests.mutation.netlist import Fault
from tests.mutation.patches import PATCHES
from tests.mutation.ports import block, ports
from tests.mutation.report import Row, summary
from tests.mutation.simulation import Planted
from tests.mutation.source import ROOT, Patch, file_of
from tests.mutation.subjects import SUBJECTS
from tests.mutation.units import Unit

SUBJECT = SUBJECTS["unrolled"]
COUNT = 3  # tool-made faults in each core


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mutation")


@pytest.fixture(autouse=True)
def inside(folder, monkeypatch):
    """A design with faults reads which of them in the working directory."""
    monkeypatch.chdir(folder)


@pytest.fixture(scope="module")
def base(folder):
    return netlist.prepare(SUBJECT.core, folder)


def fault_at(base, core, cell, port, mode):
    """A fault at the lowest bit of a port of the one cell with the line ``cell`` in it."""
    (text,) = [text for text in block(base, netlist.module(core)).split("\n  end\n") if f"{cell}\n" in f"{text}\n"]
    kind, name = re.findall(r"^  cell (\S+) \\(\S+)$", text, re.MULTILINE)[-1]
    return Fault(number=0, core=core, mode=mode, arguments=f"-mode {mode} -cell {name} -port {port} -portbit 0",
                 place=f"{kind} {name}.{port}[0]")


@pytest.fixture(scope="module")
def found(folder, base):
    """Faults of the tool, and some whose end is known."""
    known = [
        fault_at(base, "encoder", r"connect \Q \o__payload", "SRST", "const1"),
        fault_at(base, "conv2d0_window", r"connect \Q \idle", "SRST", "const0"),
        fault_at(base, "conv2d0_neurons", r"connect \Y \free", "Y", "const1"),
        fault_at(base, "encoder", r"parameter \Y_WIDTH 10", "Y", "inv"),
    ]
    made = netlist.faults(SUBJECT.core, folder, COUNT)
    return made + [replace(fault, number=len(made) + place) for place, fault in enumerate(known, 1)]


@pytest.fixture(scope="module")
def planted(folder, found):
    return Planted.build(SUBJECT, found, folder, CACHE)


def test_a_design_without_a_fault_passes_all_checks(planted):
    assert planted.killed_by(0) == ""


def test_faults_are_of_every_core_and_kind(found):
    assert {fault.core for fault in found} == {node.name for node in SUBJECT.core.nodes}
    assert {fault.mode for fault in found} == {"inv", "const0", "const1", "cnot0", "cnot1"}


def test_every_fault_of_the_tool_is_killed_or_proven(planted, found, base):
    alive = [fault for fault in found[:-4] if not planted.killed_by(fault.number)]
    assert len(alive) <= 2
    assert all(prove(base, fault) for fault in alive)


def test_what_only_stalls_or_resets_show_is_killed(planted, found):
    assert planted.killed_by(found[-3].number) == "reset after 30 cycles: result"
    assert planted.killed_by(found[-2].number) == "slow sink: stands still"


@pytest.mark.long
def test_a_core_by_itself_is_stalled_at_both_ends(folder, base, found):
    (node,) = [node for node in SUBJECT.core.nodes if node.name == found[-2].core]
    unit = Unit.build(SUBJECT, node, [found[-2]], ports(base, node.name), folder, CACHE)
    assert unit.killed_by(0) == ""
    assert unit.killed_by(found[-2].number).startswith("core by itself, ")


def prove(base, fault, upstream=0):
    return equivalence.prove(SUBJECT.core, base, fault, Path("proof"), upstream=upstream, seconds=60)


def test_a_fault_that_changes_nothing_is_proven(planted, base, found):
    assert planted.killed_by(found[-1].number) == ""
    assert prove(base, found[-1]) is True
    assert prove(base, found[-1], upstream=1) is True


@pytest.mark.parametrize("place", [-4, *(pytest.param(place, marks=pytest.mark.long) for place in (-3, -2))])
def test_a_fault_that_matters_is_refuted(base, found, place):
    assert prove(base, found[place]) is False


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_the_text_of_every_written_fault_is_found(patch):
    assert patch.text() != (ROOT / patch.file).read_text()
    assert all((ROOT / file_of(stem)).exists() for stem in patch.tests.split())


def test_written_faults_have_names_of_their_own():
    assert len({patch.name for patch in PATCHES}) == len(PATCHES)


@pytest.mark.parametrize(("old", "count"), [("none of this", 0), ("gamma", 2)])
def test_a_text_that_is_not_there_once_is_refused(tmp_path, old, count):
    (tmp_path / "any.py").write_text("alpha, gamma, gamma")
    patch = Patch("any", "any.py", old, "", "names")
    with pytest.raises(ValueError, match=rf"^fault 'any' must find '{old}' once in any.py, not {count} times$"):
        patch.text(tmp_path)


def rows(*outcomes):
    return [Row(str(number), "here", "this", outcome, "", 0.0) for number, outcome in enumerate(outcomes)]


def test_summary():
    assert summary(rows("killed", "survives", "killed", "equivalent")) == \
        "killed 2 of 4, 1 proven equivalent, 1 survive"


@pytest.mark.parametrize(("outcome", "status"), [("killed", 0), ("equivalent", 0), ("survives", 1)])
def test_a_survivor_is_the_exit_status(monkeypatch, capsys, tmp_path, outcome, status):
    monkeypatch.setattr(__main__, "plant_patches", lambda *_: rows("killed", outcome))
    assert __main__.main(["--only", "hw/cores/neurons/lane.py", "--out", str(tmp_path / "out.json")]) == status
    assert capsys.readouterr().out.splitlines()[-1] == summary(rows("killed", outcome))
    assert [row["outcome"] for row in json.loads((tmp_path / "out.json").read_text())] == ["killed", outcome]


def test_what_became_of_a_fault_is_kept(tmp_path):
    first = run.remembered(tmp_path, "key", lambda: {"by": "a test"})
    assert run.remembered(tmp_path, "key", lambda: {"by": "another"}) == first
    assert first["by"] == "a test"


def test_a_design_that_fails_without_a_fault_is_refused(monkeypatch, tmp_path, planted):
    monkeypatch.setattr(Planted, "killed_by", lambda *_: "no stalls: result")
    monkeypatch.setattr(Planted, "build", lambda *_: planted)
    with pytest.raises(RuntimeError, match=r"^unrolled without a fault must pass all checks, not fail no stalls: res"):
        run.plant_tool_made(SUBJECT, COUNT, tmp_path, CACHE, 1)
