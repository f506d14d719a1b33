"""Recordings of event cameras on the command line."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from binspike import cli, infer, inputs, live
from binspike.images import camera, load
from quant import Dense, Flatten, Network, Rate
from quant.files import artefact
from quant.files.provenance import Provenance
from sim.functional.network import run
from tests.helpers.refusals import refusal, refused
from tests.image_sets.events.test_recordings import NUMBERED, put

NETWORK = Network(input_shape=(2, 4, 4), steps=2, coding="events", readout="count", layers=(
    Flatten(), Dense(weights=np.random.default_rng(1).choice([-1, 1], (3, 32)).tolist(),
                     neurons=Rate(threshold=[1, 1, 1]))))
SOURCE = '{"kind": "events", "path": "set", "sensor": [8, 8], "factor": 2, "ticks": 2, "window": 100}'
EVENTS = [(0, 0, 1, 5), (7, 7, 0, 130), (2, 2, 1, 205), (3, 5, 1, 450)]  # x, y, polarity, time


@pytest.fixture
def folder(tmp_path):
    for name, source in (("windows", SOURCE), ("plain", None)):
        artefact.save(NETWORK, tmp_path / f"{name}.safetensors", provenance=Provenance(source=source))
    np.save(tmp_path / "recording.npy", np.array(EVENTS))
    return tmp_path


def loaded(folder, name, *files, **options):
    source = artefact.load(folder / f"{name}.safetensors")
    return load([folder / file for file in files], NETWORK.input_shape, events=camera(source), **options)


def test_a_recording_is_binned_as_the_data_set_of_the_network(folder):
    found = loaded(folder, "windows", "recording.npy")
    assert [name.rpartition("/")[2] for name in found.names] == ["recording.npy[0]", "recording.npy[1]",
                                                                 "recording.npy[2]"]
    assert found.ends == [0.0002, 0.0004, 0.000445]
    assert np.argwhere(found.pixels).tolist() == [[0, 0, 3, 3], [0, 1, 0, 0], [1, 1, 1, 1], [2, 1, 2, 1]]
    assert found.pixels[found.pixels > 0].tolist() == [2, 1, 1, 1]


def test_a_network_without_a_data_set_takes_a_recording_as_one_image(folder):
    np.save(folder / "small.npy", np.array(EVENTS) // [2, 2, 1, 1])
    found = loaded(folder, "plain", "small.npy")
    assert (len(found.names), found.ends) == (1, [0.000445])
    assert found.pixels[0, 1, 0, 0] == 0b01
    assert found.pixels[0, 1, 2, 1] == 0b10


def test_only_the_images_that_are_asked_for_are_binned(folder):
    np.save(folder / "recording.npy", np.array([*EVENTS, (3, 5, 1, 2**39)]))
    found = loaded(folder, "windows", "recording.npy", limit=2)
    assert (len(found.pixels), found.ends) == (2, [0.0002, 0.0004])
    with refused(r"recording\.npy: number of images of a recording must be in 1\.\.65536, not 2748779070$"):
        loaded(folder, "windows", "recording.npy")


def test_arrays_of_images_are_still_images(folder):
    np.save(folder / "images.npy", np.full((5, 2, 4, 4), 3, np.uint8))
    found = loaded(folder, "plain", "images.npy", "recording.npy", limit=3)
    assert (found.pixels.shape, found.ends) == ((3, 2, 4, 4), [None] * 3)


def test_other_networks_take_no_recordings(folder):
    assert camera(artefact.load("quant/files/zoo/mnist-up5k.safetensors")) is None


@pytest.mark.parametrize(("array", "message"), [
    (np.array([(9, 0, 1, 5)]), r"recording\.npy: x must be in 0\.\.7, not 9 as of event 0$"),
    (np.array([(1, 0, 1, 5), (1, 0, 1, 4)]), r"recording\.npy: times must not run backwards, as that of event 1, 4 us"),
    (np.zeros((3, 3)), r"recording\.npy: NumPy file must hold uint8 pixels, not float64$")])
def test_bad_recordings_are_named(folder, array, message):
    np.save(folder / "recording.npy", array)
    with refused(message):
        loaded(folder, "windows", "recording.npy")


class Board:
    """Board that answers at once, and whose clock only moves by waiting, and by two seconds with each image."""

    def __init__(self):
        self.now, self.seen = 100.0, []

    def classify(self, pixels):
        self.seen.append((round(self.now - 100, 6), pixels))
        self.now += 2
        return f"result {len(self.seen)}"

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


def test_each_image_is_sent_when_its_last_event_has_come():
    board = Board()
    images = [("a", 3.0, b"1"), ("a", 4.0, b"2"), ("a", 9.0, b"3"), ("b", 1.0, b"4"), ("b", 8.5, b"5")]
    found = list(live.play(board, images, clock=lambda: board.now, sleep=board.sleep))
    assert board.seen == [(3, b"1"), (5, b"2"), (9, b"3"), (11, b"4"), (17.5, b"5")]
    assert found == [(5, "a", "result 1"), (7, "a", "result 2"), (11, "a", "result 3"), (13, "b", "result 4"),
                     (19.5, "b", "result 5")]


@pytest.mark.slow
def test_a_recording_at_its_own_speed_on_the_simulated_board(folder, capfd):
    arguments = ["infer", folder / "recording.npy", "--simulate", "--network", folder / "windows.safetensors", "--live"]
    assert cli.main([*map(str, arguments), "--json"]) == 0
    record = json.loads(capfd.readouterr().out)
    due = run(NETWORK, loaded(folder, "windows", "recording.npy").pixels)
    assert [each["class_index"] for each in record["images"]] == due.class_index.tolist()
    assert record["checked"] == 3
    assert record["seconds"] >= 0.000445


def test_live_is_for_recordings(folder, capfd):
    np.save(folder / "images.npy", np.zeros((1, 2, 4, 4), np.uint8))
    options = infer.parser().parse_args([str(folder / "images.npy"), "--simulate", "--live"])
    with refused(r"images\.npy: --live is for recordings of an event camera$"):
        inputs.chosen(options, artefact.load(folder / "windows.safetensors"),
                      SimpleNamespace(**dict(zip(("channels", "height", "width"), NETWORK.input_shape, strict=True))))


def test_data_check_says_how_events_are_binned(tmp_path, capfd):
    put(tmp_path / "set", NUMBERED)
    assert cli.main(["data", "check", str(tmp_path / "set"), "--ticks", "6", "--window", "50000", "--factor", "2"]) == 0
    out = capfd.readouterr().out
    assert "images     3 to train, 2 to test, 17 x 17, 2 channels\n" in out
    assert "events     6 ticks of 50,000 us\n" in out


@pytest.mark.parametrize(("options", "message"), [
    (["--ticks", "9"], "ticks of trains must be in 1..8, not 9"),
    (["--ticks", "0"], "ticks of trains must be in 1..8, not 0"),
    (["--window", "0"], "window in microseconds must be in 1..2147483647, not 0"),
    (["--count", "0"], "count of events must be in 1..2147483647, not 0"),
    (["--factor", "0"], "factor must be in 1..34, not 0"),
    (["--size", "0"], "size[0] must be in 1..4096, not 0"),
    (["--learned", "0"], "learned must be in 1..1000000000, not 0"),
    (["--invert"], "invert is for pictures, and not for a data set of kind events")])
def test_data_check_refuses_options(tmp_path, capfd, options, message):
    put(tmp_path / "set", NUMBERED)
    assert message in refusal(capfd, "data", "check", tmp_path / "set", *options)


def test_options_of_recordings_are_not_for_pictures(tmp_path, capfd):
    from tests.helpers.image_sets import write_tree
    write_tree(tmp_path / "zoo", {"a": 2, "b": 2})
    assert "ticks is for recordings, and not for a data set of kind tree" in refusal(
        capfd, "data", "check", tmp_path / "zoo", "--ticks", 4)
