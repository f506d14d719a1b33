import json
import re

import pytest

from binspike import cli
from hw.serial_link.uart import MIN_CYCLES
from quant import bus_load
from quant.dataflow.folding import text
from quant.files import artefact, vectors
from quant.files.provenance import Provenance
from quant.serial_link.reload import layout
from sim.compiled.serial_link import Terminal
from tests.helpers.refusals import refusal
from tests.helpers.serial_link.peer import NETWORK, PATIENCE, Peer, device
from tests.helpers.serial_link.reloaded import CLOCK_HZ, FOLDING, VECTORS, network, program, stored


def saved(folder, given, count=VECTORS):
    artefact.save(given, folder / "other.safetensors", provenance=Provenance())
    if count:
        vectors.save(stored(given, count), folder / "other.vectors.safetensors", network=given)
    return folder / "other.safetensors"


@pytest.mark.slow
def test_a_board_takes_another_network_and_refuses_one_of_another_shape(tmp_path, capfd):
    with Terminal(program(tmp_path, network(1)), MIN_CYCLES) as terminal:
        where = ["--port", terminal.name, "--baud", str(CLOCK_HZ // MIN_CYCLES), "--timeout", str(PATIENCE)]
        assert re.match("binspike: network must be that of the board in all but weights and thresholds",
                        refusal(capfd, "load", saved(tmp_path, network(1, steps=5)), *where))
        assert cli.main(["load", str(saved(tmp_path, network(2))), *where, "--json"]) == 0
        record = json.loads(capfd.readouterr().out)
        assert record["network_sha256"] == artefact.network_digest(network(2))
        assert record["self_test"] == VECTORS
        assert cli.main(["infer", *where, "--network", str(tmp_path / "other.safetensors"), "--self-test"]) == 0


def test_a_board_that_takes_no_other_network(tmp_path, capfd):
    with Peer(device(NETWORK).feed) as peer:
        said = refusal(capfd, "load", saved(tmp_path, network(2)), "--port", peer.name, "--timeout", PATIENCE)
        assert said == "binspike: the board's bitstream takes no other network; build it with --reload\n"


def emitted(folder, *more):
    """A core behind AXI, emitted."""
    assert cli.main(["emit", "--network", str(saved(folder, network(1))), "--fold", text(FOLDING), "--out",
                     str(folder / "core"), "--bus", "axi", *more]) == 0
    return folder / "core"


def test_a_load_for_a_core_is_written(tmp_path, capfd):
    core, file = emitted(tmp_path, "--reload"), tmp_path / "other.bin"
    capfd.readouterr()
    assert cli.main(["load", str(saved(tmp_path, network(2))), "--core", str(core), "--out", str(file), "--json"]) == 0
    assert file.read_bytes() == bus_load.load(layout(network(1), FOLDING), network(2))
    record = json.loads(capfd.readouterr().out)
    assert (record["network_sha256"], record["bytes"]) == (artefact.network_digest(network(2)), file.stat().st_size)
    assert refusal(capfd, "load", saved(tmp_path, network(2)), "--core", core) == (
        "binspike: --core needs --out, the file to write\n")
    assert re.match("binspike: network must be that of the core in all but weights and thresholds", refusal(
        capfd, "load", saved(tmp_path, network(1, steps=5)), "--core", core, "--out", tmp_path / "none"))
    assert not (tmp_path / "none").exists()


@pytest.mark.long
def test_a_core_that_takes_no_other_network(tmp_path, capfd):
    core = emitted(tmp_path)
    capfd.readouterr()
    assert refusal(capfd, "load", saved(tmp_path, network(2)), "--core", core, "--out", tmp_path / "none") == (
        f"binspike: core in {core} takes no other network; emit it with --reload\n")


def shape(given):
    return layout(given, FOLDING).hex()


@pytest.mark.parametrize(("ports", "message"), [
    ("[]", "must hold a JSON object, not []"), ("{", "must be a JSON file: Expecting "),
    ("[" * 10**5, "must be a JSON file: "), ("{}", "takes no other network; emit it with --reload"),
    (b"\xff", "must be a JSON file: "),
    *((json.dumps({"layout": found}), "layout must be that of a core, in hexadecimal, not ")
      for found in (5, "", "00", "zz" * 40, shape(network(1)) + "ff", shape(network(1)) + " ")),
    (json.dumps({"layout": shape(network(1))[:64] + b"1,1,1".hex()}), "folding must have one fold for each of ")])
def test_a_core_whose_description_is_damaged(ports, message, tmp_path, capfd):
    (tmp_path / "ports.json").write_bytes(ports if isinstance(ports, bytes) else ports.encode())
    said = refusal(capfd, "load", saved(tmp_path, network(2)), "--core", tmp_path, "--out", tmp_path / "none")
    assert message in said
    assert not (tmp_path / "none").exists()


def test_options_of_the_other_place_are_refused(tmp_path, capfd):
    (tmp_path / "ports.json").write_text(json.dumps({"layout": shape(network(1))}))
    other, core = saved(tmp_path, network(2)), ("--core", tmp_path)
    assert refusal(capfd, "load", other, "--port", "none", "--out", tmp_path / "none") == (
        "binspike: --out is of a core: give --core in place of --port, or leave it out\n")
    assert refusal(capfd, "load", other, *core, "--out", tmp_path / "none", "--baud", 9) == (
        "binspike: --baud is of a board: leave it out\n")
    before = other.read_bytes()
    assert refusal(capfd, "load", other, *core, "--out", other) == f"binspike: {other}: --out must not be the network\n"
    assert other.read_bytes() == before
