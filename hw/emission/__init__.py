"""Files beside the emitted Verilog, by which other languages and tools take the core; each is text of its port manifest."""
