"""Something done in a process of its own, which is interrupted at any moment."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

LIMIT = 60  # seconds after which a process that does not end is ended


def started(action: Callable[[], object]) -> int:
    """Let a copy of this process do ``action`` in silence, and end with the status that it gives; return its number."""
    ready, told = os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        os.read(ready, 1)  # a signal that comes before Python has forked altogether would be lost
        os.close(ready)
        return child
    status = 1
    try:
        signal.alarm(LIMIT)
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
        os.write(told, b".")
        status = action() or 0
    except SystemExit as leaving:
        status = leaving.code or 0
    except KeyboardInterrupt:  # before the action took care, or after
        status = 130
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 0)


def ended(child: int) -> int:
    """Wait for the process; its exit status, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def interrupted(action: Callable[[], object], number: signal.Signals, seconds: float) -> int:
    """Start ``action``, send it the signal after ``seconds``, and return its exit status."""
    child = started(action)
    time.sleep(seconds)
    os.kill(child, number)
    return ended(child)
