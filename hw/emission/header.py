"""C header of the registers of a core behind a bus."""

from typing import Any

HEADER = """\
/* {description}
 * Registers of the core {top}, of 32 bits each: addresses in bytes from the core's base. */
#ifndef {guard}
#define {guard}

{rows}
{load}
#endif
"""
LOAD = """
#include <stdint.h>

/* Give the core another network, by the words of a file that binspike load --core --out writes. 0: the core has it;
 * -1: they are of another layout, and nothing was done; -2: they are damaged, and there is no network. */
static inline int {top}_load(volatile uint32_t *base, const uint32_t *words, uint32_t count)
{{
    if (words[0] != base[{macro}_LAYOUT / 4])
        return -1;
    base[{macro}_LOAD_BEGIN / 4] = words[0];
    for (uint32_t at = 1; at < count; at++) {{
        while (!(base[{macro}_LOAD_STATUS / 4] & 1))
            ;
        base[{macro}_LOAD / 4] = words[at];
    }}
    while (!(base[{macro}_LOAD_STATUS / 4] & 1))
        ;
    return base[{macro}_LOAD_STATUS / 4] & 2 ? -2 : 0;
}}
"""


def header(design: dict[str, Any], description: str) -> str:
    """Text of a C header with the address of each register, its meaning, and a function that loads another network.

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
    load = LOAD.format(top=design["top"], macro=top) if "layout" in design else ""
    return HEADER.format(description=description, top=design["top"], guard=f"{top}_H", rows="\n".join(rows), load=load)
