"""What every test may use, the order of the tests, and what is said of those that cannot run here."""

import pytest

from sim.data import folder

WITHOUT_DATA = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def data_folder():
    """Folder of the data sets, for tests marked ``data``."""
    return folder()


def pytest_collection_modifyitems(config, items):
    """Quick tests first; tests that need data sets only where there are some."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
    try:
        folder()
    except FileNotFoundError:
        absent = [item for item in items if item.get_closest_marker("data")]
        items[:] = [item for item in items if not item.get_closest_marker("data")]
        config.hook.pytest_deselected(items=absent)
        config.stash[WITHOUT_DATA] = [item.nodeid for item in absent]


def pytest_terminal_summary(terminalreporter, config):
    """Name the tests that were not run for want of data, so that nobody takes them for passed."""
    names = config.stash.get(WITHOUT_DATA, [])
    if names:
        terminalreporter.section("not run: no data sets here (BINSPIKE_DATA)")
        for name in names:
            terminalreporter.line(name)
