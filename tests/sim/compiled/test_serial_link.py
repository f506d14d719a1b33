import os
import time
from pathlib import Path

import pytest
import serial

from quant.serial_link.protocol import frame
from sim.compiled.compiler import SimulationError, compiled
from sim.compiled.serial_link import PINS, STREAMS, Terminal, play
from tests.cocotb.runner import CACHE

PATIENCE = 600  # seconds
DESIGNS = Path(__file__).with_name("designs")
DIVISOR = 8
BYTES = bytes(range(256)) * 2
FRAMES = b"".join(frame(bytes([1, tag])) for tag in range(20))


@pytest.fixture(scope="module")
def program():
    return lambda name, driver=PINS: compiled(DESIGNS / f"{name}.v", name, CACHE, driver)


@pytest.fixture(scope="module")
def loopback(program):
    return program("loopback")


@pytest.fixture(scope="module")
def flagless(program):
    return program("flagless", STREAMS)


def test_bytes_go_through_the_pins(loopback):
    played = play(loopback, BYTES, length=DIVISOR)
    assert played.output == BYTES
    assert 0 <= played.cycles - len(BYTES) * 10 * DIVISOR < 1000


def test_bytes_go_through_the_streams(flagless):
    played = play(flagless, BYTES, length=0)
    assert played.output == BYTES.replace(b"\x7e", b"")
    assert 0 <= played.cycles - len(BYTES) < 400


def test_bytes_are_spaced_at_the_streams(flagless):
    assert 0 <= play(flagless, BYTES, length=9).cycles - len(BYTES) * 9 < 600


def test_frames_are_counted(loopback):
    played = play(loopback, b"\x7e\x7e12345\x7e1234567\x7d\x7e" + FRAMES, length=DIVISOR)
    assert (played.requests, played.responses, played.lost) == (20, 20, 0)


def test_a_frame_that_is_without_a_response_is_given_up(flagless):
    played = play(flagless, FRAMES, length=0, window=2, patience=1000)
    assert (played.requests, played.responses, played.lost) == (20, 0, 20)
    assert played.cycles >= 10 * 1000  # for two at a time


def test_a_line_without_stop_bits_is_an_error(program):
    with pytest.raises(SimulationError, match="ended with status 4: a byte came without its start or stop bit$"):
        play(program("stuck"), FRAMES, length=DIVISOR)


def test_bytes_go_through_a_terminal(loopback):
    with Terminal(loopback, DIVISOR) as terminal, serial.Serial(terminal.name, timeout=PATIENCE) as port:
        for _ in range(3):
            port.write(BYTES)
            assert port.read(len(BYTES)) == BYTES


def test_the_port_may_be_opened_again(loopback):
    with Terminal(loopback, DIVISOR) as terminal:
        for _ in range(2):
            with serial.Serial(terminal.name, timeout=PATIENCE) as port:
                port.write(b"again")
                assert port.read(5) == b"again"


def activity(pid):
    """State of a process, and how often it has gone to sleep."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":\t", maxsplit=1) for line in file)
    return fields["State"][0], int(fields["voluntary_ctxt_switches"])


def test_a_silent_terminal_takes_no_time(loopback):
    with Terminal(loopback, DIVISOR) as terminal, serial.Serial(terminal.name, timeout=PATIENCE) as port:
        port.write(FRAMES)
        assert port.read(len(FRAMES)) == FRAMES
        for _ in range(10 * PATIENCE):
            before = activity(terminal._process.pid)
            time.sleep(0.1)
            if before[0] == "S" and activity(terminal._process.pid) == before:
                return
    pytest.fail("it never rests")


def test_a_simulation_ends_with_its_terminal(loopback):
    with Terminal(loopback, DIVISOR) as terminal:
        os.close(terminal._near)
        assert terminal._process.wait(PATIENCE) == 0
        terminal._near = os.open("/dev/null", os.O_RDONLY)
        terminal._process.poll = lambda: None


def test_a_simulation_that_failed_says_so(program):
    terminal = Terminal(program("stuck"), DIVISOR)

    def use():
        with terminal, serial.Serial(terminal.name) as port:
            port.write(b"x")
            terminal._process.wait(PATIENCE)
    with pytest.raises(SimulationError, match="^simulation of stuck ended with status 4: a byte came without"):
        use()
