"""Projects of vendors' tools around a core behind AXI4-Stream, a file for each tool; none of them has run here."""

from . import efinity as efinity  # noqa: PLC0414
from . import quartus as quartus  # noqa: PLC0414
from . import vivado as vivado  # noqa: PLC0414
from .project import PROJECTS as PROJECTS  # noqa: PLC0414
from .project import Design as Design  # noqa: PLC0414
