"""Details of each core from a build's folder: read once, while the tools' own files are still there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quant.dataflow.folding import Folding
from quant.description.network import Network

from ..bitstream import flow
from ..cost.estimate import Estimate
from ..families import Family
from . import netlist
from .area import CoreArea, areas
from .attribution import parts
from .critical_path import CriticalPath, critical_path, owned
from .hierarchy import Hierarchy
from .placement import Placement, placement
from .stages import StageWork, works


@dataclass(frozen=True, kw_only=True)
class Details:
    """A build, core by core.

    Parameters
    ----------
    cores : list of CoreArea
    stages : list of StageWork
    utilisation : list of dict
        Of each kind of site that is in use: ``site`` (what it is called), ``used``, ``available``.
    critical_path : CriticalPath or None
    placement : Placement
    """

    cores: list[CoreArea]
    stages: list[StageWork]
    utilisation: list[dict[str, Any]]
    critical_path: CriticalPath | None
    placement: Placement

    @property
    def fields(self) -> dict[str, Any]:
        """The record's part that follows from this: all but the placement."""
        path = self.critical_path
        return {"cores": [asdict(core) for core in self.cores], "stages": [asdict(stage) for stage in self.stages],
                "utilisation": self.utilisation, "critical_path": path and _rounded(path)}


def read(folder: Path, family: Family, clock_mhz: float, network: Network, folding: Folding,
         expected: Estimate) -> Details:
    """Read what the tools left in ``folder``.

    Parameters
    ----------
    clock_mhz : float
        Frequency that the design's clock was held to.
    expected : Estimate
        Of the whole design; its parts are those that are told apart.
    """
    report = json.loads((folder / flow.REPORT).read_text())
    routed = netlist.load(folder / flow.ROUTED, folder / f"{flow.NAME}.json", family)
    hierarchy = Hierarchy((folder / f"{flow.NAME}.il").read_text())
    owners = parts(routed, hierarchy, family, [part.name for part in expected.parts])
    luts = report["utilization"][family.sites.lut]["available"]
    return Details(cores=areas(routed, owners, family, expected.parts), stages=works(network, folding),
                   utilisation=_utilisation(report["utilization"], family),
                   critical_path=critical_path(report, clock_mhz, hierarchy, owned(routed, owners), family),
                   placement=placement(routed, owners, family, luts))


def _utilisation(used: Mapping[str, Mapping[str, int]], family: Family) -> list[dict[str, Any]]:
    return [{"site": word, **used[kind]} for kind, word in family.layout.sites.items()
            if used.get(kind, {}).get("used")]


def _rounded(path: CriticalPath) -> dict[str, Any]:
    """A path as the record has it; delays of the tool are single-precision numbers."""
    hops = [asdict(hop) | {"routing_ns": round(hop.routing_ns, 3), "logic_ns": round(hop.logic_ns, 3)}
            for hop in path.hops]
    return asdict(path) | {"routing_ns": round(path.routing_ns, 3), "logic_ns": round(path.logic_ns, 3), "hops": hops}
