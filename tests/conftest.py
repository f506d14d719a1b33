"""Fixtures of every test, the order of the tests, and the message about those that cannot run here."""

import sys
from collections import Counter

import pytest

from binspike.command import table
from image_sets import KNOWN
from image_sets.folders import folders

WITHOUT_DATA = pytest.StashKey[list[str]]()
TALLY = pytest.StashKey[Counter[tuple[str, str]]]()


DATA_SETS = ("mnist", "fashion-mnist", "cifar-10")  # that the shipped networks were measured on


def whole_folder():
    """The first data folder that holds all of `DATA_SETS`, or None."""
    return next((each for each in folders() if all(KNOWN[name].lies_in(each) for name in DATA_SETS)), None)


@pytest.fixture(scope="session")
def data_folder():
    """Folder of the data sets, for tests marked ``data``."""
    return whole_folder()


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """No data folder anywhere, and ``tmp_path`` to work in."""
    monkeypatch.delenv("BINSPIKE_DATA", raising=False)
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path.with_name(f"{tmp_path.name}-cache")))
    monkeypatch.chdir(tmp_path)


def pytest_collection_modifyitems(config, items):
    """Quick tests first, or last where several processes share them; those that need data sets if there are some."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None) != hasattr(config, "workerinput"))
    if whole_folder() is None:
        absent = [item for item in items if item.get_closest_marker("data")]
        items[:] = [item for item in items if not item.get_closest_marker("data")]
        config.hook.pytest_deselected(items=absent)
        config.stash[WITHOUT_DATA] = [item.nodeid for item in absent]


def pytest_sessionfinish(session):
    """Hand what the summary tells to the process that prints it, where there are several."""
    config = session.config
    tally = getattr(sys.modules.get("tests.helpers.damage"), "tally", Counter())
    if hasattr(config, "workeroutput"):
        config.workeroutput["absent"] = config.stash.get(WITHOUT_DATA, [])
        config.workeroutput["tally"] = [[*key, count] for key, count in tally.items()]
    else:
        config.stash.setdefault(TALLY, Counter()).update(tally)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Add up what the processes tell; each has seen all tests, and run some."""
    told = getattr(node, "workeroutput", {})
    node.config.stash[WITHOUT_DATA] = told.get("absent", [])
    tally = {(kind, what): count for kind, what, count in told.get("tally", [])}
    node.config.stash.setdefault(TALLY, Counter()).update(tally)


def pytest_terminal_summary(terminalreporter, config):
    """Count the damaged cases; name what was not run for want of data, so that nobody takes it for passed."""
    tally = config.stash.get(TALLY, Counter())
    if tally:
        kinds = sorted({kind for kind, _ in tally})
        rows = [(kind, *(f"{tally[kind, what]:,}" for what in ("made", "refused", "accepted"))) for kind in kinds]
        total = [f"{sum(tally[kind, what] for kind in kinds):,}" for what in ("made", "refused", "accepted")]
        terminalreporter.section("damaged files and command lines")
        terminalreporter.line(table([("kind", "made", "refused", "valid"), *rows, ("all", *total)]))
    names = config.stash.get(WITHOUT_DATA, [])
    if names:
        terminalreporter.section("not run: no data sets here (BINSPIKE_DATA)")
        for name in names:
            terminalreporter.line(name)
