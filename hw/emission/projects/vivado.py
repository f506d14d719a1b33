"""Vivado: a project, an IP for its block designs, and an overlay for PYNQ."""

import json
from importlib import resources

from .project import NOTE, PROJECTS, Design, Project, constraints

SCRIPT = """\
# {description}
# {note}
#
# vivado -mode batch -source {top}_vivado.tcl                         a project
# vivado -mode batch -source {top}_vivado.tcl -tclargs synth          and LUTs and timing of the core alone
# vivado -mode batch -source {top}_vivado.tcl -tclargs ip             an IP with AXI4-Stream, in the folder ip
# vivado -mode batch -source {top}_vivado.tcl -tclargs overlay        and around it a Zynq with DMA, as PYNQ loads it
set here [file dirname [file normalize [info script]]]
set part {part}
set step [expr {{[llength $argv] ? [lindex $argv 0] : "project"}}]
if {{$step ni {{project synth ip overlay}}}} {{
    error "step must be project, synth, ip or overlay, not $step"
}}

create_project {top} [file join $here {top}_vivado] -part $part -force
add_files -norecurse [list [file join $here {top}.v]]
add_files -norecurse -fileset constrs_1 [list [file join $here {top}.xdc]]
set_property used_in_synthesis false [get_files {top}.xdc]
set_property top {top} [current_fileset]
update_compile_order -fileset sources_1

if {{$step eq "synth"}} {{
    synth_design -top {top} -part $part -mode out_of_context
    report_utilization -file [file join $here {top}_utilization.rpt]
    report_timing_summary -file [file join $here {top}_timing.rpt]
}}

if {{$step in {{ip overlay}}}} {{
    ipx::package_project -root_dir [file join $here ip] -vendor binspike -library user -taxonomy /UserIP \\
        -import_files -set_current true -force
    set core [ipx::current_core]
    set_property name {top} $core
    set_property version {version} $core
    set_property display_name {top} $core
    set_property description {{{description}}} $core
    foreach bus {{s_axis m_axis s_axil}} {{
        ipx::associate_bus_interfaces -busif $bus -clock aclk $core
    }}
    ipx::associate_bus_interfaces -clock aclk -reset aresetn $core
    ipx::create_xgui_files $core
    ipx::update_checksums $core
    ipx::check_integrity $core
    ipx::save_core $core
}}

if {{$step eq "overlay"}} {{
    set_property ip_repo_paths [list [file join $here ip]] [current_project]
    update_ip_catalog
    create_bd_design overlay
    create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps
    apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \\
        -config {{make_external "FIXED_IO, DDR"}} [get_bd_cells ps]
    set_property -dict [list CONFIG.PCW_USE_S_AXI_HP0 1 CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ {clock_mhz}] \\
        [get_bd_cells ps]
    create_bd_cell -type ip -vlnv xilinx.com:ip:axi_dma dma
    set_property -dict [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 26 \\
        CONFIG.c_m_axis_mm2s_tdata_width 8 CONFIG.c_mm2s_burst_size 256] [get_bd_cells dma]
    create_bd_cell -type ip -vlnv binspike:user:{top}:{version} core
    connect_bd_intf_net [get_bd_intf_pins dma/M_AXIS_MM2S] [get_bd_intf_pins core/s_axis]
    connect_bd_intf_net [get_bd_intf_pins core/m_axis] [get_bd_intf_pins dma/S_AXIS_S2MM]
    foreach slave {{dma/S_AXI_LITE core/s_axil}} {{
        apply_bd_automation -rule xilinx.com:bd_rule:axi4 \\
            -config [list Master /ps/M_AXI_GP0 Clk Auto] [get_bd_intf_pins $slave]
    }}
    foreach master {{dma/M_AXI_MM2S dma/M_AXI_S2MM}} {{
        apply_bd_automation -rule xilinx.com:bd_rule:axi4 \\
            -config [list Master /$master Slave /ps/S_AXI_HP0 Clk Auto] [get_bd_intf_pins ps/S_AXI_HP0]
    }}
    validate_bd_design
    save_bd_design
    set wrapper [make_wrapper -files [get_files overlay.bd] -top]
    add_files -norecurse $wrapper
    set_property top overlay_wrapper [current_fileset]
    launch_runs impl_1 -to_step write_bitstream -jobs 4
    wait_on_run impl_1
    set made [file join $here {top}_vivado {top}.runs impl_1 overlay_wrapper.bit]
    file copy -force $made [file join $here {top}.bit]
    set handoff [glob [file join $here {top}_vivado {top}.gen sources_1 bd overlay hw_handoff overlay.hwh]]
    file copy -force [lindex $handoff 0] [file join $here {top}.hwh]
}}
"""


def _files(design: Design) -> dict[str, str]:
    script = SCRIPT.format(top=design.top, part=design.part, version=design.version, description=design.description,
                           note=NOTE, clock_mhz=f"{design.clock_mhz:g}")
    driver = resources.files("hw.emission.projects") / "binspike_pynq.txt"  # a program of its own
    return {f"{design.top}_vivado.tcl": script, f"{design.top}.xdc": constraints(design),
            f"{design.top}.json": json.dumps(design.about, indent=2) + "\n",
            "binspike_pynq.py": driver.read_text(encoding="utf-8")}


PROJECTS["vivado"] = Project(
    title="Vivado (AMD)", files=_files, synthesis=("synth_xilinx -family xc7", "synth_xilinx -family xcup"),
    parts={"pynq-z2": "xc7z020clg400-1", "pynq-z1": "xc7z020clg400-1", "arty-a7": "xc7a35ticsg324-1L",
           "basys3": "xc7a35tcpg236-1", "kria-k26": "xck26-sfvc784-2LV-c"})
