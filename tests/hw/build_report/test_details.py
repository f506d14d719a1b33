import json

import pytest

from hw.build_report import details
from hw.cost.estimate import Estimate, Part
from hw.families import ICE40
from quant.dataflow.folding import folded
from tests.helpers.networks import small
from tests.helpers.placed import CORE, design

COUNT, TOTAL = f"{CORE}.first.count", f"{CORE}.second.total"
EXPECTED = Estimate(100, 200, 3, 3, 0, (Part("first", 1, 1, 0), Part("second", 2, 2, 0)))


def placed(bel, out, into):
    return {"type": "ICESTORM_LC", "attributes": {"NEXTPNR_BEL": bel}, "parameters": {"DFF_ENABLE": "1"},
            "port_directions": {"O": "output", "I3": "input"}, "connections": {"O": [out], "I3": [into]}}


def step(kind, delay, cell, port):
    return {"type": kind, "delay": delay, "to": {"cell": cell, "port": port}}


@pytest.fixture
def folder(tmp_path):
    """Design as the tools leave it."""
    wires = {f"{COUNT}": {"bits": [1]}, f"{TOTAL}": {"bits": [2]}}
    cells = {f"{COUNT}_DFFLC": placed("X1/Y2/lc0", 1, 2), f"{TOTAL}_DFFLC": placed("X1/Y2/lc1", 2, 1)}
    path = [step("clk-to-q", 1.39999, f"{COUNT}_DFFLC", "O"), step("routing", 2.00001, f"{TOTAL}_DFFLC", "I3"),
            step("setup", .1, f"{TOTAL}_DFFLC", "I3")]
    report = {"fmax": {"clk": {"achieved": 60.0, "constraint": 12.0}},
              "critical_paths": [{"from": "posedge clk", "to": "posedge clk", "path": path}],
              "utilization": {"ICESTORM_LC": {"used": 2, "available": 5280}, "SB_IO": {"used": 3, "available": 39},
                              "ICESTORM_PLL": {"used": 0, "available": 1}}}
    (tmp_path / "top.il").write_text(design())
    (tmp_path / "top.json").write_text(json.dumps({"modules": {"top": {"cells": {}, "netnames": wires}}}))
    (tmp_path / "top.routed.json").write_text(json.dumps({"modules": {"top": {"cells": cells, "netnames": wires}}}))
    (tmp_path / "top.report.json").write_text(json.dumps(report))
    return tmp_path


def test_a_folder_is_read_core_by_core(folder):
    found = details.read(folder, ICE40, 12.0, small(), folded(small()), EXPECTED)
    assert {core.name: core.luts for core in found.cores} == {"first": 1, "second": 1, "board": 0, "shared": 0}
    assert found.placement.logic == {"first": {(1, 2): 1}, "second": {(1, 2): 1}}
    assert found.utilisation == [{"site": "logic cells", "used": 2, "available": 5280},
                                 {"site": "pins", "used": 3, "available": 39}]


def test_the_fields_of_the_record_are_plain_and_rounded(folder):
    fields = details.read(folder, ICE40, 12.0, small(), folded(small()), EXPECTED).fields
    assert json.loads(json.dumps(fields)) == fields
    assert fields["critical_path"] == {
        "source": {"part": "first", "signal": "count"}, "sink": {"part": "second", "signal": "total"},
        "enters": "data", "routing_ns": 2.0, "logic_ns": 1.5, "hops": [
            {"part": "first", "routing_ns": 0.0, "logic_ns": 1.4, "cells": 1},
            {"part": "second", "routing_ns": 2.0, "logic_ns": .1, "cells": 1}]}


def test_a_build_without_a_critical_path(folder):
    path = folder / "top.report.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"critical_paths": []}))
    assert details.read(folder, ICE40, 12.0, small(), folded(small()), EXPECTED).fields["critical_path"] is None
