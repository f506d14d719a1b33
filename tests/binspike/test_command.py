import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from binspike.arguments import Parser
from binspike.command import guard, show, table
from quant.failure import Failure


def raising(error):
    def action():
        raise error
    return action


def error_of(action, capsys):
    status = guard(action)
    output = capsys.readouterr()
    assert output.out == ""
    return status, output.err


def test_success_is_status_0(capsys):
    assert error_of(lambda: None, capsys) == (0, "")


def test_a_failure_is_status_1(capsys):
    assert error_of(raising(Failure("too slow")), capsys) == (1, "binspike: too slow\n")


@pytest.mark.parametrize("kind", [ValueError, TypeError])
def test_wrong_input_is_status_2(kind, capsys):
    assert error_of(raising(kind("x must be 1, not 2")), capsys) == (2, "binspike: x must be 1, not 2\n")


def test_an_error_of_the_system_names_the_file(capsys, tmp_path):
    missing = tmp_path / "missing"
    assert error_of(missing.read_text, capsys) == (2, f"binspike: {missing}: No such file or directory\n")


def test_an_error_is_one_line(capsys):
    assert error_of(raising(ValueError("two\n  lines")), capsys) == (2, "binspike: two lines\n")


@pytest.mark.parametrize(("message", "line"), [
    ("red \x1b[31m, \udcff, \x00, é", r"red \x1b[31m, \udcff, \x00, é"), ("x" * 2001, "x" * 2000 + " ...")])
def test_an_error_is_printable_and_no_longer_than_can_be_read(message, line, capsys):
    assert error_of(raising(ValueError(message)), capsys) == (2, f"binspike: {line}\n")


def test_a_name_that_is_no_text_is_printed_with_escapes(capsys):
    assert guard(lambda: print("\udcff")) == 0
    assert capsys.readouterr().out == "\\udcff\n"


OUTPUTS = [
    ("--help | true", 141, ""), ("zoo | true", 141, ""), ("zoo --help | true", 141, ""), ("zoo -x 2>&1 | true", 2, ""),
    ("--help > /dev/full", 2, "binspike: [Errno 28] No space left on device\n"),
    ("zoo > /dev/full", 2, "binspike: [Errno 28] No space left on device\n"),
    ("zoo --help > /dev/full", 2, "binspike: [Errno 28] No space left on device\n"),
    ("zoo -x 2> /dev/full", 2, ""), ("zoo >&-", 0, "")]
AT_ONCE = ("zoo | true", "zoo > /dev/full")  # quick where each line is written at once, and fails there


@pytest.mark.parametrize(("unbuffered", "command", "status", "message"), [
    *(("", *case) for case in OUTPUTS),
    *(pytest.param("1", *case, marks=() if case[0] in AT_ONCE else pytest.mark.long) for case in OUTPUTS)])
def test_output_that_cannot_be_written(unbuffered, command, status, message):
    shell = f"{sys.executable} -m binspike {command}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True,
                          env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    assert (done.returncode, done.stdout, done.stderr) == (status, "", message)


def test_a_second_termination_does_not_break_off_the_clearing_away():
    left = []

    def action():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            left.append(True)
    with pytest.raises(SystemExit):
        guard(action)
    assert left == [True]


def test_an_interruption_is_status_130(capsys):
    assert error_of(raising(KeyboardInterrupt()), capsys) == (130, "binspike: interrupted\n")


def test_an_error_is_never_a_result(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)  # as after 2>&-
    assert guard(raising(Failure("no"))) == 1
    assert capsys.readouterr().out == ""


def test_a_termination_unwinds(capsys):
    left = []

    def action():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            left.append(True)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        guard(action)
    assert (caught.value.code, left, signal.getsignal(signal.SIGTERM)) == (143, [True], before)


def test_another_thread_may_run_a_command(capsys):
    thread = threading.Thread(target=guard, args=(raising(Failure("no")),))
    thread.start()
    thread.join()
    assert capsys.readouterr().err == "binspike: no\n"


def test_an_error_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        guard(raising(ZeroDivisionError()))


def test_a_wrong_argument_is_one_line(capsys):
    parser = Parser("binspike build")
    parser.add_argument("--seed", type=int)
    status, text = error_of(lambda: parser.parse_args(["--seed", "x"]), capsys)
    assert (status, text) == (2, "binspike: argument --seed: invalid int value: 'x'; see binspike build --help\n")


def test_a_table_aligns_its_columns():
    assert table([("a", "bcd", "e"), ("fgh", "i", "")]) == "a    bcd  e\nfgh  i"


@pytest.mark.parametrize(("as_json", "printed"), [(False, "a  b\n"), (True, "[\n  1\n]\n")])
def test_a_result_is_a_table_or_json(capsys, as_json, printed):
    show([1], [("a", "b")], as_json)
    assert capsys.readouterr().out == printed


def test_an_empty_table():
    assert table([]) == ""
