import pytest

from hw.host.serial_port import POLL_SECONDS, BoardError
from hw.host.transport import Transport
from quant.serial_link.protocol import Deframer, Error, Reply, Request, frame
from tests.helpers.serial_link.peer import SimulatedPort


class ScriptedPort(SimulatedPort):
    """Port whose board responds to each request as ``script`` says: a function from the bodies so far to bytes."""

    def __init__(self, script, delay=0.0):
        super().__init__(self.respond)
        self.script, self.delay, self.bodies, self.deframer = script, delay, [], Deframer(1000)

    def respond(self, data):
        """The board takes ``delay`` seconds for each response."""
        responses = b""
        for body in self.deframer.feed(data):
            self.bodies.append(body)
            responses += self.script(self.bodies)
            self.now += self.delay
        return responses


def respond(body):
    """Response to a request: its own payload."""
    return frame(bytes([body[0] | 0x80, body[1]]) + body[2:])


def error(code, tag=0):
    return frame(bytes([Reply.ERROR, tag, code]))


def run(script, count=4, window=1, timeout=0.2, retries=8):
    port = script if isinstance(script, ScriptedPort) else ScriptedPort(script)
    transport = Transport(port, timeout=timeout, retries=retries)
    transport.window = window
    got = list(transport.run([(Request.CLASSIFY, bytes([number] * 6)) for number in range(count)], 0))
    assert got == [bytes([number] * 6) for number in range(count)]
    return port, transport


def sent(port):
    """First pixel of each image that was sent, in order."""
    return [body[2] for body in port.bodies]


def test_each_request_has_its_own_tag_and_none_is_0():
    port = ScriptedPort(lambda bodies: respond(bodies[-1]))
    assert len(list(Transport(port, timeout=1).run([(Request.CLASSIFY, b"")] * 600, 0))) == 600
    tags = [body[1] for body in port.bodies]
    assert 0 not in tags
    assert all((after - before) % 255 == 1 for before, after in zip(tags, tags[1:], strict=False))


def test_a_lost_request_shows_by_the_next_response():
    def script(bodies):
        return b"" if len(bodies) == 2 else respond(bodies[-1])
    port, transport = run(script, window=2, timeout=4)
    assert sent(port) == [0, 1, 2, 1, 3] or sent(port) == [0, 1, 2, 3, 1]
    assert (transport.lost, port.now) == (1, 0)


def test_a_damaged_request_is_sent_again_at_once_if_none_else_is_waiting():
    port, transport = run(lambda bodies: error(Error.DAMAGED) if len(bodies) in (2, 3) else respond(bodies[-1]),
                         timeout=4)
    assert sent(port) == [0, 1, 1, 1, 2, 3]
    assert (transport.lost, port.now) == (2, 0)


def test_a_damaged_response_is_asked_for_again():
    def script(bodies):
        good = respond(bodies[-1])
        return good[:4] + bytes([good[4] ^ 1]) + good[5:] if len(bodies) == 1 else good
    assert sent(run(script)[0]) == [0, 0, 1, 2, 3]


def test_silence_is_broken_by_asking_again():
    port, transport = run(lambda bodies: b"" if len(bodies) == 1 else respond(bodies[-1]), window=3)
    assert sent(port)[0] == 0
    assert transport.lost >= 1


def test_a_late_response_is_not_taken_for_that_of_another():
    def script(bodies):
        return b"" if len(bodies) == 1 else respond(bodies[-2]) + respond(bodies[-1])
    assert sent(run(script)[0]) == [0, 0, 1, 2, 3]


def test_an_overrun_makes_the_window_smaller():
    def script(bodies):
        return error(Error.OVERRUN, bodies[-1][1]) if len(bodies) == 3 else respond(bodies[-1])
    _, transport = run(script, window=3)
    assert transport.window == 2
    assert transport.lost == 1


def test_the_window_is_never_less_than_1():
    def script(bodies):
        return error(Error.OVERRUN) * 5 + respond(bodies[-1])
    assert run(script, window=2)[1].window == 1


def test_an_error_to_an_unknown_tag_is_ignored():
    assert sent(run(lambda bodies: error(Error.KIND, bodies[-1][1] % 255 + 1) + respond(bodies[-1]))[0]) == [0, 1, 2, 3]


@pytest.mark.parametrize(("code", "meaning"), [
    (2, "a frame has the wrong length"), (3, "the kind of request is unknown"), (5, "the board stores no test vectors"),
    (99, "error 63")])
def test_a_refusal_is_an_error(code, meaning):
    with pytest.raises(BoardError, match=f"^board at test refused CLASSIFY: {meaning}; was it given another "):
        run(lambda bodies: error(code, bodies[-1][1]))


def test_a_response_of_another_kind_is_ignored():
    def script(bodies):
        return frame(bytes([Reply.COUNT, bodies[-1][1]]) + bytes(8)) + respond(bodies[-1])
    assert sent(run(script)[0]) == [0, 1, 2, 3]


def test_a_request_is_sent_again_as_often_as_allowed():
    with pytest.raises(BoardError, match="^serial link to board at test is too noisy: 3 of 4 requests had to be sent "):
        run(lambda bodies: error(Error.DAMAGED), retries=3, timeout=10)
    run(lambda bodies: respond(bodies[-1]) if len(bodies) > 3 else error(Error.DAMAGED), retries=3, timeout=10)


def test_silence_ends_at_the_timeout():
    port = ScriptedPort(lambda bodies: b"")
    with pytest.raises(BoardError, match="^board at test is silent for 0.2 s; check its power, the port, --baud, and "):
        run(port)
    assert 0.2 < port.now <= 0.2 + POLL_SECONDS


def test_damage_does_not_put_the_deadline_off():
    port = ScriptedPort(lambda bodies: error(Error.DAMAGED), delay=0.02)
    with pytest.raises(BoardError, match="^serial link to board at test is too noisy"):
        run(port, retries=1000)
    assert 0.2 < port.now < 0.25


def test_what_line_and_computation_need_is_waited_for():
    port = ScriptedPort(lambda bodies: respond(bodies[-1]), delay=0.15)
    transport = Transport(port, timeout=0.1)
    assert list(transport.run([(Request.CLASSIFY, bytes([1] * 6))], 0.2)) == [bytes([1] * 6)]
    assert transport.lost == 0


def test_the_callers_time_is_not_the_boards():
    class Late(ScriptedPort):
        def read(self):
            self.reads = getattr(self, "reads", 0) + 1
            return b"" if self.reads % 2 else super().read()

    port = Late(lambda bodies: respond(bodies[-1]))
    transport = Transport(port, timeout=0.1)
    for _ in transport.run([(Request.CLASSIFY, bytes([1] * 6))] * 3, 0):
        port.now += 0.15
    assert transport.lost == 0
