import numpy as np
import pytest

from hw.accelerator import Accelerator
from hw.emit import TOP, manifest, to_verilog
from quant.dataflow.folding import parse
from sim.compiled.compiler import SimulationError
from sim.compiled.simulator import Simulator
from sim.cycle.borders import INPUT, Border, driver, predict, record
from sim.cycle.stalls import ALWAYS, Bursts, Random
from tests.cocotb.runner import CACHE
from tests.helpers.builds import FOLD, NETWORK
from tests.helpers.networks import loops, small

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 2), np.uint8)


@pytest.fixture(scope="module")
def core():
    return Accelerator(small(), parse("2,1,2 3,2,4 5,6,1"), taps=True)


def compiled(core, folder, **options):
    (folder / f"{TOP}.v").write_text(to_verilog(core))
    return Simulator.build(folder / f"{TOP}.v", manifest(core), CACHE, driver(core.nodes, **options))


@pytest.fixture(scope="module")
def simulator(core, tmp_path_factory):
    return compiled(core, tmp_path_factory.mktemp("design"))


def border(*transfers):
    return Border(np.array([cycle for cycle, _ in transfers]), np.array([[word] for _, word in transfers]))


@pytest.mark.parametrize(("gap", "stall"), [(ALWAYS, ALWAYS), (Random(seed=1), Bursts(run=1, stall=99))], ids=repr)
def test_every_transfer_is_as_predicted(core, simulator, gap, stall):
    due = predict(core.nodes, IMAGES, input_gap=gap, output_stall=stall)
    _, seen, error = record(simulator, core.nodes, IMAGES, input_gap=gap, output_stall=stall)
    assert error is None
    assert list(due) == list(seen) == [INPUT, *(node.name for node in core.nodes)]
    assert {name: due[name].first_difference(seen[name]) for name in due} == dict.fromkeys(due)
    assert min(len(found.cycles) for found in seen.values()) == len(IMAGES)


@pytest.mark.long
@pytest.mark.parametrize("folding", ["2,1,4 2,2,1 5,4,1", "4,18,8 4,36,1 10,16,4"])
def test_every_transfer_in_a_loop_is_as_predicted(tmp_path, folding):
    core = Accelerator(loops(), parse(folding), taps=True)
    simulator = compiled(core, tmp_path)
    for gap, stall in ((ALWAYS, ALWAYS), (Random(seed=1), Bursts(run=1, stall=99))):
        due = predict(core.nodes, IMAGES, input_gap=gap, output_stall=stall)
        _, seen, error = record(simulator, core.nodes, IMAGES, input_gap=gap, output_stall=stall)
        assert error is None
        assert [name for name in due if "feedback" in name]
        assert {name: due[name].first_difference(seen[name]) for name in due} == dict.fromkeys(due)


@pytest.mark.parametrize(("other", "place"), [
    (border((1, 5), (3, 6), (4, 7)), None),
    (border((1, 5), (2, 6), (4, 7)), 1),
    (border((1, 5), (3, 6), (4, 8)), 2),
    (border((1, 5), (3, 6)), 2),
    (border((1, 5), (3, 6), (4, 7), (9, 9)), 3)])
def test_the_first_difference_is_found(other, place):
    due = border((1, 5), (3, 6), (4, 7))
    assert due.first_difference(other) == other.first_difference(due) == place


def test_a_word_that_is_not_predicted_is_not_compared():
    due = Border(np.array([1, 3]), np.array([[5]]))
    assert due.first_difference(border((1, 5), (3, 9))) is None
    assert due.first_difference(border((1, 5), (4, 9))) == 1


def test_a_transfer_is_cycle_and_word():
    assert border((1, 5), (3, 6)).at(1) == (3, (6,))
    assert border((1, 5)).at(1) is None


def test_what_moved_before_a_standstill_is_recorded(core, simulator):
    _, seen, error = record(simulator, core.nodes, IMAGES, input_gap=Bursts(run=100, stall=60_000), patience=1000)
    assert isinstance(error, SimulationError)
    due = predict(core.nodes, IMAGES)[INPUT].cycles.tolist()
    moved = seen[INPUT].cycles.tolist()
    assert moved == due[:len(moved)]
    assert 10 < len(moved) < len(due)


def test_a_waveform_holds_the_stretch(tmp_path):
    wave, core = tmp_path / "stretch.vcd", Accelerator(NETWORK, parse(FOLD), taps=True)
    record(compiled(core, tmp_path, waveform=True), core.nodes, IMAGES[:, :2, :3, :1], waveform=wave, stretch=(3, 13))
    lines = wave.read_text().splitlines()
    times = [int(line[1:]) for line in lines if line.startswith("#")]
    assert (times[0], times[-1], len(times)) == (6, 27, 22)
    assert any("tap_dense1_synapses__valid" in line for line in lines)
