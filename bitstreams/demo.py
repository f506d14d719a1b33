"""``make demo``: a shipped network becomes a bitstream and is proven on its test vectors. No torch, no data sets."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

from hw import build as builder
from hw.bitstream import folder, toolchain
from hw.command import Failure, guard, table
from quant.dataflow.folding import text
from quant.files import artefact, vectors, zoo
from quant.files.artefact import Artefact
from quant.serial_link.protocol import VERSION
from sim.compiled.verilate import SimulationError
from sim.cycle.stalls import ALWAYS, Random
from verify.replay import Replay, replay, simulator

NETWORK = "mnist-up5k"
BOARD = "icebreaker"
STALLS = (("no stalls", ALWAYS, ALWAYS), ("random stalls", Random(seed=1, stall=64), Random(seed=2, stall=128)))

say = partial(print, flush=True)


def finished(job: builder.Job, out: Path) -> dict[str, Any] | None:
    """The report of the build in ``out``, if it is whole, of this job and made by the installed tools; else None."""
    try:
        record, used = folder.read_json(out / "report.json"), folder.manifest(out)["tools"]
    except (OSError, ValueError):
        return None
    asked = {"network_sha256": job.source.digest, "board": job.board, "folding": text(job.folding), "seed": job.seed,
             "baud": job.baud, "clock_mhz": job.clock_hz / 1e6, "protocol": VERSION}
    installed = toolchain.wheels([tool.name for tool in job.family.tools])
    found = folder.is_whole(out) and asked.items() <= record.items() and installed.items() <= used.items()
    return record if found else None


def built(source: Artefact) -> tuple[builder.Job, dict[str, Any], Path]:
    """The bitstream: made, or found from an earlier run."""
    job = builder.job(builder.parser().parse_args(["--network", NETWORK, "--board", BOARD]))
    out = folder.default(job.board, source.digest)
    record = finished(job, out)
    if record is None:
        say(f"building {NETWORK} for {BOARD}: synthesis, place and route take some minutes")
        record = builder.build(job, out, partial(say, "  "))
    else:
        say(f"bitstream of {NETWORK} for {BOARD} is there already")
    return job, record, out


def proven(source: Artefact, job: builder.Job, out: Path) -> Replay:
    """The test vectors through the emitted Verilog, without and with stalls."""
    network = source.network
    stored = vectors.load(zoo.vectors_path(NETWORK), network=network)
    try:
        compiled = simulator(network, job.folding, out.with_name(f"{out.name}.simulation"))
        say(f"Verilog compiled in {compiled.build_seconds:.1f} s")
        results = [replay(network, job.folding, stored, compiled, input_gap=gap, output_stall=stall)
                   for _, gap, stall in STALLS]
    except SimulationError as error:
        raise Failure(str(error)) from None
    for (name, _, _), result in zip(STALLS, results, strict=True):
        say(f"{name}: {result.images} results and the cycles of {result.transfers:,} transfers are as predicted")
    return results[0]


def rows(record: dict[str, Any], result: Replay, out: Path) -> list[tuple[str, str]]:
    """What the demonstration ends with."""
    return [
        ("network", f"{record['network']}, {record['ticks']} ticks, folding {record['folding']}"),
        ("accuracy", f"{record['accuracy']:.2%} ({record['measured_on']})"),
        ("cycles an image", f"{result.cycles_predicted:,} predicted, {result.cycles_simulated:,} simulated"),
        ("LUTs", f"{record['luts']:,} of {record['luts_available']:,}"),
        ("flip-flops", f"{record['flip_flops']:,}"),
        ("block RAMs", f"{record['block_rams']:,} of {record['block_rams_available']:,}"),
        ("clock", f"{record['clock_mhz']:g} MHz, the board's; {record['fmax_mhz']:.1f} MHz reached after routing"),
        ("images a second", f"{record['images_per_second']:,.1f}"),
        ("at the clock reached", f"{record['images_per_second_at_fmax']:,.1f}"),
        ("bitstream", str(out / record["bitstream"])),
    ]


def main() -> int:
    """Run the demonstration; return its exit status."""
    return guard(_run)


def _run() -> None:
    source = artefact.load(zoo.path(NETWORK))
    job, record, out = built(source)
    result = proven(source, job, out)
    if result.cycles_simulated != record["cycles_per_image"]:
        raise Failure(f"an image must take {record['cycles_per_image']} cycles, not {result.cycles_simulated}")
    say(f"\n{table(rows(record, result, out))}")


if __name__ == "__main__":
    sys.exit(main())
