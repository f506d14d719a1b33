"""The clock that options of nextpnr reach, with one and the same netlist.

    python -m benchmarks.placement fashion-equilibrium "" "--placer-heap-timingweight 30" "--placer-heap-alpha 0.03"

synthesises the design of a network's reference build, or for ``--board`` at ``--fold``, once, places and routes it with
each text of options, in place of those of the family, and with each of ``--seeds`` seeds, and prints the frequency
before routing, as placement expects it, and after it, in MHz.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.peers import table
from hw.bitstream import boards, flow, toolchain
from hw.bitstream.folder import read_json
from hw.build import Job
from hw.top import Top, device
from verify.builds import reference

HEAD = ("options", "seed", "placed (MHz)", "routed (MHz)")
EXPECTED = re.compile(r"^\w+: Max frequency for clock\s+'[^']*': ([0-9.]+) MHz", re.MULTILINE)


def arguments(planned: Sequence[str], own: str, options: str, seed: int) -> list[str]:
    """Arguments of nextpnr with other options and another seed.

    Parameters
    ----------
    planned : sequence of str
        Of a build plan.
    own : str
        Options among them that are the family's.
    options : str
        What to take in place of these.
    """
    common, removed = list(planned), own.split()
    if removed:
        start = common.index(removed[0])
        del common[start:start + len(removed)]
    at = common.index("--seed") + 1
    return [*common[:at], str(seed), *common[at + 1:], "--timing-allow-fail", *options.split()]


def frequencies(log: str) -> list[float]:
    """Frequencies in MHz in nextpnr's log, which has the design's clock before and after routing."""
    return [float(found) for found in EXPECTED.findall(log)]


def routed(job: Job, asked: Sequence[str], seeds: Sequence[int]) -> list[tuple[str, ...]]:
    """Lines of the table of one design."""
    top = Top(device(job.source.network, job.folding, job.contents), job.clock)
    plan = flow.plan(boards.board(job.board), top, seed=job.seed)
    (yosys, *synthesis), (nextpnr, *placement), *_ = json.loads(plan.files[f"build_{flow.NAME}.json"])["commands"]
    cases = list(product(asked, seeds))
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch, "made")
        plan.extract(made)
        done(yosys, [toolchain.run(yosys, synthesis, made)])
        calls = []
        for place, (options, seed) in enumerate(cases):
            copied = shutil.copytree(made, Path(scratch, str(place)), copy_function=os.link)
            calls.append((arguments(placement, job.family.place_and_route_options, options, seed), copied))
        done(nextpnr, toolchain.run_each(nextpnr, calls))
        log, mhz = f"{flow.NAME}{job.family.place_and_route.log}", job.clock_hz / 1e6
        found = [(frequencies((folder / log).read_text())[0], flow.fmax_mhz(read_json(folder / flow.REPORT), mhz))
                 for _, folder in calls]
    return [(f"`{options}`" if options else "none", str(seed), f"{placed:.2f}", f"{reached:.2f}")
            for (options, seed), (placed, reached) in zip(cases, found, strict=True)]


def done(tool: str, results: Sequence[tuple[int, str]]) -> None:
    """Nothing, if no run of a tool failed.

    Raises
    ------
    BuildError
        One did.
    """
    for status, output in results:
        if status:
            raise flow.BuildError(f"{tool} ended with status {status}: {output.strip().splitlines()[-1:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("options", nargs="+",
                        help="of nextpnr, a text for each line of the table; empty: none; a single word: behind --")
    parser.add_argument("--board", help="with --fold; without: the reference build")
    parser.add_argument("--fold")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    given = parser.parse_args()
    if given.fold and not given.board:
        parser.error("--fold must come with --board")
    planned = Job.plan(given.network, given.board, fold=given.fold) if given.board else reference(given.network)
    print(table(HEAD, routed(planned, given.options, given.seeds)))
