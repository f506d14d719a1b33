"""Waivers of Verilator's warnings about an emitted core."""

from collections.abc import Iterator

REASONS = {
    "CASEINCOMPLETE": "Each variable is given a value before its case statement, which lists the other values.",
    "DECLFILENAME": "All modules are in one file, which is named by the top module.",
    "PROCASSINIT": "Registers have their reset value from power-up, by their declaration.",
    "SYNCASYNCNET": "Between clock domains a reset is passed on by a synchroniser, which sees it without its clock.",
    "UNUSEDSIGNAL": "Fields of words, which waveforms show, and carries of sums have names even if nothing reads them.",
    "WIDTHEXPAND": "Operands of different widths are extended, with sign or zero, as Verilog does and as is meant.",
    "WIDTHTRUNC": "Of a shifted word the lowest bits are meant, of a word as truth value that it is not 0.",
}


def waivers(top: str) -> str:
    """Verilator configuration, with which ``verilator -Wall`` says nothing of ``<top>.v``; rules with reasons."""
    return "\n".join(["`verilator_config", f"// Warnings about {top}.v that are no faults", *_rules(top), ""])


def _rules(top: str) -> Iterator[str]:
    for rule, reason in REASONS.items():
        yield f"\n// {reason}"
        for path in (f"{top}.v", f"*/{top}.v"):  # and no file whose name ends so
            yield f'lint_off -rule {rule} -file "{path}"'
