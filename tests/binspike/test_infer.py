import json
import re
import struct

import numpy as np
import pytest
from PIL import Image

from binspike import cli, infer, inputs
from hw.host.board import Count, SelfTest
from quant import Network
from quant.dataflow.chain import chain
from quant.dataflow.cores.resize import parse as parse_picture
from quant.dataflow.folding import parse
from quant.files import artefact, vectors, zoo
from quant.files.provenance import Provenance
from quant.timing.single_image import count_cycles
from sim.functional.resize import resize
from tests.helpers.refusals import refusal
from tests.helpers.serial_link.peer import NETWORK, OTHER, PATIENCE, Peer, device, expected, images, stored

SENT = images(12)
NAMED = Network(input_shape=NETWORK.input_shape, steps=NETWORK.steps, layers=NETWORK.layers,
                class_names=("none", "one", "two"))


@pytest.fixture
def files(tmp_path):
    """A network file, images as a NumPy file, and their labels, of which two are wrong."""
    artefact.save(NAMED, tmp_path / "network.safetensors", provenance=Provenance())
    vectors.save(stored(), tmp_path / "network.vectors.safetensors", network=NAMED)
    np.save(tmp_path / "images.npy", np.frombuffer(b"".join(SENT), np.uint8).reshape(-1, 4, 4))
    labels = [index for index, _, _ in expected(SENT)]
    labels[3], labels[8] = (labels[3] + 1) % 3, (labels[8] + 1) % 3
    (tmp_path / "labels").write_bytes(b"\0\0\x08\1" + struct.pack(">I", len(SENT)) + bytes(labels))
    return tmp_path


@pytest.fixture
def network(files):
    return ["--network", str(files / "network.safetensors")]


def at(peer):
    return ["--port", peer.name, "--timeout", str(PATIENCE)]


@pytest.fixture
def peer():
    with Peer(device(NAMED).feed) as peer:
        yield at(peer)


