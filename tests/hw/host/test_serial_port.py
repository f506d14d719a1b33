import errno
import os
import re
import stat
import tty

import pytest
import serial

from hw.host import serial_port as port
from hw.host.serial_port import BoardError, Port


@pytest.fixture
def terminal():
    """Both ends of a raw pseudo terminal; the near one is opened again by name."""
    ends = os.openpty()
    tty.setraw(ends[1])
    yield ends[0], os.ttyname(ends[1])
    for end in ends:
        os.close(end)


def opening(monkeypatch, error):
    """Message when opening a port raises ``error``."""
    def fail(*_, **__):
        raise error
    monkeypatch.setattr(serial, "serial_for_url", fail)
    with pytest.raises(BoardError) as caught:
        Port("/dev/ttyX", 9600, 1)
    return str(caught.value)


def test_bytes_go_both_ways(terminal):
    end, name = terminal
    opened = Port(name, 1_000_000, 1)
    opened.write(b"\0\r\n\x7e\xff")
    assert os.read(end, 10) == b"\0\r\n\x7e\xff"
    os.write(end, b"\n\r\x03\x04")
    got = b""
    while len(got) < 4:
        got += opened.read()
    assert got == b"\n\r\x03\x04"
    assert opened.read() == b""
    opened.close()


class Found:
    def __init__(self, device):
        self.device = device


def test_a_port_that_is_absent_names_those_that_are_there(monkeypatch):
    monkeypatch.setattr(port.list_ports, "comports", lambda: [Found("/dev/ttyUSB1"), Found("/dev/ttyUSB0")])
    with pytest.raises(BoardError, match="^port /dev/nowhere does not exist; there is /dev/ttyUSB0, /dev/ttyUSB1$"):
        Port("/dev/nowhere", 9600, 1)


def test_a_port_that_is_absent_where_there_is_none(monkeypatch):
    monkeypatch.setattr(port.list_ports, "comports", list)
    with pytest.raises(BoardError, match="^port /dev/nowhere does not exist; no serial port is here, is the board "
                                         r"plugged in\?$"):
        Port("/dev/nowhere", 9600, 1)


def test_a_port_in_use(terminal):
    first = Port(terminal[1], 9600, 1)
    with pytest.raises(BoardError, match=f"^port {terminal[1]} is in use by another program; close that$"):
        Port(terminal[1], 9600, 1)
    first.close()
    Port(terminal[1], 9600, 1).close()


def test_a_port_that_is_not_permitted(monkeypatch):
    monkeypatch.setattr(port, "_group", lambda name: "plugdev")
    assert opening(monkeypatch, serial.SerialException(errno.EACCES, "could not open port")) == (
        "port /dev/ttyX may not be opened by you; join its group: sudo usermod -aG plugdev $USER, then log in again")


def test_the_group_of_a_port():
    assert port._group("/dev/null") == "root"
    assert port._group("/dev/nowhere") == "dialout"


def test_something_else_than_a_serial_port(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert stat.S_ISREG((tmp_path / "file").stat().st_mode)
    for name in (str(tmp_path / "file"), "/dev/null"):
        with pytest.raises(BoardError, match=f"^port {re.escape(name)} cannot be opened: .*[^\n]$"):
            Port(name, 9600, 1)


@pytest.mark.parametrize("error", [ValueError("Not a valid baudrate: -1"), serial.SerialException("no such\nthing")])
def test_any_other_reason_is_one_line(monkeypatch, error):
    assert opening(monkeypatch, error) == f"port /dev/ttyX cannot be opened: {str(error).splitlines()[0]}"


def test_a_port_that_has_gone(terminal):
    end, port_end = os.openpty()
    tty.setraw(port_end)
    opened = Port(os.ttyname(port_end), 9600, 1)
    os.close(end)
    os.close(port_end)
    for use in (opened.read, lambda: opened.write(b"x")):
        with pytest.raises(BoardError, match=r"has gone: was the board pulled out\? \(.+\)$"):
            use()
    opened.close()


def test_a_port_that_takes_no_bytes(terminal):
    opened = Port(terminal[1], 9600, 0.2)
    with pytest.raises(BoardError, match="takes no more bytes: pull its cable out and plug it in again$"):
        opened.write(bytes(100_000))
    opened.close()


def test_ports_that_may_be_opened_and_not(monkeypatch, terminal):
    _, name = terminal
    monkeypatch.setattr(port.list_ports, "comports", lambda: [Found("/dev/nowhere"), Found(name)])
    here = port.ports()
    assert list(here) == ["/dev/nowhere", name]
    assert here[name] == ""
    assert here["/dev/nowhere"].startswith("may not be opened by you; join its group: sudo usermod -aG dialout $USER")
