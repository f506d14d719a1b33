"""Files beside the emitted Verilog, by which other languages and tools take the core; texts made from its manifest."""
