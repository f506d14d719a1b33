"""Device families whose tools are installed here; tests of the others are skipped by name."""

import pytest

from hw.bitstream import toolchain
from hw.families import FAMILIES


def needs(family):
    """Mark of a test that runs the tools of a family."""
    extra = next((tool.extra for tool in family.tools if tool.extra), "")
    return pytest.mark.skipif(not toolchain.installed(family), reason=f"{family.name}: pip install binspike[{extra}]")


def every(mark=lambda family: ()):
    """A parameter for each family, with the marks that ``mark`` gives it."""
    return [pytest.param(family, id=name, marks=(needs(family), *mark(family))) for name, family in FAMILIES.items()]
