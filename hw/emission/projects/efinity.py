"""Efinity: a project file, which is XML; Efinity takes no Tcl for it."""

from xml.sax.saxutils import quoteattr

from .project import NOTE, PROJECTS, Design, Project, constraints

PROJECT = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- {description}
     {note}

     efx_run.py {top}.xml -f map      LUTs of the core alone
-->
<efx:project name={top} description={description_attribute} xmlns:efx="http://www.efinixinc.com/enf_proj">
    <efx:device_info>
        <efx:family name={family}/>
        <efx:device name={part}/>
        <efx:timing_model name={timing}/>
    </efx:device_info>
    <efx:design_info def_veri_version="verilog_2k" def_vhdl_version="vhdl_2008">
        <efx:top_module name={top}/>
        <efx:design_file name={source} version="default" library="default"/>
    </efx:design_info>
    <efx:constraint_info>
        <efx:sdc_file name={sdc}/>
    </efx:constraint_info>
    <efx:synthesis tool_name="efx_map">
        <efx:param name="mode" value="speed" value_type="e_option"/>
    </efx:synthesis>
</efx:project>
"""
FAMILIES = {"TI": ("Titanium", "C3"), "T": ("Trion", "C4")}


def _files(design: Design) -> dict[str, str]:
    found = next((kind for start, kind in FAMILIES.items() if design.part.upper().startswith(start)), None)
    if found is None:
        raise ValueError(f"part for Efinity must begin with {', '.join(FAMILIES)}, not {design.part!r}")
    values = {"top": design.top, "family": found[0], "part": design.part, "timing": found[1],
              "source": f"{design.top}.v", "sdc": f"{design.top}.sdc", "description_attribute": design.description}
    text = PROJECT.format(note=NOTE, description=design.description,
                          **{name: quoteattr(value) for name, value in values.items()})
    return {f"{design.top}.xml": text.replace(f'efx_run.py "{design.top}".xml', f"efx_run.py {design.top}.xml"),
            f"{design.top}.sdc": constraints(design)}


PROJECTS["efinity"] = Project(
    title="Efinity (Efinix)", files=_files, synthesis=("synth_efinix",),
    parts={"trion-t20": "T20F256", "xyloni": "T8F81", "titanium-ti60": "Ti60F225"})
