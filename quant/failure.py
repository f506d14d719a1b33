"""The exception of what was rightly asked for and could not be done."""


class Failure(Exception):
    """A tool, a board, a server or a comparison failed; the message is one line. A program ends with exit status 1.

    Wrong input is no failure: that raises a ValueError, a TypeError or an OSError.
    """
