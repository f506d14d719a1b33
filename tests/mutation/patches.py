"""All hand-written faults."""

from .faults_cores import CORES
from .faults_flow import FLOW
from .faults_link import LINK
from .faults_models import MODELS

PATCHES = (*CORES, *MODELS, *FLOW, *LINK)
