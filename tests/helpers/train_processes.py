"""Trainings in processes that share one import of torch: ``python -m tests.helpers.train_processes HOW NUMBER
ARGUMENT...``.

``killed``: kill the training NUMBER times, at moments drawn by a generator, and let it go on each time. ``together``:
NUMBER processes share one training, as torchrun would start them.
"""

import os
import random
import signal
import socket
import sys
import time

from tests.helpers.train_recipes import main
from train_binary.run import pipeline  # noqa: F401 - imported once, for all


def fork(arguments: list[str]) -> int:
    """Number of a process that trains."""
    number = os.fork()
    if not number:
        try:
            os._exit(main(arguments))
        finally:
            os._exit(70)
    return number


def status(number: int) -> int:
    """Status of a process that ended: minus a signal, or an exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def killed(times: int, arguments: list[str]) -> list[int]:
    """Kill, and go on, ``times`` times; then let it end. The statuses of all."""
    moments, found, resume = random.Random(1), [], []
    begin = time.monotonic()
    found.append(status(fork([*arguments[:2], "--out", arguments[3] + "-unhurt", *arguments[4:]])))
    whole = time.monotonic() - begin
    for _ in range(times):
        number = fork([*arguments, *resume])
        while not resume and not os.path.isdir(arguments[3]):  # from here on there is something to go on from
            time.sleep(0.001)
        resume = ["--resume"]
        time.sleep(moments.uniform(0, 0.5 * whole))
        os.kill(number, signal.SIGKILL)
        found.append(status(number))
    return [*found, status(fork([*arguments, "--resume"]))]


def together(processes: int, arguments: list[str]) -> list[int]:
    """Statuses of processes that share one training."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    numbers = []
    for rank in range(processes):
        os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(processes), MASTER_ADDR="127.0.0.1",
                          MASTER_PORT=str(port))
        numbers.append(fork(arguments))
    return [status(number) for number in numbers]


if __name__ == "__main__":
    how, number, *rest = sys.argv[1:]
    print(*{"killed": killed, "together": together}[how](int(number), rest), file=sys.stderr)
