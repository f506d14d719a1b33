"""One faulty core by itself: stalled at both ends, as inside a design only its neighbours can, and reset.

The words are those of the whole design's border in front of it, then random ones; the suite's bench
(`tests.helpers.cores.bench.expected`) says which words come out, and in which cycle everything moves.
"""

import random
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quant.dataflow import cores
from quant.dataflow.chain import Node
from quant.timing.simulation import always
from sim.compiled.compiler import STREAMING, compiled
from sim.compiled.simulator import transfer
from sim.cycle import payload, wires
from sim.cycle.stalls import ALWAYS, Bursts, Random
from tests.helpers.cores.bench import expected
from tests.mutation.netlist import CONTROL, SETTING, Fault, module, yosys
from tests.mutation.ports import Port, roles
from tests.mutation.simulation import Check
from tests.mutation.subjects import Subject

PATIENCE = 2000
RANDOM = 2000  # words, about
CHECKS = (
    Check(name="random stalls", gap=Random(seed=1), stall=Random(seed=2, stall=128)),
    Check(name="slow sink", stall=Random(seed=3, stall=200)),
    Check(name="no stalls"),
    Check(name="slow source", gap=Random(seed=4, stall=200)),
    Check(name="bursts", gap=Bursts(run=7, stall=3), stall=Bursts(run=1, stall=9)),
    *(Check(name=f"reset after {cycles} cycles", warm_up=cycles) for cycles in (5, 18, 47, 102, 205, 404)),
)
SHELL = """\
// The driver's pixels only say when a word is offered; the words are in a file. A warm-up is as in a whole design.
module unit(input clk, input rst, input [7:0] i__payload, input i__valid, output i__ready,
            output [{out_bit}:0] o__payload, output o__valid, input o__ready);
    reg [31:0] setting [0:1];
    reg [{in_bit}:0] words [0:{last}];
    reg [31:0] at = 0, left = 0, noise = 1;
    initial $readmemh("{setting}", setting);
    initial $readmemh("{words}", words);
    wire warm = !rst && left != 0;
    wire reset = rst || left == 1;
    wire offered = warm || i__valid;
    wire taken, given;
    always @(posedge clk) begin
        noise <= {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}};
        left <= rst ? setting[1] : left - warm;
        at <= reset ? 0 : at + (offered && taken);
    end
    wire [{in_bit}:0] word = offered ? words[at] : ~0;
{wires}
    assign o__payload = {{{parts}}};
    assign i__ready = taken && !warm;
    assign o__valid = given && !warm;
    \\{module} core (.{control}(setting[0][{top_bit}:0]), {connections});
endmodule
"""


@dataclass(frozen=True)
class Unit:
    """A compiled core with faults, and what is expected of it under each of `CHECKS`."""

    program: Path
    words: int
    width: int
    due: list[tuple[list[int], list[tuple[int, int]]]]

    @classmethod
    def build(cls, subject: Subject, node: Node, found: list[Fault], ports: list[Port], folder: Path,
              cache: Path) -> "Unit":
        """Plant ``found`` in the core of ``node`` in the netlist of ``folder``, and compile it by itself."""
        scratch = folder / node.name
        scratch.mkdir(exist_ok=True)
        words = _words(subject, node)
        control, control_width = CONTROL
        lines = [f"mutate {fault.arguments} -module {module(node.name)} -ctrl {control} {control_width} {fault.number}"
                 for fault in found]
        (scratch / "base.il").write_text((folder / "base.il").read_text())
        yosys("\n".join(["read_rtlil base.il", *lines, f"hierarchy -top {module(node.name)}",
                         "write_verilog -noattr core.v"]), scratch)
        role = roles(ports, subject.core, node.name)
        parts = {name: port.width for name, port in role.items() if name.startswith("part")}
        in_width, width = role["i__payload"].width, sum(parts.values())
        wired = {"rst": "reset", "i__payload": "word", "i__valid": "offered", "i__ready": "taken", "o__valid": "given",
                 "o__ready": "warm ? noise[9] : o__ready"}
        connections = [f".{_escaped(port)}({wired.get(name, name)})" for name, port in role.items()]
        file = (scratch / "words.hex").resolve()
        file.write_text("\n".join(f"{payload_bits:x}" for payload_bits in _raw(subject, node, words)) + "\n")
        verilog = scratch / "unit.v"
        verilog.write_text(SHELL.format(
            out_bit=width - 1, in_bit=in_width - 1, last=len(words) - 1, setting=SETTING, words=file,
            module=module(node.name), control=control, top_bit=control_width - 1, parts=", ".join(parts),
            wires="\n".join(f"    wire [{bits - 1}:0] {name};" for name, bits in parts.items()),
            connections=", ".join(connections))
            + (scratch / "core.v").read_text())
        program = compiled(verilog, "unit", cache, replace(STREAMING, verilator_flags=("-Wno-UNOPTFLAT",)))
        due = [expected(node.core, words, *(always if pattern == ALWAYS else pattern
                                            for pattern in (check.gap, check.stall))) for check in CHECKS]
        return cls(program, len(words), width, due)

    def killed_by(self, number: int) -> str:
        """The first check that tells the core with fault ``number`` (0: none) from the golden model; empty: none."""
        for check, (inputs, outputs) in zip(CHECKS, self.due, strict=True):
            Path(SETTING).write_text(f"{number:x}\n{check.warm_up:x}\n")
            command = [self.program, self.words, len(outputs), PATIENCE, "inputs", *check.gap.code, *check.stall.code,
                       ".", "", 0, 0, 1]
            done = subprocess.run([str(part) for part in command], input=bytes(self.words), capture_output=True,
                                  check=False)
            moved = (np.fromfile("inputs", "<i8") - check.warm_up).tolist()
            given = [(int(cycle) - check.warm_up, int.from_bytes(bits.tobytes(), "little"))
                     for cycle, bits in np.frombuffer(done.stdout, transfer(self.width))]
            if done.returncode or (moved, given) != (inputs, outputs):
                return f"core by itself, {check.name}"
        return ""


def _escaped(port: Port) -> str:
    return f"{port.name} "


def _words(subject: Subject, node: Node) -> list[tuple[int, ...]]:
    """Input words of the core when the images are streamed, then random words that are possible there."""
    core, images = subject.core, subject.images
    pixels = images.reshape(len(images), -1).tolist()
    names = [each.name for each in core.nodes]
    at = names.index(node.name)
    if at == 0:
        return [(pixel,) for image in pixels for pixel in image]
    words = list(payload.borders(core.nodes, pixels)[names[at - 1]])
    rng = random.Random(0)
    rounds = max(1, RANDOM // len(words))
    return words + [tuple(_number(rng, node.core, place) for place in range(len(word))) for word in words * rounds]


def _number(rng: random.Random, core: cores.Core, place: int) -> int:
    """A random number of an input word that leaves V in its range: a spike time, n(t), or V and whether it fired."""
    if isinstance(core, cores.NeuronCore):
        most = core.input_bound // core.bit_planes
        return rng.randint(-most, most)
    if isinstance(core, cores.Readout):
        high = (1 << core.membrane_width - 1) - 1
        return int(rng.random() < 0.3) if place % 2 else rng.randint(*rng.choice([(-3, 3), (-9, 9), (-high, high)]))
    return rng.randint(0, core.bit_planes)


def _raw(subject: Subject, node: Node, words: list[tuple[int, ...]]) -> list[int]:
    nodes = subject.core.nodes
    at = [each.name for each in nodes].index(node.name)
    return [pixel for pixel, in words] if at == 0 else [wires.bits(nodes[at - 1].core, each) for each in words]