def run(capfd, *arguments):
    """Lines that the command prints for people."""
    assert cli.main(["infer", *map(str, arguments)]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return out


def record(capfd, *arguments):
    return json.loads(run(capfd, *arguments, "--json"))


def refuse(capfd, status, message, *arguments):
    assert re.fullmatch(f"binspike: {message}\n", refusal(capfd, "infer", *arguments, status=status))


def test_images_are_classified(capfd, files, network, peer):
    got = record(capfd, *peer, *network, files / "images.npy", "--labels", files / "labels")
    entries = got["images"]
    assert [(e["class_index"], e["tick"], tuple(e["potentials"])) for e in entries] == expected(SENT)
    assert [e["class"] for e in entries] == [("none", "one", "two")[e["class_index"]] for e in entries]
    assert [e["image"] for e in entries] == [f"{files}/images.npy[{index}]" for index in range(12)]
    assert (got["correct"], got["accuracy"], got["checked"]) == (10, 10 / 12, 12)
    assert got["network_sha256"] == artefact.network_digest(NAMED)


def test_what_is_printed_for_people(capfd, files, network, peer):
    out = run(capfd, *peer, *network, files / "images.npy", "--labels", files / "labels", "--limit", 3, "--self-test",
              "--count", 5)
    table, summary = out.split("\n\n")
    assert [line.split() for line in table.splitlines()[:1]] == [["image", "class", "tick", "cycles"]]
    assert len(table.splitlines()) == 4
    lines = dict(re.split("  +", line, maxsplit=1) for line in summary.splitlines())
    assert lines["accuracy"] == "100.00% (3 of 3 right)"
    assert lines["golden model"] == "agrees on all 3"
    assert lines["self-test"] == "3 stored vectors gave their results, to the cycle"
    assert re.fullmatch(r"[\d,.]+ measured: 5 images in [\d,]+ cycles", lines["in the chip"])
    assert re.fullmatch(r"[\d,.]+ over the line, 12,000,000 baud", lines["images a second"])


def test_what_was_done_to_pictures_is_told(capfd, files, network, peer):
    exif = Image.Exif()
    exif[274] = 6
    for name in ("a.jpg", "b.jpg"):
        Image.new("L", (8, 4), 99).save(files / name, exif=exif)
    arguments = [*peer, *network, files / "a.jpg", files / "b.jpg"]
    assert "\npictures         2 turned by EXIF orientation, 2 scaled, 2 margin of black\n" in run(capfd, *arguments)
    assert record(capfd, *arguments)["changes"] == {"turned by EXIF orientation": 2, "scaled": 2, "margin of black": 2}


def test_without_a_network_the_board_says_what_it_is(capfd, files, peer):
    got = record(capfd, *peer, files / "images.npy")
    assert [e["class"] for e in got["images"]] == [str(index) for index, _, _ in expected(SENT)]
    assert "checked" not in got


def test_a_shipped_network_is_known_by_its_digest():
    source = artefact.load(zoo.path("mnist-up5k"))
    assert infer._shipped(source.digest) == source
    assert infer._shipped("0" * 64) is None


def test_tests_of_the_board_alone_need_no_images(capfd, peer):
    got = record(capfd, *peer, "--self-test", "--count", 7)
    assert got["self_test"] == {"run": 3, "failed": 0}
    assert (got["count"]["images"], got["count"]["wrong"]) == (7, 0)
    assert "images" not in got


def test_another_network_than_the_boards(capfd, files, network):
    with Peer(device(OTHER).feed) as peer:
        refuse(capfd, 1, r"board at \S+ holds network [0-9a-f]{16}, not [0-9a-f]{16}; .*", *at(peer),
               *network, files / "images.npy")


def wrong_device(change):
    """A board whose stored network is another than it says, or whose results are changed."""
    model = device(NAMED)
    right = model._classify

    def classify(payloads):
        payloads = list(payloads)
        right(payloads)
        for pixels in payloads:
            model._results[pixels] = change(model._results[pixels])
    model._classify = classify
    return model


def test_a_result_that_differs_from_the_golden_model(capfd, files, network):
    def change(result):
        return type(result)(result.class_index, result.tick, result.cycles, (1, *result.potentials[1:]))
    with Peer(wrong_device(change).feed) as peer:
        arguments = [*at(peer), *network, files / "images.npy"]
        refuse(capfd, 1, r"\S+/images.npy\[0\]: the board answered class \d, tick \d, \d+ cycles, potentials 1, .*; "
               r"the golden model says class \d, tick \d, \d+ cycles, potentials .*", *arguments)
        assert cli.main(["infer", *map(str, arguments), "--no-check"]) == 0


@pytest.mark.parametrize(("option", "message"), [
    ("--self-test", "self-test: 1 of 3 stored vectors gave another result; flash the board again"),
    ("--count", "count: 2 of 4 images gave another class or tick; flash the board again")])
def test_a_board_that_fails_its_own_test(capfd, monkeypatch, peer, option, message):
    monkeypatch.setattr(infer.Board, "self_test", lambda board: SelfTest(3, 1))
    monkeypatch.setattr(infer.Board, "count", lambda board, images: Count(images, 2, 1, 1.0))
    refuse(capfd, 1, message, *peer, option, *(["4"] if option == "--count" else []))


def test_a_silent_board_ends_at_the_timeout(capfd):
    with Peer(lambda data: b"") as peer:
        refuse(capfd, 1, r"board at \S+ is silent for 0.2 s; .*", "--port", peer.name, "--timeout", 0.2, "--self-test")


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "one of the arguments --port --simulate is required; see binspike infer --help"),
    (["--port", "x", "--simulate"], "argument --simulate: not allowed with argument --port; .*"),
    (["--port", "x", "--board", "icebreaker"], "--board, --fold and --resize are for --simulate; the board .*"),
    (["--port", "x", "--resize", "40x40"], "--board, --fold and --resize are for --simulate; the board .*"),
    (["--simulate", "--resize", "27x28"], "width of the picture to resize must hold 0 [+] 28 x 1 pixels, not 27"),
    (["--simulate", "--resize", "200x150x3"], "values of an image .* must be in 1..65530, not 90000"),
    (["--simulate", "--limit", "0"], "limit must be at least 1, not 0"),
    (["--simulate", "--network", "nothing"], "network must be a file or one of .*, not 'nothing'"),
    (["--simulate", "--board", "nothing"], "board must be one of .*, not 'nothing'"),
    (["--simulate", "--fold", "1"], "fold.* must be .*"),
    (["--simulate", "--invert"], "--labels, --invert and --live need images; see binspike infer --help"),
    (["--simulate", "--baud", "5000000", "--clock", "oscillator"],
     "Baud rate must be in 1..3000000 for a clock of 12 MHz, not 5000000"),
    (["--simulate", "absent.png"], "absent.png: No such file or directory"),
    (["--port", "/dev/null", "--timeout", "0"], "timeout must be more than 0 s, not 0.0")])
def test_wrong_arguments(capfd, arguments, message):
    refuse(capfd, 2, message, *arguments)


