import json
import re
import sys

import pytest

from binspike import cli
from hw import emit
from hw.bitstream import folder
from quant import Dense, Flatten, Network, Rate
from quant.dataflow import folding
from quant.files import artefact
from quant.files.provenance import Provenance
from tests.helpers.builds import FOLD
from tests.helpers.builds import network as network  # noqa: PLC0414
from tests.helpers.refusals import refusal


def test_a_wrong_folding_is_refused(tmp_path, capsys):
    arguments = ["--network", "mnist-up5k", "--fold", "5,25,1 2,12,7 2,8,1", "--out", str(tmp_path / "core")]
    assert cli.main(["emit", *arguments]) == 2
    assert capsys.readouterr().err == ("binspike: fold of layer 0 (conv2d0): channels must be one of 1, 2, 3, 4, 6, "
                                       "12, not 5\n")
    assert not (tmp_path / "core").exists()


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_what_was_written_is_told(tmp_path, network, capsys, more):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), *more]) == 0
    said, files = capsys.readouterr().out, folder.manifest(out)["files"]
    top = json.loads((out / "ports.json").read_text())["top"]
    assert re.fullmatch("binspike_[0-9a-f]{8}", top)
    assert f"{top}.v" in files
    if more:
        assert (json.loads(said)["files"], json.loads(said)["top"]) == (files, top)
    else:
        assert said.splitlines()[2:] == [f"top module  {top}", f"folder      {out}", f"files       {', '.join(files)}"]


def test_the_core_has_the_name_that_is_chosen_and_says_what_it_computes(tmp_path, network):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--name", "eye"]) == 0
    assert {path.name for path in out.iterdir()} == {"eye.il", "eye.v", "eye.vhd", "eye.vlt", "eye.core",
                                                     "eye_example.v", "ports.json", "manifest.json"}
    assert "module eye(" in (out / "eye.v").read_text()

    described = f"spiking network {artefact.load(network).digest[:16]}, folding {FOLD}"
    assert f'\ndescription: "{described}"\n' in (out / "eye.core").read_text()
    assert (out / "eye.vhd").read_text().startswith(f"-- {described}\n")


def test_a_wrong_name_is_refused(tmp_path, network, capsys):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--name", "my-core"]) == 2
    assert capsys.readouterr().err == ("binspike: name must be a Verilog name of letters, digits and underscores, at "
                                       "most 200, not 'my-core'\n")
    assert not out.exists()


def test_the_core_can_be_behind_a_bus(tmp_path, network, capsys):
    names = []
    for more in ([], ["--cdc"]):
        out = tmp_path / f"core{len(more)}"
        arguments = ["--network", str(network), "--fold", FOLD, "--out", str(out), "--bus", "axi", *more]
        assert cli.main(["emit", *arguments]) == 0
        ports = json.loads((out / "ports.json").read_text())
        names.append(ports["top"])
        assert "s_axis_tdata" in ports["ports"]
        assert ("core_clk" in ports["ports"]) == bool(more)
    assert len({*names, emit.default_name(artefact.load(network).digest, folding.parse(FOLD))}) == 3


@pytest.mark.parametrize(("more", "said"), [
    (["--cdc"], "--cdc is for a core behind a bus: give --bus axi or wishbone too"),
    (["--bus", "pci"], "bus must be of kind axi, wishbone, not 'pci'"),
    (["--bus", "wishbone"], "--bus wishbone needs amaranth_soc: pip install 'binspike[wishbone]'")])
def test_a_bus_that_cannot_be_is_refused(tmp_path, network, capsys, monkeypatch, more, said):
    monkeypatch.setitem(sys.modules, "amaranth_soc", None)
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), *more]) == 2
    assert capsys.readouterr().err == f"binspike: {said}\n"
    assert not out.exists()


