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
