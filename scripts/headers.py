"""Compiles the headers of Verilator's runtime once: to read them takes g++ longer than most designs of the tests.

Prints the options of g++ by which these are used; where they do not fit (another level of optimisation, a waveform), it
reads the headers as ever.
"""

import shlex
import sys
from pathlib import Path

from sim.compiled.compiler import STREAMING, compile_source

HEADERS = Path(__file__).parents[1] / ".cache" / "headers" / "runtime.h"
TEXT = "".join(f"#include {name}\n" for name in ("<cstdint>", "<cstdio>", "<cstdlib>", "<string>", '"verilated.h"'))

HEADERS.parent.mkdir(parents=True, exist_ok=True)
HEADERS.write_text(TEXT)
compile_source(HEADERS.parent, [*STREAMING.flags, *sys.argv[1:], "-x", "c++-header", HEADERS.name])
print(shlex.join([*sys.argv[1:], "-include", str(HEADERS)]))
