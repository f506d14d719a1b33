"""Verilator as a checker of Verilog text."""

import os
import subprocess

from sim.compiled.compiler import verilator_root


def lint(folder, top, files, *options):
    """Status of Verilator for a design of several files, name to text, and what it says of them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    command = [verilator_root() / "bin" / "verilator_bin", "--lint-only", "-Wno-fatal", *options, "--top-module", top,
               *files]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "VERILATOR_ROOT": str(verilator_root())},
                          capture_output=True, text=True)
    return done.returncode, done.stderr
