"""Description of an emitted core for the package manager FuseSoC."""

import re

CORE = """\
CAPI=2:
name: "::{top}:{version}"
description: "{description}"

filesets:
  rtl:
    files: ["{top}.v"]
    file_type: verilogSource-2005
  waivers:
    files: ["{top}.vlt"]
    file_type: vlt

targets:
  default:
    filesets: ["tool_verilator? (waivers)", rtl]
    toplevel: "{top}"
  lint:
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
    filesets: [waivers, rtl]
    toplevel: "{top}"
"""


def core_file(top: str, version: str, description: str) -> str:
    """Text of a ``.core`` file, of the format CAPI2: the Verilog, and a target ``lint`` with all warnings of Verilator.

    Parameters
    ----------
    top, version : str
        Name and version of the core.
    description : str
        One line without quotes.
    """
    return CORE.format(top=top, version=_number(version), description=description)


def _number(version: str) -> str:
    """The numbers that a version begins with, which are all that FuseSoC takes."""
    match = re.match(r"\d+(\.\d+)*", version)
    if match is None:
        raise ValueError(f"version must begin with a number, not {version!r}")
    return match[0]
