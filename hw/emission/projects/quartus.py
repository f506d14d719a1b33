"""Quartus: a project of which all ports are virtual pins."""

from .project import NOTE, PROJECTS, Design, Project, constraints

SCRIPT = """\
# {description}
# {note}
#
# quartus_sh -t {top}_quartus.tcl              a project
# quartus_sh -t {top}_quartus.tcl compile      and ALMs and timing of the core alone
package require ::quartus::project
set here [file dirname [file normalize [info script]]]
cd $here
project_new {top} -overwrite
set_global_assignment -name FAMILY "{family}"
set_global_assignment -name DEVICE {part}
set_global_assignment -name TOP_LEVEL_ENTITY {top}
set_global_assignment -name VERILOG_FILE {top}.v
set_global_assignment -name VERILOG_INPUT_VERSION VERILOG_2001
set_global_assignment -name SDC_FILE {top}.sdc
foreach port {{{ports}}} {{
    set_instance_assignment -name VIRTUAL_PIN ON -to $port
}}
export_assignments
if {{[llength $quartus(args)] && [lindex $quartus(args) 0] eq "compile"}} {{
    package require ::quartus::flow
    execute_flow -compile
}}
project_close
"""
FAMILIES = {"5C": "Cyclone V", "10C": "Cyclone 10 LP", "10M": "MAX 10", "5A": "Arria V", "10A": "Arria 10"}


def family(part: str) -> str:
    """Family of a part.

    Raises
    ------
    ValueError
        It is of none that is known.
    """
    found = next((name for start, name in FAMILIES.items() if part.upper().startswith(start)), None)
    if found is None:
        raise ValueError(f"part for Quartus must begin with {', '.join(FAMILIES)}, not {part!r}")
    return found


def _files(design: Design) -> dict[str, str]:
    ports = " ".join(port if width == 1 else f"{port}[*]" for port, width in design.ports.items() if port != "aclk")
    script = SCRIPT.format(top=design.top, part=design.part, family=family(design.part), note=NOTE, ports=ports,
                           description=design.description)
    return {f"{design.top}_quartus.tcl": script, f"{design.top}.sdc": constraints(design)}


PROJECTS["quartus"] = Project(
    title="Quartus (Altera)", files=_files, synthesis=("synth_intel_alm -family cyclonev",),
    parts={"de10-nano": "5CSEBA6U23I7", "de0-cv": "5CEBA4F23C7", "de1-soc": "5CSEMA5F31C6"})
