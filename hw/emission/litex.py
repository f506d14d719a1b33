"""LiteX module around a core behind Wishbone."""

from typing import Any

MODULE = '''\
"""LiteX module of the core {top}: {description}.

    from {top} import {top}

    self.submodules.{top} = {top}(platform)
    self.bus.add_slave("{top}", self.{top}.bus, SoCRegion(size={size}, cached=False))

{top}.h has the addresses of its registers, from this region's base.
"""

from pathlib import Path

from litex.soc.interconnect import wishbone
from migen import ClockSignal, Instance, Module, ResetSignal


class {top}(Module):
    """The core as a peripheral of {size} bytes on the Wishbone ``bus``.

    Parameters
    ----------
    platform : LiteX platform
        Gets the core's Verilog, which lies beside this file.
    core_clock : str
        Clock domain of the core{crossing}.
    """

    size = {size}

    def __init__(self, platform, core_clock="sys"):
        self.bus = bus = wishbone.Interface(data_width=32, addressing="word")
        platform.add_source(str(Path(__file__).with_name("{top}.v")))
        self.specials += Instance(
            "{top}",
            i_clk=ClockSignal("sys"), i_rst=ResetSignal("sys"),{core_clk}
            i_wb_cyc=bus.cyc, i_wb_stb=bus.stb, i_wb_we=bus.we, i_wb_adr=bus.adr[:{bits}], i_wb_sel=bus.sel,
            i_wb_dat_w=bus.dat_w, o_wb_dat_r=bus.dat_r, o_wb_ack=bus.ack)
'''
LOAD = '''

def load(bus, base, data):
    """Give the core at address ``base`` another network.

    Parameters
    ----------
    bus : litex.RemoteClient
        Or whatever has ``read(address)`` and ``write(address, value)``.
    data : bytes
        Of a file that ``binspike load --core --out`` writes.

    Raises
    ------
    ValueError
        The data are for another layout, and nothing was done; or damaged, and there is no network.
    """
    words = [int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)]
    if words[0] != bus.read(base + {LAYOUT}):
        raise ValueError("network must have the shape of the core's, in its folding; emit a core of this one")
    bus.write(base + {LOAD_BEGIN}, words[0])
    for word in words[1:]:
        while not bus.read(base + {LOAD_STATUS}) & 1:
            pass
        bus.write(base + {LOAD}, word)
    while not (status := bus.read(base + {LOAD_STATUS})) & 1:
        pass
    if status & 2:
        raise ValueError("network must reach the core as it is; load it again")
'''


def module(design: dict[str, Any], description: str) -> str:
    """Text of a Python module with the LiteX module ``<top>``, and a function that loads another network.

    Parameters
    ----------
    design : dict
        Port manifest of a core behind Wishbone, as by `hw.buses.manifest.manifest`.
    description : str
        One line without quotes.
    """
    ports = design["ports"]
    crosses = "core_clk" in ports
    bits = ports["wb_adr"]["width"]
    addresses = {row["name"]: row["address"] for row in design.get("registers", ())}
    load = LOAD.format(**addresses) if "layout" in design else ""
    return MODULE.format(
        top=design["top"], description=description, bits=bits, size=4 << bits,
        crossing="" if crosses else "; the bus' own, since the core has no other",
        core_clk="\n            i_core_clk=ClockSignal(core_clock)," if crosses else "") + load
