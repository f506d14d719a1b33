"""Workers that check shards: threads here, each around a simulation of its own, or those of a Dask cluster."""

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from quant.check import integer
from quant.failure import Failure

from .shard import Record, Shard, check

Submit = Callable[[Shard], "Future[Record]"]
MAX_JOBS = 1024
PATIENCE = 10  # seconds


@contextmanager
def local(jobs: int) -> Iterator[Submit]:
    """Context that checks shards on this machine, ``jobs`` at a time; unfinished ones are cancelled at the end.

    A design is compiled by the thread that submits its first shard, so that an interruption stops the compiler.

    Raises
    ------
    ValueError
        ``jobs`` is not 1..1024.
    """
    stopped = threading.Event()
    with ThreadPoolExecutor(integer("jobs", jobs, 1, MAX_JOBS)) as pool:
        def submit(shard: Shard) -> "Future[Record]":
            shard.simulator()
            return pool.submit(check, shard, stopped.is_set)

        try:
            yield submit
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str, patience: float = PATIENCE) -> Iterator[Submit]:
    """Context that checks shards on a Dask cluster with a scheduler at ``address``; the rest is cancelled at the end.

    Raises
    ------
    Failure
        Dask is missing, or the cluster is lost.
    ValueError
        No scheduler answers at ``address``, or it has no workers, within ``patience`` seconds.
    """
    try:
        import distributed
    except ImportError:
        raise Failure("--scheduler needs dask.distributed; install it with: pip install binspike[verify]") from None
    gc.collect()  # a client that failed to connect, collected while the next one starts, would wait for that one's lock
    try:
        distributed.comm.get_address_host_port(address, strict=True)  # a client that refuses it complains at exit too
        client = distributed.Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"scheduler must be the address of a Dask scheduler that answers in {patience:g} s, as "
                         f"tcp://127.0.0.1:8786, not {address!r}: {error}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise ValueError(f"scheduler must have a worker within {patience:g} s, not {address!r} without one; start "
                             f"some with: dask worker {address}") from None
        executor = client.get_executor(pure=False)
        try:
            yield lambda shard: executor.submit(check, shard)
        except (distributed.CancelledError, distributed.KilledWorker, distributed.comm.CommClosedError, ImportError) \
                as error:
            raise Failure(f"cluster at {address} gave up: {error}") from None
        finally:
            executor.shutdown(wait=False)
