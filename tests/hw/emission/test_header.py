import ctypes
import subprocess

from hw.buses.registers import table
from hw.emission.header import header

DESIGN = {"top": "eye", "registers": [{"name": "MAGIC", "address": 0, "access": "r", "meaning": "who"},
                                      {"name": "LAST", "address": 92, "access": "w", "meaning": "the end"}]}


def test_every_register_has_its_address_and_meaning():
    assert header(DESIGN, "a network") == """\
/* a network
 * Registers of the core eye, of 32 bits each: addresses in bytes from the core's base. */
#ifndef EYE_H
#define EYE_H

/* r: who */
#define EYE_MAGIC 0x00
/* w: the end */
#define EYE_LAST 0x5c

#endif
"""


SIMULATED = """\
#include "eye.h"

int load(volatile uint32_t *base, const uint32_t *words, uint32_t count) { return eye_load(base, words, count); }
"""


def loads(folder, words, layout, status):
    """What the function in the header gives, and LOAD_BEGIN and LOAD behind it, of registers that are memory."""
    rows = table(window=False, reload=True)
    at = {row.name: row.address // 4 for row in rows}
    design = {"top": "eye", "layout": "", "registers": [vars(row) for row in rows]}
    (folder / "eye.h").write_text(header(design, "a network"))
    (folder / "load.c").write_text(SIMULATED)
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", "load.so", "load.c"],
                   cwd=folder, check=True)
    registers = (ctypes.c_uint32 * 32)()
    registers[at["LAYOUT"]], registers[at["LOAD_STATUS"]] = layout, status
    given = ctypes.CDLL(folder / "load.so").load(registers, (ctypes.c_uint32 * len(words))(*words), len(words))
    return given, registers[at["LOAD_BEGIN"]], registers[at["LOAD"]]


def test_another_network_is_loaded_in_c(tmp_path):
    assert loads(tmp_path, [77, 1, 2], layout=77, status=1) == (0, 77, 2)


def test_a_load_of_another_layout_is_refused_in_c(tmp_path):
    assert loads(tmp_path, [77, 1, 2], layout=78, status=1) == (-1, 0, 0)


def test_a_load_that_is_damaged_is_told_in_c(tmp_path):
    assert loads(tmp_path, [77, 1, 2], layout=77, status=3) == (-2, 77, 2)
