import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from quant.dataflow.folding import parse
from quant.failure import Failure
from quant.files import artefact
from quant.files.artefact import Artefact, Provenance
from tests.helpers.networks import small
from verify import design, images, proof, shard, workers
from verify.builds import Target

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
NETWORK = small()
TARGET = Target("small", Artefact(NETWORK, Provenance(), artefact.network_digest(NETWORK)), parse("2,1,2 3,2,4 5,6,1"))


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(ROOT / ".cache"))


@pytest.fixture(scope="module")
def parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(proof.SIZES, False, 50)
        return proof.shards(TARGET, design.emit(NETWORK, TARGET.folding), images.random(120, NETWORK.input_shape), None,
                            borders=False)


@contextmanager
def running(folder, count):
    """Address of a cluster with ``count`` workers."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "BINSPIKE_CACHE": str(ROOT / ".cache")}
    cluster = subprocess.Popen([sys.executable, "-c", CLUSTER, str(count)], cwd=folder, env=environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield cluster.stdout.readline().strip()
    cluster.communicate()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 1) as address:
        yield address


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=2, processes=False, dashboard_address=None,
                      host="127.0.0.1", protocol="tcp") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def records(submit, parts):
    return [future.result() for future in [submit(part) for part in parts]]


@pytest.mark.parametrize("jobs", [1, 3])
def test_local_workers_check_every_shard(parts, jobs):
    with workers.local(jobs) as submit:
        assert [record["equal"] for record in records(submit, parts)] == [50, 50, 20]


@pytest.mark.long
def test_a_cluster_gives_the_same_records(parts, scheduler):
    with workers.local(2) as submit:
        expected = records(submit, parts)
    with workers.cluster(scheduler, patience=600) as submit:
        assert records(submit, parts) == expected


def test_what_a_worker_of_the_cluster_refuses_is_said(parts, scheduler):
    with (workers.cluster(scheduler, patience=600) as submit,
            pytest.raises(ValueError, match=r"^every worker must have the binsp")):
        submit(replace(parts[0], program="other")).result()


@pytest.mark.parametrize("jobs", [0, -1, 1025])
def test_wrong_jobs(jobs):
    with pytest.raises(ValueError, match=rf"^jobs must be in 1\.\.1024, not {jobs}$"), workers.local(jobs):
        pass


def test_a_silent_scheduler_is_refused():
    with pytest.raises(ValueError, match=r"^scheduler must be the address of a Dask scheduler that answers in 1 s"), \
            workers.cluster("tcp://127.0.0.1:9", patience=1):
        pass


@pytest.mark.parametrize("address", ["", "nonsense://x", "tcp://127.0.0.1:99999999"])
def test_a_wrong_address_is_refused(address):
    with pytest.raises(ValueError, match=r"^scheduler must be the address"), workers.cluster(address, patience=1):
        pass


def test_a_cluster_without_workers_is_refused(tmp_path):
    with running(tmp_path, 0) as address, \
            pytest.raises(ValueError, match=r"^scheduler must have a worker within 1 s, not 'tcp://.*' without one;"), \
            workers.cluster(address, patience=1):
        pass


def test_a_missing_dask_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Failure, match=r"^--scheduler needs dask.distributed; install it with: pip install "), \
            workers.cluster("tcp://127.0.0.1:9"):
        pass


def test_work_that_nobody_waits_for_stops(parts):
    many = [replace(parts[0], first=first, images=parts[0].images.repeat(100, axis=0)) for first in range(3)]
    with workers.local(2) as submit:
        futures = [submit(part) for part in many]
        while not futures[0].running():
            time.sleep(0.01)
        assert not futures[0].done()
    assert isinstance(futures[0].exception(), shard.Stopped)
    assert futures[2].cancelled()
