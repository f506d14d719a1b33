"""``python -m tests.helpers.buses.litex.soc FOLDER NAME [DOMAIN]``: an SoC with the core NAME, emitted in FOLDER.

Writes FOLDER/generated/csr.h and mem.h; compiles FOLDER/firmware.c, which may include them, by the clang of ziglang;
writes the SoC's Verilog and FOLDER/sources, the paths of all Verilog files.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from litex.build.generic_platform import Pins, Subsignal
from litex.build.sim import SimPlatform
from litex.soc.integration import export
from litex.soc.integration.common import get_mem_data
from litex.soc.integration.soc import SoCRegion
from litex.soc.integration.soc_core import SoCCore
from migen import ClockDomain, Module

PINS = [
    ("sys_clk", 0, Pins(1)), ("sys_rst", 0, Pins(1)), ("core_clk", 0, Pins(1)),
    ("serial", 0, *(Subsignal(name, Pins(width)) for name, width in (
        ("source_valid", 1), ("source_ready", 1), ("source_data", 8),
        ("sink_valid", 1), ("sink_ready", 1), ("sink_data", 8))))]
HERE = Path(__file__).parent
COMPILER = [sys.executable, "-m", "ziglang", "cc", "-target", "riscv32-freestanding-none", "-mcpu=generic_rv32",
            "-Os", "-nostdlib", "-ffreestanding", "-fno-sanitize=all", "-Wall", "-Werror"]


class Clocks(Module):
    """Clocks and reset from the simulation's pins."""

    def __init__(self, platform):
        self.clock_domains.cd_sys = ClockDomain()
        self.clock_domains.cd_core = ClockDomain(reset_less=True)
        self.comb += [self.cd_sys.clk.eq(platform.request("sys_clk")), self.cd_sys.rst.eq(platform.request("sys_rst")),
                      self.cd_core.clk.eq(platform.request("core_clk"))]


def soc(platform, core):
    """A VexRiscv with ROM, RAM and UART, and the core at the beginning of its uncached region."""
    made = SoCCore(platform, int(1e6), cpu_type="vexriscv", cpu_variant="minimal", integrated_rom_size=0x8000,
                   integrated_sram_size=0x1000, uart_name="sim", with_timer=False, ident="")
    made.submodules.crg = Clocks(platform)
    made.submodules.core = core
    made.bus.add_slave("core", core.bus, SoCRegion(origin=0x80000000, size=core.size, cached=False))
    made.finalize()
    return made


def firmware(folder, made):
    """Words of the ROM."""
    generated = folder / "generated"
    generated.mkdir(exist_ok=True)
    (generated / "csr.h").write_text(export.get_csr_header(made.csr_regions, made.constants,
                                                           with_access_functions=False))
    (generated / "mem.h").write_text(export.get_mem_header(made.mem_regions))
    elf, binary = folder / "firmware.elf", folder / "firmware.bin"
    subprocess.run([*COMPILER, f"-I{folder}", f"-I{generated}", "-T", str(HERE / "firmware.ld"),
                    str(folder / "firmware.c"), "-o", str(elf)], check=True)
    subprocess.run([sys.executable, "-m", "ziglang", "objcopy", "-O", "binary", str(elf), str(binary)], check=True)
    return get_mem_data(str(binary), data_width=32, endianness="little")


def main(folder: Path, name: str, *clock: str) -> None:
    """Make everything; ``clock`` is the domain of the core, if it has one of its own."""
    sys.path.insert(0, str(folder))
    platform = SimPlatform("SIM", PINS)
    made = soc(platform, getattr(importlib.import_module(name), name)(platform, *clock))
    made.init_rom("rom", firmware(folder, made))
    fragment = made.get_fragment()
    platform.finalize(fragment)
    os.chdir(folder)  # memories' contents are written here, and read from here
    platform.get_verilog(fragment, name="sim").write("sim.v")
    (folder / "sources").write_text("\n".join([*(source[0] for source in platform.sources), "sim.v"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
