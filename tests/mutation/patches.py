"""All hand-written faults."""

from tests.mutation.faults_cores import CORES
from tests.mutation.faults_flow import FLOW
from tests.mutation.faults_link import LINK
from tests.mutation.faults_models import MODELS
from tests.mutation.faults_words import WORDS

PATCHES = (*CORES, *WORDS, *MODELS, *FLOW, *LINK)
