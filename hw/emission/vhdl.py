"""VHDL-93 package with the component declaration of an emitted core, for tools that take VHDL and Verilog together."""

import re
from typing import Any

from .result import slices

RESERVED = frozenset("""\
abs access after alias all and architecture array assert attribute begin block body buffer bus case component
configuration constant disconnect downto else elsif end entity exit file for function generate generic group guarded if
impure in inertial inout is label library linkage literal loop map mod nand new next nor not null of on open or others
out package port postponed procedure process pure range record register reject rem report return rol ror select severity
shared signal sla sll sra srl subtype then to transport type unaffected units until use variable wait when while with
xnor xor""".split())  # of IEEE 1076-1993
_BASIC = re.compile(r"[a-z](_?[a-z0-9])*")
_EXAMPLE = {"i__payload": "pixel", "i__valid": "pixel_valid", "i__ready": "pixel_ready",
            "o__payload": "result", "o__valid": "result_valid", "o__ready": "result_ready"}

PACKAGE = """\
-- {description}
-- Component declaration of the Verilog module {top}, for tools that take both languages.
library ieee;
use ieee.std_logic_1164.all;

package {package} is
    component {component} is
        port (
            {ports}
        );
    end component;
end package;

-- Instance, in an architecture that begins after "use work.{package}.all;". Reset is synchronous.
-- Pixels come in the order row, column, channel.
--
{comment}
"""


def identifier(name: str) -> str:
    r"""``name`` in VHDL, with its case: as it is, or extended (``\name\``) where that is no basic identifier."""
    return name if _BASIC.fullmatch(name) and name not in RESERVED else "\\" + name + "\\"


def kind(width: int) -> str:
    """Type of a port of so many bits."""
    return "std_logic" if width == 1 else vector(width)


def vector(width: int) -> str:
    """Type of an array of so many bits."""
    return f"std_logic_vector({width - 1} downto 0)"


def package(design: dict[str, Any], description: str) -> str:
    """Text of the package ``<top>_pkg``, with an instance as comment, which takes the result apart if there is one.

    Parameters
    ----------
    design : dict
        Port manifest, as by `hw.emit.manifest`.
    description : str
        One line.
    """
    ports, fields = design["ports"], slices(design)
    declared = [f"{identifier(name)} : {port['direction'].removesuffix('put')} {kind(port['width'])}"
                for name, port in ports.items()]
    connected = [f"{identifier(name)} => {_EXAMPLE.get(name, name)}" for name in ports]
    whole = [("result", 0, ports["o__payload"]["width"] - 1)] if fields else []
    signals = [f"signal {name} : {vector(high - low + 1)};" for name, low, high in [*whole, *fields]]
    taken = [*(f"{name} <= result({high} downto {low});" for name, low, high in fields),
             *(_numbers(field) for field in design["result"] if field["length"])]
    instance = [f"core : {identifier(design['top'])}", "    port map (",
                *(f"        {line}," for line in connected[:-1]), f"        {connected[-1]}", "    );"]
    comment = [*signals, "", *instance, *taken] if fields else instance
    return PACKAGE.format(
        description=description, top=design["top"], package=identifier(f"{design['top']}_pkg"),
        component=identifier(design["top"]), ports=";\n            ".join(declared),
        comment="\n".join(f"--     {line}".rstrip() for line in comment))


def _numbers(field: dict[str, Any]) -> str:
    name, width = field["name"], field["width"]
    number = "signed" if field["signed"] else "unsigned"
    return f"-- number k of {name}: {number}({name}({width} * k + {width - 1} downto {width} * k))"
