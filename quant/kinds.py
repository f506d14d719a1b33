"""Entries by kind: what a package has for each kind of neurons, layers or codes."""

from typing import TypeVar

Entry = TypeVar("Entry")


class Kinds(dict[str, Entry]):
    """A dictionary of entries by kind; each kind adds its own.

    Parameters
    ----------
    what : str
        What has a kind, for messages: "neurons with a functional model".

    Raises
    ------
    TypeError
        An entry is asked for of a kind that has none; the message names the kind.
    """

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def __missing__(self, kind: str) -> Entry:
        raise TypeError(f"{self.what} must be of kind {', '.join(self)}, not {kind!r}")
