"""Another network into a core behind AXI, over its AXI4-Lite registers, by the bus models of cocotbext-axi.

The environment's CASE names a JSON file: as `tests.cocotb.tb_axi` reads it, with ``others``, results of a second
network, ``loads`` of the second and the first, a load of a ``foreign`` layout, and both ``digests``.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import with_timeout
from cocotbext.axi import AxiResp

from .tb_axi import PATIENCE, Bench

READY, LOADING = 1, 2


async def written(bench: Bench, name: str, word: int) -> None:
    address, data = bench.case["addresses"][name], word.to_bytes(4, "little")
    assert (await bench.lite.write(address, data)).resp == AxiResp.OKAY


async def ready(bench: Bench) -> int:
    """LOAD_STATUS once a word can be written."""
    while not (status := await bench.register("LOAD_STATUS")) & READY:
        pass
    return status


async def load(bench: Bench, data: bytes) -> bool:
    """Whether the core has the network."""
    words = [int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)]
    await written(bench, "LOAD_BEGIN", words[0])
    for word in words[1:]:
        await with_timeout(ready(bench), PATIENCE, "ns")
        await written(bench, "LOAD", word)
    return not await with_timeout(ready(bench), PATIENCE, "ns") & LOADING


async def digest(bench: Bench) -> str:
    return "".join([f"{await bench.register(f'DIGEST{place}'):08x}" for place in range(8)])


async def expect(bench: Bench, results: list[list[int]]) -> None:
    for place, words in enumerate(results):
        assert await bench.receive() == (words, 0), f"result {place}"


@cocotb.test()
async def results_are_those_of_the_network_that_was_loaded(dut: Any) -> None:
    case = json.loads(Path(os.environ["CASE"]).read_text())
    bench = Bench(dut, case)
    there, back = (bytes.fromhex(data) for data in case["loads"])
    await bench.reset()
    bench.send()
    await expect(bench, case["results"])
    await load(bench, bytes.fromhex(case["foreign"]))
    assert await digest(bench) == case["digests"][0]
    bench.send()
    await expect(bench, case["results"])
    bench.send()
    assert await load(bench, there), "while images come"
    assert await digest(bench) == case["digests"][1]
    seen, due, others = [(await bench.receive())[0] for _ in case["results"]], case["results"], case["others"]
    assert any(seen == due[:place] + others[place:] for place in range(1, len(seen))), "some before, some behind"
    bench.send()
    await expect(bench, case["others"])
    await bench.reset()
    assert await digest(bench) == case["digests"][1]
    bench.send()
    await expect(bench, case["others"])
    await written(bench, "LOAD_BEGIN", int.from_bytes(back[:4], "little"))
    await bench.reset()
    assert await ready(bench) & LOADING
    assert not await load(bench, back[:-12] + bytes([back[-12] ^ 1]) + back[-11:])
    bench.send()
    assert await load(bench, back)
    await expect(bench, case["results"])
