"""Trainings in processes that share one import of torch: ``python -m tests.helpers.training.processes HOW NUMBER
ARGUMENT...``.

``killed``: kill the training NUMBER times, at calls drawn by a generator, and let it go on each time. ``together``:
NUMBER processes share one training, as torchrun would start them.
"""

import os
import random
import signal
import socket
import sys
from pathlib import Path

from tests.helpers.interrupted import calls, ended, interrupted, started
from tests.helpers.training.recipes import main
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
    moments, count = random.Random(1), Path(arguments[3] + "-calls")
    unhurt = [*arguments[:2], "--out", arguments[3] + "-unhurt", *arguments[4:]]
    found = [ended(started(lambda: count.write_text(str(calls(lambda: main(unhurt)))) == 0))]
    for _ in range(times):
        resume = ["--resume"] if os.path.isdir(arguments[3]) else []
        moment = moments.randint(1, int(count.read_text()) // 2)
        found.append(interrupted(lambda: main([*arguments, *resume]), signal.SIGKILL, moment))  # noqa: B023
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
