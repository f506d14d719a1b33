import json

import numpy as np
import pytest

from binspike import cli
from quant.description import conversion
from quant.files import artefact, zoo
from quant.files.provenance import Provenance
from reports.canvas import png
from reports.conversion import compare
from reports.pictures import conversions
from sim.functional import network as functional
from tests.helpers.networks import phases, rates

RNG = np.random.default_rng(7)
IMAGES = RNG.integers(0, 256, (12, 2, 8, 8), np.uint8)
LABELS = functional.run(conversion.digits(phases(), 10), IMAGES).class_index
HIDDEN = (1, 3, 4, 5)


@pytest.fixture(scope="module")
def found():
    return compare(phases(), IMAGES, LABELS, ticks=63)


def test_phase_neurons_by_their_definition(found):
    source = functional.run(conversion.digits(phases(), 10), IMAGES, times=True)
    assert (found.images, found.source) == (12, 12)
    assert [(row.ticks, row.whole) for row in found.phase] == [(steps, 8 + 4 * steps) for steps in range(1, 9)]
    for row in found.phase:
        outcome = functional.run(conversion.digits(phases(), row.ticks), IMAGES, times=True)
        ones = [np.bitwise_count(outcome.times[place]) for place in HIDDEN]
        assert row.correct == (outcome.class_index == LABELS).sum()
        assert row.spikes == sum(map(np.sum, ones)) / 12
        assert row.inactive == sum(each[source.times[place] == 0].sum()
                                   for each, place in zip(ones, HIDDEN, strict=True)) / 12
    assert found.phase[-1].spikes > found.phase[0].spikes


def test_rate_neurons_stopped_after_each_tick_are_those_of_so_many_ticks(found):
    source = functional.run(conversion.digits(phases(), 10), IMAGES, times=True)
    for ticks in (1, 5, 63):
        row = found.rate[ticks - 1]
        outcome = functional.run(conversion.rates(phases(), ticks), IMAGES, times=True)
        assert (row.ticks, row.whole, row.correct) == (ticks, ticks, (outcome.class_index == LABELS).sum())
        counts = [np.bitwise_count(outcome.times[place]) for place in HIDDEN]
        assert row.spikes == sum(map(np.sum, counts)) / 12
        assert row.inactive == sum(each[source.times[place] == 0].sum()
                                   for each, place in zip(counts, HIDDEN, strict=True)) / 12
    assert found.rate[-1].inactive > found.phase[-1].inactive


def test_picture(found):
    assert png(conversions, found).startswith(b"\x89PNG")


def test_other_neurons():
    with pytest.raises(ValueError, match="^layer 0: neurons must be phase neurons to be converted, not rate$"):
        compare(rates(), IMAGES, LABELS, ticks=1)


def test_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sim.data.labelled", lambda source, data: ("noise", IMAGES, LABELS))
    artefact.save(phases(), tmp_path / "n.safetensors", provenance=Provenance())
    command = ["convert", "--network", str(tmp_path / "n.safetensors")]
    assert cli.main([*command, "--images", "6", "--picture", str(tmp_path / "p.png")]) == 0
    said = capsys.readouterr().out
    assert "6 of noise" in said
    assert said.count("\nphase") == 8
    assert said.count("\nrate") == 9
    found = compare(phases(), IMAGES[:6], LABELS[:6], ticks=255)
    for line, row in zip(said.partition("\nphase")[2].splitlines(), found.phase, strict=False):
        ticks = [tick for tick, other in enumerate(found.rate, 1) if other.correct >= row.correct]
        assert line.endswith(f" {ticks[0]}" if ticks else " > 255")
    assert (tmp_path / "p.png").stat().st_size > 5000
    assert cli.main([*command, "--json", "--ticks", "40"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rate"]) == 40
    assert cli.main([*command, "--ticks", "0"]) == 2
    assert capsys.readouterr().err == "binspike: ticks must be in 1..1023, not 0\n"
    assert cli.main([*command, "--picture", str(tmp_path / "none" / "p.png")]) == 2
    assert capsys.readouterr().err == f"binspike: folder of the picture must exist: {tmp_path / 'none'}\n"
    assert cli.main([*command, "--images", "13"]) == 2
    assert capsys.readouterr().err == "binspike: images must be in 1..12, not 13\n"


def test_command_writes_latency_neurons(tmp_path, capsys):
    file = tmp_path / "latency.safetensors"
    assert cli.main(["convert", "--network", "mnist-phase", "--latency", str(file)]) == 0
    written, source = artefact.load(file), artefact.load(zoo.path("mnist-phase"))
    assert (written.network, written.provenance) == (conversion.latencies(source.network), source.provenance)
    assert written.digest[:16] in capsys.readouterr().out
    assert cli.main(["convert", "--network", "mnist-up5k", "--latency", str(file)]) == 2
    assert "neurons must be phase neurons to be converted, not single_spike" in capsys.readouterr().err
