import subprocess

import pytest

from binspike import cli
from hw import families
from hw.bitstream import boards, flash
from tests.helpers.programmers import USABLE, build, refuse
from tests.helpers.programmers import called as called  # noqa: PLC0414
from tests.helpers.programmers import tools as tools  # noqa: PLC0414

PROGRAMMERS = {"icebreaker": ["iceprog"], "ulx3s-85f": ["openFPGALoader", "-b", "ulx3s", "-m"]}


@pytest.mark.parametrize("board", PROGRAMMERS)
def test_the_boards_programmer_is_called(tmp_path, tools, called, capfd, board):
    tool, *arguments = PROGRAMMERS[board]
    tools(tool)
    bitstream = build(tmp_path / "a build", board)
    assert cli.main(["flash", "--board", board.upper(), "--bitstream", str(bitstream)]) == 0
    assert called() == [*arguments, str(bitstream)]
    assert capfd.readouterr().out == f"{' '.join([tool, *arguments])} '{bitstream}'\n"


@pytest.mark.parametrize(("board", "tool", "remedy"), [
    ("icebreaker", "iceprog", "apt install fpga-icestorm, or brew install icestorm"),
    ("ulx3s-85f", "openFPGALoader", "apt install openfpgaloader, or brew install openfpgaloader")])
def test_a_programmer_that_is_missing(tmp_path, tools, capfd, board, tool, remedy):
    bitstream = build(tmp_path / "build", board)
    refuse(["--board", board, "--bitstream", str(bitstream)], 1, f"programmer {tool} is missing; {remedy}", capfd)


def test_a_programmer_that_fails(tmp_path, tools, capfd):
    tools("iceprog", status=3)
    bitstream = build(tmp_path / "build")
    out = refuse(["--board", "icebreaker", "--bitstream", str(bitstream)], 1,
                 "iceprog ended with status 3; is the board plugged in, and may you use it?", capfd)
    assert out == f"iceprog {bitstream}\n"


def test_a_changed_bitstream_is_not_programmed(tmp_path, tools, called, capfd):
    tools("iceprog")
    bitstream = build(tmp_path / "build")
    bitstream.write_bytes(b"bats")
    refuse(["--board", "icebreaker", "--bitstream", str(bitstream)], 2, f"{bitstream} must have the SHA-256 that "
           "the manifest states, but has another; build it again", capfd)
    assert called() is None


def test_a_bitstream_of_another_board_is_not_programmed(tmp_path, tools, called, capfd):
    tools("iceprog")
    bitstream = build(tmp_path / "build")
    refuse(["--board", "icestick", "--bitstream", str(bitstream)], 2,
           f"bitstream {bitstream} must be of board icestick, not icebreaker", capfd)
    assert called() is None


def test_a_bitstream_of_another_family_is_not_programmed(tmp_path, capfd):
    refuse(["--board", "icebreaker", "--bitstream", str(build(tmp_path, "ulx3s-85f"))], 2,
           f"bitstream of icebreaker must be a .bin file, not {tmp_path}/top.bit", capfd)


def test_a_lone_bitstream_is_programmed(tmp_path, tools, called):
    tools("iceprog")
    (tmp_path / "mine.bin").write_bytes(b"bits")
    assert cli.main(["flash", "--board", "icebreaker", "--bitstream", str(tmp_path / "mine.bin")]) == 0
    assert called() == [str(tmp_path / "mine.bin")]


def test_an_empty_bitstream(tmp_path, capfd):
    (tmp_path / "mine.bin").write_bytes(b"")
    refuse(["--board", "icebreaker", "--bitstream", str(tmp_path / "mine.bin")], 2,
           f"bitstream {tmp_path}/mine.bin is empty; build it again", capfd)


def test_a_bitstream_that_is_absent(tmp_path, capfd):
    refuse(["--board", "icebreaker", "--bitstream", str(tmp_path / "mine.bin")], 2,
           f"{tmp_path}/mine.bin: No such file or directory", capfd)


def test_a_file_that_the_programmer_needs_besides(tmp_path, tools, capfd):
    bitstream = build(tmp_path / "build", "versaecp5")
    refuse(["--board", "versaecp5", "--bitstream", str(bitstream)], 2,
           f"{bitstream.parent}/top-openocd.cfg is missing; build again, and flash the bitstream in its build folder",
           capfd)


def test_a_board_that_is_copied_to(tmp_path, tools, capfd):
    tools("cp")
    (tmp_path / "mine.bin").write_bytes(b"bits")
    refuse(["--board", "blackice", "--bitstream", str(tmp_path / "mine.bin")], 1,
           "/dev/ttyACM0 does not exist; is the board plugged in?", capfd)


@pytest.mark.parametrize("board", USABLE)
def test_every_board_names_its_programmer(tmp_path, monkeypatch, board):
    """Nothing but a programmer with a remedy is ever called."""
    commands = []
    monkeypatch.setattr(flash, "execute", commands.append)
    for name in ("top.bin", "top.bit", "top.svf", "top.fs", "top-openocd.cfg"):
        (tmp_path / name).write_bytes(b"bits")
    flash.flash(board, tmp_path / f"top{families.of(boards.lookup(board)).bitstream}")
    (command,) = commands
    assert command[0] == "cp" or command[0] in flash.REMEDIES
    assert str(tmp_path) in " ".join(command)


def test_check_call_is_put_back(tmp_path, tools):
    before = subprocess.check_call
    with pytest.raises(flash.Failure):
        flash.flash("icebreaker", build(tmp_path / "build"))
    assert subprocess.check_call is before
