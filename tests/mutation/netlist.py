"""Faults in an emitted design: Yosys makes them, and one netlist holds them all, chosen by a number in a file.

Yosys' ``mutate`` inverts a bit of a cell's port, ties it, or inverts it while another bit of the port is 0 or 1. With a
control input each fault is dormant until the input has its number, so a design is compiled once for all its faults.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from hw.accelerator import Accelerator
from hw.bitstream import toolchain
from hw.emit import TOP, manifest, to_rtlil

INNER = f"{TOP}_mutated"
CONTROL = ("mutsel", 16)
SETTING = "setting.hex"  # read from the working directory: number of the fault (0: none), cycles before a reset
CLOCKS = ("CLK", "RD_CLK", "WR_CLK")  # no faults there: a clock comes from outside, and no cell drives it

# Checks go, or a fault in a check would count; wires get short names that mean the same in every run.
PREPARE = """\
read_rtlil design.il
hierarchy -top {top}
proc
delete t:$check t:$print
setattr -mod -set keep_hierarchy 1 {modules}
flatten
opt
wreduce
opt
rename -enumerate
write_rtlil base.il
"""
PLANT = """\
read_rtlil base.il
script faults.ys
rename {top} {inner}
write_verilog -noattr design.v
"""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A tool-made fault in one core of a design.

    Parameters
    ----------
    number : int
        Number that selects the fault; 1 or more.
    core : str
        Name of the core in the chain.
    mode : str
        inv, const0, const1, cnot0 or cnot1.
    arguments : str
        Options of ``mutate``, without the module and the control input.
    place : str
        Cell type, port and bit in words.
    """

    number: int
    core: str
    mode: str
    arguments: str
    place: str


def module(core: str) -> str:
    """Name of a core's module in the netlist."""
    return f"{TOP}.{core}"


def yosys(script: str, folder: Path) -> str:
    """Run a script of Yosys commands inside ``folder``; return what it printed.

    Raises
    ------
    RuntimeError
        Yosys stopped with an error.
    """
    (folder / "script.ys").write_text(script)
    status, output = toolchain.run("yosys", ["-s", "script.ys"], folder)
    if status:
        raise RuntimeError(f"yosys failed with status {status}: {output[-2000:]}")
    return output


def prepare(core: Accelerator, folder: Path) -> str:
    """Write the netlist ``base.il`` into ``folder``, one flat module a core; return its text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "design.il").write_text(to_rtlil(core))
    yosys(PREPARE.format(top=TOP, modules=" ".join(module(node.name) for node in core.nodes)), folder)
    return (folder / "base.il").read_text()


def faults(core: Accelerator, folder: Path, count: int, seed: int = 1) -> list[Fault]:
    """Let Yosys choose about ``count`` faults in each core of the netlist ``base.il``.

    None is in a clock or in the constants of a memory: Verilog cannot say the first cleanly and the second at all.
    """
    names = [node.name for node in core.nodes]
    yosys("read_rtlil base.il\n" + "\n".join(
        f"mutate -list {count} -seed {seed} -module {module(name)} -o {name}.txt" for name in names), folder)
    kinds = _cell_types((folder / "base.il").read_text())
    found: list[Fault] = []
    for name in names:
        for line in (folder / f"{name}.txt").read_text().splitlines():
            words = line.replace("\\", "").split()
            options = dict(zip(words[1::2], words[2::2], strict=True))
            kind = kinds[module(name), options["-cell"]]
            if options["-port"] not in CLOCKS and not kind.startswith("$meminit"):
                arguments = " ".join(f"{option} {options[option]}" for option in
                                     ("-mode", "-cell", "-port", "-portbit", "-ctrlbit") if option in options)
                place = f"{kind} {options['-cell']}.{options['-port']}[{options['-portbit']}]"
                if wire := options.get("-wire"):
                    place += f" {wire}[{options['-wirebit']}]"
                found.append(Fault(number=len(found) + 1, core=name, mode=options["-mode"], arguments=arguments,
                                   place=place))
    return found


def _cell_types(text: str) -> dict[tuple[str, str], str]:
    """Type of each cell by module and name."""
    types, inside = {}, ""
    for line in text.splitlines():
        if line.startswith("module "):
            inside = line.removeprefix("module ").lstrip("\\")
        elif match := re.fullmatch(r"  cell (\S+) (\S+)", line):
            types[inside, match[2].lstrip("\\")] = match[1]
    return types


def plant(core: Accelerator, found: list[Fault], folder: Path) -> Path:
    """Write Verilog with all faults, and with the ports of ``core``; return its path."""
    name, width = CONTROL
    (folder / "faults.ys").write_text("\n".join(
        f"mutate {fault.arguments} -module {module(fault.core)} -ctrl {name} {width} {fault.number}"
        for fault in found) + "\n")
    yosys(PLANT.format(top=TOP, inner=INNER), folder)
    path = folder / f"{TOP}.v"
    path.write_text(wrapper(core) + (folder / "design.v").read_text())
    return path


WRAPPER = """\
// Before a reset at its end, a warm-up streams noise through the design while the outside sees nothing move.
module {top} (
{ports}
);
    reg [31:0] setting [0:1];
    initial $readmemh("{setting}", setting);
    reg [31:0] left = 0, noise = 1;
    wire warm = !rst && left != 0;
    wire taken;
{outputs}
    assign i__ready = taken && !warm;
    always @(posedge clk) begin
        noise <= {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}};
        left <= rst ? setting[1] : left - warm;
    end
    reg [7:0] word = 0;
    always @(posedge clk) if (taken) word <= noise[7:0];
    {inner} inner (.clk(clk), .rst(rst || left == 1), .{control}(setting[0][{top_bit}:0]),
        .i__payload(warm ? word : i__payload), .i__valid(warm || i__valid), .i__ready(taken),
        .o__ready(warm ? noise[9] : o__ready), {connections});
endmodule
"""


def wrapper(core: Accelerator) -> str:
    """A module with the ports of ``core``, which reads its `SETTING` and holds the design with the faults."""
    ports = manifest(core)["ports"]
    declared = ",\n".join(f"    {port['direction']} [{port['width'] - 1}:0] {name}" for name, port in ports.items())
    outputs = [name for name, port in ports.items() if port["direction"] == "output" and name != "i__ready"]
    lines, connections = [], []
    for name in outputs:
        if name.endswith("__valid"):
            lines.append(f"    wire {name}_inner;\n    assign {name} = {name}_inner && !warm;")
            connections.append(f".{name}({name}_inner)")
        else:
            connections.append(f".{name}({name})")
    return WRAPPER.format(top=TOP, ports=declared, setting=SETTING, outputs="\n".join(lines), inner=INNER,
                          control=CONTROL[0], top_bit=CONTROL[1] - 1, connections=", ".join(connections))
