"""The page, the files and the commands: whole, from nowhere else, and the same numbers as the other verbs print."""

import html.parser
import json
import re
import shutil
import sys

import numpy as np
import pytest

import reports
from binspike import cli
from quant.files import artefact, samples, zoo
from quant.files.provenance import Provenance
from reports import source
from reports.page import page
from reports.sections import SECTIONS
from tests.helpers.networks import small
from tests.helpers.refusals import refusal
from tests.helpers.reported import made
from tests.helpers.training.recipes import RECIPE, write_data_set

LOG = """\
{"epoch": 1, "loss": 2.5, "train": 0.5}
{"epoch": 2, "loss": 1.5, "train": 0.75, "spikes": [3, 4]}
{"correct": 9}
"""
COUNT = "60"


pytestmark = pytest.mark.usefixtures("no_data")


@pytest.fixture
def folder(tmp_path):
    """Folder of a training."""
    path = tmp_path / "run"
    path.mkdir()
    shutil.copy(zoo.path("mnist-up5k"), path / "mine.safetensors")
    (path / "checkpoint.safetensors").write_bytes(b"anything")
    (path / "log.jsonl").write_text(LOG)
    return path


@pytest.fixture
def drawn(monkeypatch):
    """Pictures are not what is tested: each is drawn at once."""
    monkeypatch.setattr("reports.canvas.png", lambda draw, figure: b"\x89PNG")


def run(capsys, *arguments):
    status = cli.main([str(argument) for argument in arguments])
    output = capsys.readouterr()
    return status, output.out, output.err


def simulated(capsys, *arguments):
    return json.loads(run(capsys, "simulate", "--network", "mnist-up5k", "--limit", COUNT, "--json", *arguments)[1])


