import re

import pytest

from hw.emission.projects import PROJECTS
from hw.project import design, files
from quant.dataflow.folding import folded
from tests.helpers.emission.projects import OPTIONS, SOURCE, made


@pytest.mark.parametrize("kind", PROJECTS)
def test_part_and_clock_are_those_asked_for(kind):
    board = list(PROJECTS[kind].parts)[-1]
    text = "".join(made(kind, part=board, clock_mhz=40).values())
    assert PROJECTS[kind].parts[board] in text
    assert "create_clock -name aclk -period 25.000 [get_ports aclk]" in text


def test_the_top_module_has_the_ports_that_are_stated():
    found = files("efinity", SOURCE, folded(SOURCE.network), **OPTIONS)
    ports = re.search(r"^module eye_axi\((.*?)\);", found["eye_axi.v"], re.MULTILINE | re.DOTALL)[1]
    stated = design("efinity", SOURCE, folded(SOURCE.network), **OPTIONS)[0].ports
    assert {port.strip() for port in ports.split(",")} == set(stated)
    for port, width in stated.items():
        size = f"[{width - 1}:0] " if width > 1 else ""
        assert re.search(rf"^  (input|output) {re.escape(size)}{port};", found["eye_axi.v"], re.MULTILINE), port
