"""Whole verification of a design: its images cut into shards, checked by any workers, and their records added up."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw.bitstream import folder
from quant.files import scratch
from sim.functional import network as functional
from sim.functional.psp import Array

from .builds import Target
from .design import Design, emit
from .locate import Location, locate
from .shard import Record, Shard, patience, program, timing
from .workers import Submit

SIZES = {False: 100, True: 10}  # images of a shard that compares both ends, or all borders


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Result of a verification.

    Parameters
    ----------
    design : Design
    images, equal : int
        Number of images compared, and of those that agree in all; fewer than asked for if one differs.
    right : int or None
        Number of images whose class in the design is their label; None without labels.
    transfers : int
        Number of stream transfers whose cycle was compared; with borders, their words too.
    found : int
        Number of images whose record was there from an earlier run.
    difference : dict or None
        The first image that differs, and where: see `verify.shard.check` and `verify.locate.Location.record`.
    """

    design: Design
    images: int
    equal: int
    right: int | None
    transfers: int
    found: int
    difference: Record | None


def shards(target: Target, design: Design, images: Array, labels: Array | None, borders: bool) -> list[Shard]:
    """Shards of the images, uint8 (n, channels, height, width), in order."""
    size = SIZES[borders]
    return [Shard(network=target.source.network, folding=target.folding, design=design, first=first,
                  images=images[first:first + size], labels=None if labels is None else labels[first:first + size],
                  borders=borders, program=program()) for first in range(0, len(images), size)]


def prove(target: Target, images: Array, labels: Array | None, submit: Submit, *, borders: bool = False,
          records: Path | None = None, waveforms: Path | None = None,
          progress: Callable[[int], Any] = lambda count: None,
          say: Callable[[str], Any] = lambda line: None) -> Proof:
    """Compare images through the Verilog of ``target`` with the golden models, up to the first shard with a difference.

    Parameters
    ----------
    images : uint8, (n, channels, height, width)
    labels : uint8, (n,), or None
    submit : callable
        Hands a shard to a worker; see `verify.workers`.
    borders : bool
        Compare every transfer at every border, cycle and word.
    records : Path or None
        Folder that keeps the records of finished shards, and from which they are taken in a later run.
    waveforms : Path or None
        Folder for the waveform of a difference. None: no waveform, which is a design less to compile.
    progress : callable
        Called with the number of images just compared.
    say : callable
        Called with a message before each long step.

    Raises
    ------
    Failure
        A shard could not be checked.
    """
    design = emit(target.source.network, target.folding, taps=borders)
    parts = shards(target, design, images, labels, borders)
    kept = {shard.first: record for shard in parts if records and (record := _kept(records, shard))}
    finished = dict(kept)
    progress(sum(record["images"] for record in kept.values()))
    for shard, record in _checked([shard for shard in parts if shard.first not in kept], submit):
        finished[shard.first] = record
        progress(record["images"])
        if records and not record["difference"]:
            _keep(records, shard, record)
    differing = next((shard for shard in parts if finished.get(shard.first, {}).get("difference")), None)
    difference = finished[differing.first]["difference"] if differing else None
    if differing and difference:
        difference |= _located(target, differing, difference["image"], waveforms, say).record(differing.first)
    rights = [record["right"] for record in finished.values()]
    totals = {name: sum(record[name] for record in finished.values()) for name in ("images", "equal", "transfers")}
    return Proof(design=design, right=None if None in rights else sum(rights), difference=difference,
                 found=sum(record["images"] for record in kept.values()), **totals)


def _checked(parts: list[Shard], submit: Submit) -> Iterator[tuple[Shard, Record]]:
    """Shards with their records as they are finished; after a difference, later shards are cancelled."""
    waiting: dict[Future[Record], Shard] = {submit(shard): shard for shard in parts}
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            if future not in waiting:
                continue
            shard = waiting.pop(future)
            record = future.result()
            yield shard, record
            if record["difference"]:
                for later in [later for later, other in waiting.items() if other.first > shard.first]:
                    later.cancel()
                    del waiting[later]


def _located(target: Target, shard: Shard, image: int, waveforms: Path | None, say: Callable[[str], Any]) -> Location:
    count, times = image - shard.first + 1, timing(shard.network, shard.folding)
    _, results = times.cycles(functional.run(shard.network, shard.images[:count]).tick)
    return locate(shard.network, shard.folding, shard.design, shard.words[:count],
                  waveforms and waveforms / f"{target.name}-image-{image}.vcd", patience=patience(times),
                  cycle=int(results[-1]), say=say)


def _file(records: Path, shard: Shard) -> Path:
    return records / f"{shard.digest[:32]}.json"


def _kept(records: Path, shard: Shard) -> Record | None:
    """The record of an earlier run, if it is whole."""
    with suppress(OSError, ValueError):
        record = folder.read_json(_file(records, shard))
        match record:
            case {"images": int(images), "equal": int(equal), "right": int() | None, "transfers": int(),
                  "difference": None, **rest} if images == equal == len(shard.images) and not rest:
                return record
    return None


def _keep(records: Path, shard: Shard, record: Record) -> None:
    records.mkdir(parents=True, exist_ok=True)
    scratch.write(_file(records, shard), json.dumps(record).encode())