class Balance(html.parser.HTMLParser):
    """Follows the tags of a page, and collects what it refers to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.sources = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text():
    return page(made(count=12), {section.name: b"\x89PNG" for section in SECTIONS})


def test_page_is_balanced_and_self_contained(text):
    found = Balance(text)
    assert not found.open
    assert len(found.sources) == len(SECTIONS)
    assert all(each.startswith("data:image/png;base64,") for each in found.sources)
    assert not re.search(r"<script|url\(|@import|<link|https?:", text)


def test_page_has_every_section_in_order(text):
    titles = [text.index(f"<h2>{section.title}</h2>") for section in SECTIONS]
    assert titles == sorted(titles)


def test_sections_without_a_picture_are_left_out():
    assert re.findall("<h2>(.*)</h2>", page(made(count=12), {"spikes": b""})) == ["Spike times"]


def test_names_are_escaped():
    found = made(small(10, steps=2), count=2)
    object.__setattr__(found.summary, "network", "<i>&{0}")
    assert "<h1>&lt;i&gt;&amp;{0}: " in page(found, {})


def test_report_writes_a_page_a_record_and_the_pictures(capsys, drawn, tmp_path):
    status, out, _ = run(capsys, "report", "mnist-up5k", "--images", COUNT, "--out", "here")
    absent = {"learning", "noise", "wrongest"}  # all of these images are right
    assert status == 0
    assert {path.name for path in (tmp_path / "here").iterdir()} == {
        "report.html", "report.json", *(f"{section.name}.png" for section in SECTIONS if section.name not in absent)}
    assert out.splitlines()[-1].split()[-1] == "here/report.html"


def test_report_says_what_simulate_says(capsys):
    status, out, _ = run(capsys, "report", "mnist-up5k", "--images", COUNT, "--json")
    found, simulation = json.loads(out), simulated(capsys)
    assert status == 0
    assert found["summary"]["correct"] == simulation["correct"] == found["deadline"]["correct"][-1]
    assert found["summary"]["accuracy"] == simulation["accuracy"]
    assert round(found["summary"]["mean_decision_tick"], 3) == simulation["mean_decision_tick"]
    assert np.trace(found["confusion"]["counts"]) == simulation["correct"]
    assert np.sum(found["confusion"]["counts"]) == int(COUNT)


def test_json_draws_nothing_and_needs_no_matplotlib(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(capsys, "report", "mnist-up5k", "--images", "2", "--json")[0] == 0
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_says_how_to_get_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(capsys, "report", "mnist-up5k") == (
        1, "", "binspike: pictures need Matplotlib; install it with: pip install binspike[report]\n")
    assert not list(tmp_path.iterdir())


def test_record_is_what_json_prints(capsys, drawn, tmp_path):
    run(capsys, "report", "mnist-up5k", "--images", "9", "--out", "here")
    printed = run(capsys, "report", "mnist-up5k", "--images", "9", "--json")[1]
    assert (tmp_path / "here" / "report.json").read_text() == printed


def test_a_run_folder_has_learning_curves(capsys, drawn, folder):
    status, out, _ = run(capsys, "report", folder, "--images", "9")
    record = json.loads((folder / "report" / "report.json").read_text())
    assert (status, record["summary"]["network"]) == (0, "mine")
    curves = {"loss": [2.5, 1.5], "train": [.5, .75], "spikes": [None, 7]}
    assert record["learning"] == {"epoch": [1, 2], "curves": curves}
    assert (folder / "report" / "learning.png").exists()
    assert "<h2>Learning curves</h2>" in (folder / "report" / "report.html").read_text()


def test_python_writes_the_same(drawn, folder):
    assert reports.write(folder, images=9) == folder / "report" / "report.html"


def test_noise_is_measured_if_asked_for(capsys):
    record = json.loads(run(capsys, "report", "mnist-up5k", "--images", "3", "--noise", "--json")[1])
    table = json.loads(run(capsys, "noise", "--network", "mnist-up5k", "--images", "3", "--json")[1])[0]
    assert record["noise"]["rows"] == table["rows"]
    assert record["noise"]["images"] == table["images"] == 3


def test_noise_prints_a_table(capsys):
    status, out, _ = run(capsys, "noise", "--network", "mnist-up5k", "--images", "2", "--seed", "5")
    lines = out.splitlines()
    assert (status, lines[1], lines[2]) == (0, "images   2 of MNIST test, shipped samples", "seed     5")
    assert re.fullmatch(r"none +\d+\.\d\d% \(\d of 2\)", lines[5])
    assert len(lines) == 6 + 5 + 5 + 6 + 5 + 3


def test_noise_compares_networks(capsys, tmp_path):
    picture = tmp_path / "noise.png"
    status, out, _ = run(capsys, "noise", "--network", "mnist-up5k", "mnist-phase", "--images", "2", "--picture",
                         picture)
    header, clean, *rows = [re.split("  +", line.rstrip()) for line in out.splitlines()[5:]]
    assert (status, header, len(clean), len(rows)) == (0, ["noise", "level", "mnist-up5k", "mnist-phase"], 3, 24)
    assert {row[0]: len(row) for row in rows} == {"gaussian": 5, "uniform": 5, "salt and pepper": 5, "occlusion": 5,
                                                  "jitter": 4}  # numbers have no time to be shifted in
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("arguments", "message"), [
    (["mnist-up5k", "fashion-ecp5"],
     "networks must be measured on the same data set, MNIST; fashion-ecp5 is on Fashion-MNIST"),
    (["mnist-up5k", "--picture", "nowhere/noise.png"], "folder of the picture must exist: nowhere")])
def test_noise_refuses(capsys, arguments, message):
    assert run(capsys, "noise", "--network", *arguments)[::2] == (2, f"binspike: {message}\n")


@pytest.mark.data
@pytest.mark.long
def test_report_over_a_whole_split(capsys, data_folder):
    record = json.loads(run(capsys, "report", "mnist-up5k", "--data", data_folder, "--json")[1])
    summary, provenance = record["summary"], record["summary"]["provenance"]
    assert (summary["images"], summary["correct"]) == (provenance["images"], provenance["correct"])
    assert record["deadline"]["correct"][-1] == provenance["correct"]
    assert np.sum(record["confusion"]["counts"], axis=1).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return ["train", "--recipe", "tiny.toml", "--out", "out", "--data", write_data_set(tmp_path / "data")]


def test_a_training_ends_with_its_report(capsys, drawn, recipe, tmp_path):
    status, _, err = run(capsys, *recipe)
    record = json.loads((tmp_path / "out" / "report" / "report.json").read_text())
    measured = json.loads((tmp_path / "out" / "log.jsonl").read_text().splitlines()[-1])
    assert (status, err.splitlines()[-1]) == (0, "report: out/report/report.html")
    assert (record["summary"]["images"], record["summary"]["correct"]) == (20, measured["correct"])
    assert record["deadline"]["correct_by_potential"][-1] == measured["correct_by_potential"]
    assert record["learning"]["epoch"] == [1, 2]


def test_a_training_without_its_report(capsys, monkeypatch, recipe, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(capsys, *recipe, "--no-report")[0] == 0
    assert not (tmp_path / "out" / "report").exists()


def test_a_training_that_could_not_draw_its_report_does_not_begin(capsys, monkeypatch, recipe, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(capsys, *recipe)[::2] == (
        1, "binspike: pictures need Matplotlib; install it with: pip install binspike[report]\n")
    assert not (tmp_path / "out").exists()


def test_a_training_that_leaves_no_network_has_no_report(capsys, monkeypatch, recipe, tmp_path):
    monkeypatch.setattr("binspike.train.train", lambda options: (tmp_path / "out").mkdir())
    status, _, err = run(capsys, *recipe)
    assert (status, err) == (0, "report: none, since this training leaves no network\n")


def test_only_the_first_of_several_processes_reports(capsys, monkeypatch, recipe):
    monkeypatch.setattr("binspike.train.train", lambda options: None)
    monkeypatch.setenv("RANK", "1")
    assert run(capsys, *recipe) == (0, "", "")


@pytest.mark.parametrize(("arguments", "message"), [
    (["report", "absent"], "network must be a file or one of "),
    (["report", "mnist-up5k", "--images", "0"], "images must be in 1.."),
    (["report", "mnist-up5k", "--images", "10000000"], "images must be in 1.."),
    (["noise", "--network", "mnist-up5k", "--images", "0"], "images must be in 1.."),
    (["noise", "--network", "mnist-up5k", "--images", "1", "--seed", "-1"], "seed must be in 0..2147483647, not -1"),
    (["report", "mnist-up5k", "--data", "nowhere"], "data set MNIST must be in nowhere: fetch it by ")])
def test_wrong_arguments(capsys, tmp_path, arguments, message):
    assert refusal(capsys, *arguments).startswith(f"binspike: {message}")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_network(capsys, folder):
    (folder / "mine.safetensors").unlink()
    assert refusal(capsys, "report", folder) == (
        f"binspike: {folder} must hold one network, not 0; finish its training by --resume, or name a network file\n")


def test_a_folder_of_two_networks(folder):
    shutil.copy(folder / "mine.safetensors", folder / "other.safetensors")
    with pytest.raises(ValueError, match="must hold one network, not 2"):
        source.find(folder)


def test_a_network_that_names_no_data(capsys, tmp_path):
    artefact.save(small(), tmp_path / "bare.safetensors", provenance=Provenance())
    assert "network must name the data set it was measured on" in refusal(capsys, "report", "bare.safetensors")


def test_a_folder_that_cannot_be_made(capsys, drawn, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in refusal(capsys, "report", "mnist-up5k", "--images", "1", "--out", "file")


def test_shipped_samples_are_the_images_without_data(capsys):
    record = json.loads(run(capsys, "report", "mnist-up5k", "--json")[1])
    assert record["summary"]["images"] == len(samples.load(zoo.samples_path("MNIST")).labels)
    assert record["summary"]["data"] == "MNIST test, shipped samples"
