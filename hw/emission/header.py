"""C header of the registers of a core behind a bus."""

from typing import Any

HEADER = """\
/* {description}
 * Registers of the core {top}, of 32 bits each: addresses in bytes from the core's base. */
#ifndef {guard}
#define {guard}

{rows}

#endif
"""


def header(design: dict[str, Any], description: str) -> str:
    """Text of a C header with the address of each register, and its meaning.

    Parameters
    ----------
    design : dict
        Port manifest, as by `hw.buses.manifest.manifest`.
    description : str
        One line.
    """
    top = design["top"].upper()
    rows = [f"/* {row['access']}: {row['meaning']} */\n#define {top}_{row['name']} 0x{row['address']:02x}"
            for row in design["registers"]]
    return HEADER.format(description=description, top=design["top"], guard=f"{top}_H", rows="\n".join(rows))
