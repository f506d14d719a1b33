import re

import pytest

from hw.accelerator import Accelerator
from hw.buses.bus import wrap
from hw.emission.waivers import REASONS, waivers
from hw.emit import to_verilog
from quant.dataflow.folding import parse
from quant.files import artefact, zoo
from tests.helpers.buses.frames import DIGEST
from tests.helpers.designs import TINY, design, one_class, tiny
from tests.helpers.networks import loops, phases, rates
from tests.hw.emission.lint import lint

CORES = [
    pytest.param(design, id="layers with memories"),
    pytest.param(one_class, id="one class"),
    pytest.param(lambda: Accelerator(artefact.load(zoo.path("mnist-up5k")).network, parse("4,25,1 2,12,7 2,8,1")),
                 id="mnist-up5k", marks=pytest.mark.long),
    pytest.param(lambda: Accelerator(rates(), parse("1,1,1 1,1,1 1,1,1")), id="rates", marks=pytest.mark.long),
    pytest.param(lambda: Accelerator(loops(), parse("2,1,1 2,1,1 10,1,1")), id="feedback", marks=pytest.mark.long),
]


@pytest.fixture(scope="module")
def shortcut():
    """A design that has every warning but that of two clocks."""
    return to_verilog(Accelerator(phases(), parse("1,1,1 2,1,1 2,1,1 2,1,1 10,1,1")), "eye")


@pytest.mark.parametrize("core", CORES)
def test_verilator_says_nothing(tmp_path, core):
    files = {"eye.vlt": waivers("eye"), "eye.v": to_verilog(core(), "eye")}
    assert lint(tmp_path, "eye", files, "-Wall") == (0, "")


@pytest.mark.long
def test_verilator_says_nothing_of_a_file_in_a_folder(tmp_path, shortcut):
    files = {"core/eye.vlt": waivers("eye"), "core/eye.v": shortcut}
    assert lint(tmp_path, "eye", files, "-Wall") == (0, "")


def test_every_waiver_is_needed(tmp_path, shortcut):
    two_clocks = to_verilog(wrap("axi", Accelerator(tiny(), parse(TINY)), DIGEST, crossing=True), "eye")
    said = "".join(lint(tmp_path, "eye", {"eye.v": text}, "-Wall")[1] for text in (shortcut, two_clocks))
    assert set(re.findall(r"^%Warning-(\w+): ", said, re.MULTILINE)) == set(REASONS)


def test_other_files_are_not_waived(tmp_path):
    module = "module my_eye (input i, output o);\nendmodule\n"
    files = {"eye.vlt": waivers("eye"), "my_eye.v": module}
    assert "%Warning-UNUSEDSIGNAL: my_eye.v:1:" in lint(tmp_path, "my_eye", files, "-Wall")[1]


def test_every_waiver_has_its_reason_above_it():
    lines = waivers("eye").splitlines()
    for rule, reason in REASONS.items():
        place = lines.index(f"// {reason}")
        assert lines[place + 1:place + 3] == [f'lint_off -rule {rule} -file "{path}"' for path in ("eye.v", "*/eye.v")]
