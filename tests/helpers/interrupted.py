"""Action in a process of its own, which is interrupted at any of the calls that it makes, however long they take."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

CALLS = ("call", "c_call")
LIMIT = 600  # seconds after which a process that does not end is ended


def started(action: Callable[[], object]) -> int:
    """Let a copy of this process do ``action`` in silence, and end with the status that it gives; return its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        signal.alarm(LIMIT)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell starts in the background
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
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


def calls(action: Callable[[], object]) -> int:
    """Number of calls that ``action`` makes in this thread, of functions of Python and of C."""
    count = 0

    def profile(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in CALLS
    _profiled(action, profile)
    return count


def interrupted(action: Callable[[], object], number: signal.Signals, moment: int) -> int:
    """Let a process do ``action``, send it the signal at call number ``moment``, and return its exit status."""
    left = moment

    def profile(_: object, event: str, __: object) -> None:
        nonlocal left
        left -= event in CALLS
        if left == 0 and event in CALLS:
            os.kill(os.getpid(), number)
    return ended(started(lambda: _profiled(action, profile)))


def _profiled(action: Callable[[], object], profile: Callable[..., None]) -> object:
    sys.setprofile(profile)
    try:
        return action()
    finally:
        sys.setprofile(None)
