"""Proof that a fault changes nothing: the sound core and the faulty one side by side, in every reachable state.

Both get the same stream, and their handshakes and (while valid) payloads must be equal in every cycle, with any stalls
and any resets. ABC's PDR (property-directed reachability) proves that from the first reset on, whatever both held
before it, or gives an input that tells the two apart. The stream comes either from anywhere, bound only by the stream
contract and the range of spike times, or through the sound cores in front of the faulty one, which also bounds sums and
potentials.
"""

import re
import time
from pathlib import Path

from hw.accelerator import Accelerator
from hw.bitstream import toolchain
from hw.emit import TOP
from quant.dataflow import cores
from tests.mutation.aiger import Graph, candidates, literal
from tests.mutation.netlist import Fault, module, yosys
from tests.mutation.ports import Port, block, ports, roles

CYCLES = 150  # of random runs

PROVE = """\
read_rtlil {top}.il
copy {core} faulty
mutate {arguments} -module faulty
setattr -unset init */w:*
delete {cut}
setattr -mod -unset keep_hierarchy *
setundef -undriven -anyseq {top}
read_verilog -formal miter.v
prep -flatten -top miter
memory_map
setundef -anyseq
async2sync
dffunmap
chformal -lower
opt -nodffe -nosdff
techmap
opt -nodffe -nosdff
aigmap
opt_clean
write_aiger -ascii -symbols miter.aag
"""
# ABC runs inside Yosys here, which hides what it prints: the status goes to a file
ABC = """\
read_blif ./miter.blif
strash
scorr
write_blif strashed.blif
pdr -T {seconds}
write_status status.txt
"""
START = "read_verilog any.v\nsimplemap\nabc -script abc.script\n"
ANY = "module any(input a, input b, output y); assign y = a & b; endmodule\n"

MITER = """\
module miter(input clk, input rst, input [7:0] pixel, input pixel_valid, input result_ready);
{wires}
    {top} design (.clk(clk), .rst(rst), .i__payload(pixel), .i__valid(pixel_valid), .o__ready(result_ready),
        {connections});
    reg started = 0;
    reg stalled = 0;
    reg [{bits}:0] word = 0;
    always @(posedge clk) begin
        started <= 1;
        stalled <= source_valid && !source_ready && !rst;
        word <= source_payload;
    end
    always @* begin
        if (!started) assume (rst);
        if (stalled) assume (source_valid && source_payload == word);
        if (source_valid) assume ({legal});
        assert (!started || sound_i__ready == faulty_i__ready && sound_o__valid == faulty_o__valid
            && (!sound_o__valid || {{{sound}}} == {{{faulty}}}));
    end
endmodule
"""


def prove(core: Accelerator, base: str, fault: Fault, folder: Path, *, upstream: int, seconds: int) -> bool | None:
    """Prove that ``fault`` changes nothing at the borders of its core.

    Parameters
    ----------
    base : str
        Text of the netlist ``base.il``.
    upstream : int
        Sound cores in front; as many as there are, if there are fewer.
    seconds : int
        Time for PDR.

    Returns
    -------
    bool or None
        False: PDR found an input that tells the faulty core from the sound one; None: it found neither in time.
    """
    names = [node.name for node in core.nodes]
    at = names.index(fault.core)
    first = max(0, at - upstream)
    folder.mkdir(parents=True, exist_ok=True)
    found = ports(base, fault.core)
    outputs = {port: name for name, port in roles(found, core, fault.core).items() if port.output}
    (folder / f"{TOP}.il").write_text(_doubled(base, found, outputs))
    (folder / "miter.v").write_text(_miter(core, first, outputs))
    cut = [f"{TOP}/{name}" for name in names[:first] + names[at + 1:]]
    yosys(PROVE.format(top=TOP, core=module(fault.core), arguments=fault.arguments,
                       cut=" ".join(cut) or "t:nothing"), folder)
    sides = (f"design.{fault.core}.", "design.faulty.")
    graph = Graph.read(folder / "miter.aag", sides)
    same = candidates(graph, sides, CYCLES)
    return refuted_or_proven(graph, same, folder, seconds)


def refuted_or_proven(graph: Graph, same: dict[int, int], folder: Path, seconds: int) -> bool | None:
    """Prove that ``graph.bad`` stays 0 for ever: True, False, or None if that is not known after ``seconds``.

    The registers ``same`` are taken for equal to others, which is part of what is then proven:
    a run of the reduced graph in which one pair parts splits that pair; one in which none does is a run of ``graph``.
    """
    end = time.monotonic() + seconds
    while (left := int(end - time.monotonic())) > 0:
        reduced, differs = graph.merged(same)
        result = _pdr(reduced.blif([reduced.bad, *differs.values()]), folder, left)
        if not isinstance(result, list):
            return result
        values = _replay(reduced, result)
        parted = [latch for latch, lit in differs.items() if literal(values, lit) & 1]
        if not parted:
            return False
        for latch in parted:
            del same[latch]
    return None


