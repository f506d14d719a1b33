"""Demonstration: build the bitstream of a shipped network, verify it by its test vectors; no torch, no data sets."""

from pathlib import Path
from typing import Any

from hw import build as builder
from hw.bitstream import folder, toolchain
from hw.bitstream.flow import Progress
from quant.dataflow.folding import text
from quant.failure import Failure
from quant.files import vectors, zoo
from quant.serial_link.protocol import VERSION
from sim.cycle.stalls import ALWAYS, Random
from verify.builds import reference
from verify.replay import Replay, replay, simulator

NETWORK = "mnist-up5k"
BOARD = "icebreaker"
STALLS = (("no stalls", ALWAYS, ALWAYS), ("random stalls", Random(seed=1, stall=64), Random(seed=2, stall=128)))


def finished(job: builder.Job, out: Path) -> dict[str, Any] | None:
    """Report of the build in ``out``, if it is whole, of this job and made by the installed tools; else None."""
    try:
        record, used = folder.read_json(out / "report.json"), folder.manifest(out)["tools"]
    except (OSError, ValueError):
        return None
    asked = {"network_sha256": job.source.digest, "board": job.board, "folding": text(job.folding), "seed": job.seed,
             "baud": job.baud, "clock_mhz": job.clock_hz / 1e6, "protocol": VERSION}
    installed = toolchain.wheels([tool.name for tool in job.family.tools])
    found = folder.is_whole(out) and asked.items() <= record.items() and installed.items() <= used.items()
    return record if found else None


def built(say: Progress) -> tuple[builder.Job, dict[str, Any], Path]:
    """Job, report and folder of the bitstream, which is made or found from an earlier run."""
    job = reference(NETWORK)
    out = folder.default(job.board, job.source.digest)
    record = finished(job, out)
    if record is None:
        say(f"building {NETWORK} for {BOARD}: synthesis, place and route take some minutes")
        record = builder.build(job, out, lambda line: say(f"   {line}"))
    else:
        say(f"bitstream of {NETWORK} for {BOARD} is there already")
    return job, record, out


def proven(job: builder.Job, out: Path, say: Progress) -> Replay:
    """Result of the replay of the test vectors on the emitted Verilog without stalls; also replays them with stalls."""
    network = job.source.network
    stored = vectors.load(zoo.vectors_path(NETWORK), network=network)
    compiled = simulator(network, job.folding, out.with_name(f"{out.name}.simulation"))
    say(f"Verilog compiled in {compiled.build_seconds:.1f} s")
    results = [replay(network, job.folding, stored, compiled, input_gap=gap, output_stall=stall)
               for _, gap, stall in STALLS]
    for (name, _, _), result in zip(STALLS, results, strict=True):
        say(f"{name}: {result.images} results and the cycles of {result.transfers:,} transfers are as predicted")
    return results[0]


def run(say: Progress) -> dict[str, Any]:
    """Run the demonstration; return the report of the build, and what the proof adds to it.

    Raises
    ------
    Failure
        A tool is missing or failed, or a result or cycle is not as predicted.
    """
    job, record, out = built(say)
    result = proven(job, out, say)
    if result.cycles_simulated != record["cycles_per_image"]:
        raise Failure(f"an image must take {record['cycles_per_image']} cycles, not {result.cycles_simulated}")
    return record | {"cycles_predicted": result.cycles_predicted, "cycles_simulated": result.cycles_simulated,
                     "build": str(out)}
