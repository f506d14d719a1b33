"""Starts each FPGA tool once, which compiles it on first use, and prints what will be used."""

from hw.bitstream.toolchain import VERSION_FLAGS, versions

for name, version in versions(list(VERSION_FLAGS)).items():
    print(f"   {name:22}{version}")
