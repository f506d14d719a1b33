"""Compiled simulation of emitted Verilog, by Verilator."""
