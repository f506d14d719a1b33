import json

import pytest

from binspike import cli
from bitstreams import shipped
from quant.failure import Failure


@pytest.fixture
def remade(monkeypatch):
    """Names of what is made again, each with whether it is to be shipped; nothing is built."""
    made = []

    def remake(job, update, progress):
        made.append((job.name, update))
        return shipped.record(job.name)
    monkeypatch.setattr(shipped, "remake", remake)
    return made


def test_all_are_made_again(capsys, remade):
    assert cli.main(["bitstreams", "--json"]) == 0
    assert sorted(remade) == [(name, False) for name in shipped.NETWORKS]
    assert sorted(record["network"] for record in json.loads(capsys.readouterr().out)) == list(shipped.NETWORKS)


def test_one_is_shipped(capsys, remade):
    assert cli.main(["bitstreams", "--network", "mnist-up5k", "--update"]) == 0
    assert remade == [("mnist-up5k", True)]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:2] == ["mnist-up5k", "icebreaker"]


def test_a_difference_is_a_failure(capsys, monkeypatch):
    monkeypatch.setattr(shipped, "remake", lambda *_: (_ for _ in ()).throw(Failure("mnist-up5k: file top.bin is a")))
    assert cli.main(["bitstreams", "--network", "mnist-up5k"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "binspike: mnist-up5k: file top.bin is a"


def test_a_network_of_which_none_is_shipped(capsys):
    assert cli.main(["bitstreams", "--network", "mnist-stidi"]) == 2
    assert capsys.readouterr().err.startswith("binspike: network must be one of fashion-equilibrium, ")
