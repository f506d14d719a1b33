# amaranth: UnusedElaboratable=no
# (designs are made for their ports alone)
"""Projects of vendors' tools for one small network, written into a folder without their Verilog."""

import pytest

from hw.emission.projects import PROJECTS
from hw.project import design
from quant.dataflow.folding import folded
from quant.files.artefact import Artefact, network_digest
from quant.files.provenance import Provenance
from tests.helpers.serial_link.reloaded import network

SOURCE = Artefact(network(1), Provenance(), network_digest(network(1)))
OPTIONS = {"name": "eye", "description": "a network", "version": "1.2.0"}


def made(kind, **options):
    """Files of a project by their names."""
    return PROJECTS[kind].files(design(kind, SOURCE, folded(SOURCE.network), **OPTIONS, **options)[0])


@pytest.fixture
def written(tmp_path):
    """A folder with all projects of one network, and the ports of its top module."""
    for kind in PROJECTS:
        for name, text in made(kind).items():
            (tmp_path / name).write_text(text)
    (tmp_path / "eye_axi.v").touch()
    return tmp_path, set(design("vivado", SOURCE, folded(SOURCE.network), **OPTIONS)[0].ports)


def named(calls, command):
    """Arguments of each call of a command."""
    return [call[1:] for call in calls if call[0] == command]
