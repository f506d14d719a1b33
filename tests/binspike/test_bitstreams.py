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
        made.append((job.name, job.board, update))
        return shipped.record(job.name, job.board)
    monkeypatch.setattr(shipped, "remake", remake)
    return made


def test_all_are_made_again(capsys, remade):
    assert cli.main(["bitstreams", "--json"]) == 0
    assert remade == [(name, build.board, False) for name, build in shipped.BUILDS]
    assert [record["network"] for record in json.loads(capsys.readouterr().out)] == [name for name, _ in shipped.BUILDS]


def test_one_is_shipped(capsys, remade):
    assert cli.main(["bitstreams", "--network", "mnist-up5k", "--board", "icebreaker", "--update"]) == 0
    assert remade == [("mnist-up5k", "icebreaker", True)]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:2] == ["mnist-up5k", "icebreaker"]


def test_a_difference_is_a_failure(capsys, monkeypatch):
    monkeypatch.setattr(shipped, "remake", lambda *_: (_ for _ in ()).throw(Failure("mnist-up5k: file top.bin is a")))
    assert cli.main(["bitstreams", "--network", "mnist-up5k"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "binspike: mnist-up5k: file top.bin is a"


def test_all_boards_of_one(remade):
    assert cli.main(["bitstreams", "--network", "mnist-up5k"]) == 0
    assert remade == [("mnist-up5k", "icebreaker", False), ("mnist-up5k", "tangnano9k", False),
                      ("mnist-up5k", "ulx3s-85f", False)]


def test_a_board_of_which_none_is_shipped(capsys, remade):
    assert cli.main(["bitstreams", "--network", "mnist-phase", "--board", "icebreaker"]) == 2
    assert capsys.readouterr().err == "binspike: board must be one of ulx3s-85f, not 'icebreaker'\n"


def test_a_network_of_which_none_is_shipped(capsys):
    assert cli.main(["bitstreams", "--network", "mnist-stidi"]) == 2
    assert capsys.readouterr().err.startswith("binspike: network must be one of cifar-phase-wide, ")