def _pdr(blif: str, folder: Path, seconds: int) -> list[int] | bool | None:
    """True: proven; else the inputs, cycle by cycle, that refute it; None: neither in time."""
    (folder / "miter.blif").write_text(blif)
    (folder / "any.v").write_text(ANY)
    (folder / "abc.script").write_text(ABC.format(seconds=seconds))
    (folder / "start.ys").write_text(START)
    status = folder / "status.txt"
    status.unlink(missing_ok=True)
    _, output = toolchain.run("yosys", ["-s", "start.ys"], folder)  # its status is 1 whenever ABC was started
    if not status.exists():
        raise RuntimeError(f"no proof was tried: {output[-2000:]}")
    if re.search(r"^\.names bad\n(?! *1)", (folder / "strashed.blif").read_text(), re.M):
        return True  # constant, and PDR takes no constants
    words = status.read_text().split()
    if words[0] == "snl_SAT":
        return [int(bit) for bit in words[-1]]
    return True if words[0] == "snl_UNSAT" else None


def _replay(graph: Graph, inputs: list[int]) -> dict[int, int]:
    """All values in the last cycle of a run."""
    width = len(graph.inputs)
    state = dict(graph.init)
    values: dict[int, int] = {}
    for at in range(0, len(inputs), width):
        values = graph.evaluate(state | dict(zip(graph.inputs, inputs[at:at + width], strict=True)))
        state = {latch: literal(values, following) & 1 for latch, following in graph.latches.items()}
    return values


def _doubled(base: str, found: list[Port], outputs: dict[Port, str]) -> str:
    """The netlist with a cell of type ``faulty`` beside the core, and the outputs of both as ports."""
    wires, connects = [], []
    cell = ["  cell \\faulty \\faulty"]
    cell += [f"    connect {port.name} {port.signal}" for port in found if not port.output]
    for place, (port, name) in enumerate(outputs.items()):
        wires += [f"  wire width {port.width} output {1000 + 2 * place} \\sound_{name}",
                  f"  wire width {port.width} output {1001 + 2 * place} \\faulty_{name}"]
        connects.append(f"  connect \\sound_{name} {port.signal}")
        cell.append(f"    connect {port.name} \\faulty_{name}")
    top = block(base, TOP)
    extended = top.replace("\nend\n", "\n" + "\n".join([*wires, *cell, "  end", *connects]) + "\nend\n")
    return base.replace(top, extended)


def _miter(core: Accelerator, first: int, named: dict[Port, str]) -> str:
    outputs = [(name, port.width) for port, name in named.items()]
    wires = [f"    wire [{width - 1}:0] {side}_{name};" for name, width in outputs for side in ("sound", "faulty")]
    connections = [f".{side}_{name}({side}_{name})" for name, _ in outputs for side in ("sound", "faulty")]
    bits, legal = 8, "1"
    if first:
        source = core.nodes[first - 1]
        tap = f"tap_{source.name}"
        bits = len(getattr(core, tap).payload)
        legal = _legal(source.core, bits)
        connections += [f".{tap}__{part}(source_{part})" for part in ("payload", "valid", "ready")]
        wires += [f"    wire [{bits - 1}:0] source_payload;", "    wire source_valid, source_ready;"]
    else:
        connections.append(".i__ready(source_ready)")
        wires += ["    wire source_ready, source_valid = pixel_valid;", "    wire [7:0] source_payload = pixel;"]
    parts = [name for name, _ in outputs if name.startswith("part")]
    return MITER.format(top=TOP, wires="\n".join(wires), connections=",\n        ".join(connections), bits=bits - 1,
                        legal=legal, **{side: ", ".join(f"{side}_{name}" for name in parts)
                                        for side in ("sound", "faulty")})


def _legal(source: cores.Core, bits: int) -> str:
    """Condition for words at a border: spike times are at most ``bit_planes``; sums and potentials are left free."""
    if isinstance(source, cores.Synapses | cores.OutputNeurons):
        return "1"
    width = source.lane_width
    return " && ".join(f"source_payload[{at + width - 1}:{at}] <= {source.bit_planes}" for at in range(0, bits, width))
