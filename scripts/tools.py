"""Starts each FPGA tool once, which compiles it on first use, and prints what will be used."""

from hw import families
from hw.bitstream.toolchain import versions

for name, version in versions(list(families.tools())).items():
    print(f"   {name:22}{version}")
