import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from binspike import cli
from tests.helpers.refusals import refusal
from tests.train_binary.run.test_device_check import EQUAL
from train_binary.methods import METHODS
from train_binary.run import device_check


@pytest.fixture
def compared(monkeypatch):
    """Calls of `compare`, which finds everything equal, or is made to find what a test puts in."""
    calls, found = [], {}

    def compare(kind, *given):
        calls.append((kind, *given))
        return found.get(kind, EQUAL)
    monkeypatch.setattr(device_check, "compare", compare)
    return calls, found


def test_without_cuda_it_says_so_in_a_line(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert refusal(capsys, "gpu") == "binspike: device must be cpu, not 'cuda': PyTorch finds no CUDA here\n"


@pytest.mark.parametrize(("arguments", "message"), [
    (["--device", "auto"], "device must be one of cuda, cpu, not 'auto'"),
    (["--device", "cpu", "--batches", "0"], "batches must be in 1..65536, not 0"),
    (["--device", "cpu", "--seconds", "-1"], "seconds must be in 0..3600, not -1")])
def test_wrong_arguments(arguments, message, capsys):
    assert refusal(capsys, "gpu", *arguments) == f"binspike: {message}\n"


def test_every_method_that_runs_there(compared, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for device, missing in (("cuda", {"bs4nn"}), ("cpu", set())):
        compared[0].clear()
        assert cli.main(["gpu", "--device", device, "--batches", "7", "--seconds", "2", "--json"]) == 0
        assert compared[0] == [(kind, device, 7, 2.0) for kind in METHODS if kind not in missing]
        assert len(json.loads(capsys.readouterr().out)) == len(METHODS) - len(missing)


def test_a_difference_is_exit_status_1(compared, capsys):
    compared[1]["rate"] = replace(EQUAL, method="rate", exact=False)
    assert cli.main(["gpu", "--device", "cpu"]) == 1
    out, err = capsys.readouterr()
    assert err == "binspike: cpu must compute what the CPU does, and does not by rate\n"
    assert [line.split()[-1] for line in out.splitlines() if line.startswith(("rate", "x"))].count("DIFFERENT") == 1


def test_the_script_is_the_command():
    script = Path(__file__).parents[2] / "scripts" / "gpu-check"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == 'exec "${PYTHON:-.venv/bin/python}" -m binspike gpu "$@"'
