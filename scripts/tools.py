"""Starts each FPGA tool once, which compiles it on first use, and prints what will be used."""

from hw import families
from hw.bitstream.toolchain import installed, versions

tools = {tool.name: tool for family in families.FAMILIES.values() if installed(family) for tool in family.tools}
for name, version in versions(list(tools)).items():
    print(f"   {name:26}{version}")
