import json
from types import SimpleNamespace

import pytest

from binspike import cli
from bitstreams import demo

RECORD = {"network": "tiny", "ticks": 4, "folding": "1,1,1", "accuracy": 0.5, "measured_on": "MNIST test, 10 images",
          "cycles_per_image": 100, "luts": 7, "luts_available": 8, "flip_flops": 3, "block_rams": 1,
          "block_rams_available": 2, "clock_mhz": 12.0, "fmax_mhz": 13.0, "images_per_second": 120_000.0,
          "images_per_second_at_fmax": 130_000.0, "bitstream": "top.bin"}


@pytest.fixture
def simulated(monkeypatch):
    """Lets the build be there, and the simulation take so many cycles an image."""
    def take(cycles):
        monkeypatch.setattr(demo, "built", lambda say: (None, RECORD, "out"))
        proof = SimpleNamespace(cycles_predicted=cycles, cycles_simulated=cycles)
        monkeypatch.setattr(demo, "proven", lambda *_: proof)
    return take


def test_what_is_printed_for_people(capsys, simulated):
    simulated(100)
    assert cli.main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "cycles an image  100 predicted, 100 simulated" in lines
    assert lines[-2:] == ["bitstream        out/top.bin", "report           out/report.html"]


def test_json_is_the_report_of_the_build_and_more(capsys, simulated):
    simulated(100)
    assert cli.main(["demo", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == RECORD | {"cycles_predicted": 100, "cycles_simulated": 100, "build": "out"}


def test_other_cycles_than_the_report_says_are_a_failure(capsys, simulated):
    simulated(101)
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == "binspike: an image must take 100 cycles, not 101\n"