def test_a_project_is_written_beside_the_core(tmp_path, network):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--name", "eye",
                     "--project", "quartus", "--part", "de0-cv", "--clock", "50"]) == 0
    assert {"eye.v", "eye_axi.v", "eye_axi.sdc", "eye_axi_quartus.tcl"} <= folder.manifest(out)["files"].keys()
    assert "DEVICE 5CEBA4F23C7\n" in (out / "eye_axi_quartus.tcl").read_text()
    assert "-period 20.000 " in (out / "eye_axi.sdc").read_text()


@pytest.mark.parametrize(("more", "message"), [
    (["--project", "ise"], "project must be one of efinity, quartus, vivado, not 'ise'"),
    (["--part", "pynq-z2"], "--part and --clock are of a project: give --project too"),
    (["--project", "quartus", "--part", "xc7"], "part for Quartus must begin with 5C, 10C, 10M, 5A, 10A, not 'xc7'"),
    (["--reload"], "--reload is of a core behind a bus: give --bus or --project too"),
    (["--resize", "1x1"], "width of the picture to resize must hold 0 [+] .*"),
    (["--events", "34x34,time=9", "--bus", "axi"], "--events is of the core alone: leave --bus and --project out"),
    (["--events", "34x34,time=9", "--resize", "40x40"], "--resize and --events are of two cameras: leave one out"),
    (["--events", "34x34,time=9"], "--events is for networks of coding events, not of latency")])
def test_what_a_project_or_a_camera_cannot_have_is_refused(tmp_path, network, capfd, more, message):
    said = refusal(capfd, "emit", "--network", network, "--fold", FOLD, "--out", tmp_path / "core", *more)
    assert re.fullmatch(f"binspike: {message}\n", said)
    assert not (tmp_path / "core").exists()


def test_a_core_takes_pictures_of_a_camera(tmp_path, network):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--name", "eye",
                     "--resize", "40x40x3"]) == 0
    assert "module \\eye.resize (" in (out / "eye.v").read_text()


def test_pictures_of_a_camera_come_by_a_bus_or_a_project_too(tmp_path, network):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--name", "eye", "--bus",
                     "axi", "--project", "vivado", "--resize", "40x30x3"]) == 0
    assert json.loads((out / "eye_axi.json").read_text())["input_shape"] == [3, 30, 40]
    for name in ("eye.v", "eye_axi.v"):
        assert f"module \\{name.removesuffix('.v')}.framed.core.resize" in (out / name).read_text()
    assert "pictures 40x30x3" in (out / "eye.core").read_text()


def test_designs_that_differ_have_different_names(tmp_path, network, capsys):
    names = {emit.default_name(artefact.load(network).digest, folding.parse(FOLD), "axi")}
    for place, more in enumerate((["--reload"], ["--resize", "40x30"])):
        out = tmp_path / str(place)
        assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), "--bus", "axi", *more,
                         "--json"]) == 0
        names.add(json.loads(capsys.readouterr().out)["top"])
    assert len(names) == 3


def test_a_core_takes_events_of_a_camera(tmp_path):
    given = Network(input_shape=(2, 4, 4), steps=3, coding="events", readout="count", layers=(
        Flatten(), Dense(weights=[[1, -1] * 16, [-1] * 32], neurons=Rate(threshold=[3, 3]))))
    artefact.save(given, tmp_path / "n.safetensors", provenance=Provenance())
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(tmp_path / "n.safetensors"), "--fold", "1,1,1", "--out", str(out),
                     "--name", "eye", "--events", "10x8/2+1+0,count=20"]) == 0
    assert "module \\eye.events (" in (out / "eye.v").read_text()
    ports = json.loads((out / "ports.json").read_text())
    assert ports["ports"]["i__payload"]["width"] == 4 + 3 + 1 + 32 + 1
    assert [(each["name"], each["offset"], each["width"]) for each in ports["event"]] == [
        ("x", 0, 4), ("y", 4, 3), ("polarity", 7, 1), ("time", 8, 32), ("last", 40, 1)]
    assert "input  wire [40:0] pixel,  // an event: x [3:0], y [6:4], " in (out / "eye_example.v").read_text()
