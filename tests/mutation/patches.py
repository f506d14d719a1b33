"""All hand-written faults."""

from tests.mutation.faults.cores import CORES
from tests.mutation.faults.flow import FLOW
from tests.mutation.faults.models import MODELS
from tests.mutation.faults.serial_link import SERIAL_LINK
from tests.mutation.faults.words import WORDS

PATCHES = (*CORES, *WORDS, *MODELS, *FLOW, *SERIAL_LINK)
