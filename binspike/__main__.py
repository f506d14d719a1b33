"""``python -m binspike``."""

import sys

from .cli import main

sys.exit(main())