def test_labels_that_are_too_few(capfd, files, network, peer):
    (files / "labels").write_bytes(b"\0\0\x08\1\0\0\0\2\0\0")
    refuse(capfd, 2, r"\S+/labels: labels must be at least 12 in one axis, one for each image, not \(2,\)", *peer,
           *network, files / "images.npy", "--labels", files / "labels")


def test_a_network_whose_data_set_is_not_known(capfd, network, peer):
    refuse(capfd, 2, "images must be given where the network's data set is not known", *peer, *network)


def shipped_images(*arguments):
    """Those that a simulated board is given without any."""
    options = infer.parser().parse_args(["--simulate", "--fold", "3,25,1 2,12,7 1,2,1", *arguments])
    source, job = infer._source(options)
    return inputs.chosen(options, source, job.contents.identity)


def test_the_shipped_samples_are_the_images_of_a_shipped_network():
    source = artefact.load(zoo.path("mnist-up5k"))
    plain, enlarged = (shipped_images("--limit", "3", *more) for more in ([], ["--resize", "60x57x3"]))
    assert plain.names == ["MNIST test 0", "MNIST test 1", "MNIST test 2"]
    assert len(plain.labels) == 3
    assert plain.pixels.shape == (3, 1, 28, 28)
    assert (resize(parse_picture("60x57x3", source.network.input_shape), enlarged.pixels) == plain.pixels).all()
    assert enlarged.labels == plain.labels


def test_pixels_go_over_the_line_by_row_column_and_channel():
    pixels = np.arange(24, dtype=np.uint8).reshape(1, 2, 3, 4)
    line, = inputs.Images(["x"], pixels, None).lines()
    assert line[:6] == bytes([0, 12, 1, 13, 2, 14])


@pytest.mark.parametrize(("asked", "mhz", "baud"), [("oscillator", 12, 3_000_000), ("36.5", 36, 9_000_000)])
def test_the_simulated_board_runs_at_the_clock_of_a_build(network, asked, mhz, baud):
    arguments = ["--simulate", *map(str, network), "--fold", "3,4,2", "--clock", asked]
    _, job = infer._source(infer.parser().parse_args(arguments))
    assert (job.clock_hz, job.baud, job.contents.identity.clock_hz) == (mhz * 1e6, baud, mhz * 1e6)


def test_the_simulated_board_is_the_golden_model(capfd, files, network, monkeypatch):
    monkeypatch.chdir(files)  # where the design is compiled
    got = record(capfd, "--simulate", *network, "--fold", "3,4,2", files / "images.npy", "--labels", files / "labels",
                 "--self-test", "--count", 5)
    assert (got["checked"], got["correct"], got["port"]) == (12, 10, "simulated")
    assert got["self_test"] == {"run": 3, "failed": 0}
    assert [(e["class_index"], e["tick"], tuple(e["potentials"])) for e in got["images"]] == expected(SENT)
    nodes = chain(NAMED, parse("3,4,2"))
    ticks = [vector.tick for vector in stored()]
    assert got["count"]["cycles"] == count_cycles(nodes, 16, [*ticks, *ticks[:2]])


def test_the_simulated_board_takes_pictures_of_a_camera(capfd, files, network, monkeypatch):
    """Each is enlarged, in colour, inverse, and amid what does not count."""
    monkeypatch.chdir(files)
    core = parse_picture("13x9x3/2+3+1,invert", NAMED.input_shape)
    pictures = np.frombuffer(b"".join(map(core.enlarged, SENT)), np.uint8).reshape(-1, 9, 13, 3).copy()
    pictures[:, 0], pictures[:, :, 11:] = 99, 77  # which do not count
    np.save(files / "pictures.npy", pictures.transpose(0, 3, 1, 2))
    got = record(capfd, "--simulate", *network, "--fold", "3,4,2", "--resize", core.text, files / "pictures.npy",
                 "--self-test", "--count", 5)
    assert (got["checked"], got["self_test"]) == (12, {"run": 3, "failed": 0})
    assert [(e["class_index"], e["tick"], tuple(e["potentials"])) for e in got["images"]] == expected(SENT)
    ticks = [vector.tick for vector in stored()]
    nodes = chain(NAMED, parse("3,4,2"), core)
    assert got["count"]["cycles"] == count_cycles(nodes, core.pixels, [*ticks, *ticks[:2]])
    refuse(capfd, 2, r"\S+images.npy: images must have shape .* C = 3, H = 9, W = 13, not \(12, 4, 4\)",
           "--simulate", *network, "--fold", "3,4,2", "--resize", core.text, files / "images.npy")
