"""Combinational paths of a core: for each output the inputs that reach it without a register between."""

import tempfile
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from hw.bitstream import toolchain
from hw.names import plain
from tests.formal.engine import CACHE

SCRIPT = """\
read_rtlil core.il
prep -flatten -top top
delete t:$check t:$print
memory_map
async2sync
opt -full -nodffe -nosdff
techmap
dffunmap
opt_clean
check -assert
aigmap
opt_clean
write_aiger -ascii -symbols core.aag
"""


def paths(core: wiring.Component) -> dict[str, set[str]]:
    """Input ports that each output port depends on within a cycle, by name of the output port."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        folder = Path(scratch)
        (folder / "core.il").write_text(plain(rtlil.convert(core, name="top", emit_src=False)))
        (folder / "core.ys").write_text(SCRIPT)
        status, said = toolchain.run("yosys", ["-q", "core.ys"], folder)
        if status:
            raise RuntimeError(f"Yosys ended with status {status}: {said[-2000:]}")
        return _cones((folder / "core.aag").read_text())


def _cones(aag: str) -> dict[str, set[str]]:
    header, *lines = aag.splitlines()
    _, inputs, latches, outputs, gates = (int(number) for number in header.split()[1:6])
    sources = [int(line) // 2 for line in lines[:inputs]]
    results = [int(line) // 2 for line in lines[inputs + latches:inputs + latches + outputs]]
    at = inputs + latches + outputs
    fan_in = {left // 2: (a // 2, b // 2) for left, a, b in
              (map(int, line.split()) for line in lines[at:at + gates])}
    names = {key: name.partition("[")[0] for key, _, name in (line.partition(" ") for line in lines[at + gates:])}
    port_of = {variable: names.get(f"i{index}", "") for index, variable in enumerate(sources)}
    found: dict[str, set[str]] = {}
    for index, variable in enumerate(results):
        found.setdefault(names[f"o{index}"], set()).update(_support(variable, fan_in, port_of))
    return found


def _support(variable: int, fan_in: dict[int, tuple[int, int]], port_of: dict[int, str]) -> set[str]:
    seen, todo = set(), [variable]
    while todo:
        now = todo.pop()
        if now not in seen:
            seen.add(now)
            todo += fan_in.get(now, ())
    return {port_of[variable] for variable in seen if variable in port_of}
