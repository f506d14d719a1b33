"""Bad input: what the code and the commands say of it is one clear line."""

import re
from contextlib import contextmanager

import pytest

from binspike import cli


@contextmanager
def refused(message, kinds=ValueError):
    """Hold what is done to an error of ``kinds``, in one line in which the pattern ``message`` is found."""
    with pytest.raises(kinds, match=message) as caught:
        yield caught
    assert "\n" not in str(caught.value)


def refusal(capture, *arguments, status=2):
    """The one line by which ``binspike`` refuses these arguments; nothing else is printed."""
    capture.readouterr()
    found = cli.main([*map(str, arguments)])
    out, err = capture.readouterr()
    assert (found, out) == (status, "")
    assert re.fullmatch("binspike: .+\n", err)
    return err
