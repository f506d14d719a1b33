"""Buses around a core, each in a file of its own."""

from . import axi as axi  # noqa: PLC0414
from . import wishbone as wishbone  # noqa: PLC0414
from .bus import BUSES as BUSES  # noqa: PLC0414
from .bus import BusAccelerator as BusAccelerator  # noqa: PLC0414
