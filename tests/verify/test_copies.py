"""Networks side by side, in the proof of images and in the location of a difference."""

from dataclasses import replace
from pathlib import Path

import pytest

from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import copied, copies, parse, text
from quant.files import artefact
from quant.files.artefact import Artefact, Provenance
from sim.cycle.borders import INPUT, predict
from tests.helpers import builds as tiny
from tests.helpers.cores import faults
from tests.verify.test_proof import IMAGES, NETWORK, TARGET
from verify import builds, images, proof, workers
from verify.builds import Target
from verify.locate import earliest, takers

NODES = chain(NETWORK, copied(TARGET.folding, 2))
WORDS = IMAGES[:3].transpose(0, 2, 3, 1)


LAYER = Target("tiny", Artefact(tiny.NETWORK, Provenance(), artefact.network_digest(tiny.NETWORK)), parse(tiny.FOLD))


def prove(folder, monkeypatch, target, number):
    monkeypatch.setenv("BINSPIKE_CACHE", str(Path(__file__).parents[2] / ".cache"))
    target = replace(target, folding=copied(target.folding, number))
    pixels = images.random(12, target.source.network.input_shape)
    with workers.local(1) as submit:
        return proof.prove(target, pixels, None, submit, borders=True, waveforms=folder)


@pytest.mark.parametrize(("target", "number", "transfers"), [
    pytest.param(LAYER, 2, 12 * 50, marks=pytest.mark.slow, id="a layer, 2"),
    pytest.param(TARGET, 2, 12 * 5_000, marks=pytest.mark.long, id="2"),
    pytest.param(TARGET, 3, 12 * 5_000, marks=pytest.mark.long, id="3")])
def test_every_transfer_at_every_border_is_as_predicted(tmp_path, monkeypatch, target, number, transfers):
    found = prove(tmp_path, monkeypatch, target, number)
    assert (found.images, found.equal, found.difference) == (12, 12, None)
    assert found.transfers > transfers


@pytest.mark.long
def test_a_fault_is_found_in_its_copy_and_image(tmp_path, monkeypatch):
    faults.plant(monkeypatch, cores.Pool, faults.after(3 * 32 + 5, faults.flip))  # in the fourth image of both
    found = prove(tmp_path, monkeypatch, TARGET, 2).difference
    assert (found["stage"], found["taker"]) == ("copy0_first_spike_pool1", "copy0_conv2d2_window")
    assert (found["image"], found["transfer"]) == (6, 5)


def test_takers_are_in_the_same_copy():
    pairs = dict(takers(NODES, "output"))
    assert pairs["copies"] == "output"
    for copy in ("copy0", "copy1"):
        assert (pairs[f"{copy}_queue"], pairs[f"{copy}_readout"]) == (f"{copy}_encoder", "copies")


@pytest.mark.parametrize(("border", "place", "image", "transfer"), [
    (INPUT, 130, 1, 2), ("copies", 2, 2, 0), ("copy0_queue", 130, 2, 2), ("copy1_queue", 3, 1, 3),
    ("copy1_readout", 0, 1, 0)])
def test_a_difference_has_the_number_of_its_image(border, place, image, transfer):
    due = predict(NODES, WORDS)
    got = dict(due)
    got[border] = replace(due[border], cycles=due[border].cycles.copy())
    got[border].cycles[place] += 1
    found = earliest(NODES, due, got, len(WORDS))
    assert (found.stage, found.image, found.transfer) == (border, image, transfer)


def test_a_copy_without_an_image_agrees():
    due = predict(NODES, WORDS[:1])
    assert earliest(NODES, due, dict(due), 1) is None
    assert len(due["copy1_readout"].cycles) == 0


@pytest.mark.parametrize(("options", "folding"), [
    ({}, "4,25,1 4,12,7 1,4,1 x3"), ({"board": "ulx3s-85f", "fold": "1,1,1 1,1,1 1,1,1"}, "1,1,1 1,1,1 1,1,1 x3")])
def test_target_of_a_shipped_network(options, folding):
    target = builds.target("mnist-up5k", copies=3, **options)
    assert (text(target.folding), copies(target.folding)) == (folding, 3)
