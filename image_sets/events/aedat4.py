"""AEDAT 4 of DV: events by the package aedat, in a process of its own, since damaged files make it abort.

Run as a program, this module decodes the file that is named: on standard output comes a line of height and width of the
sensor, then a NumPy file of shape (n, 4) in the columns x, y, polarity and time, in microseconds since the first event;
or, with exit status 1, a line of what is wrong.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from typing import Any

MEMORY = 2**31  # of the process, in bytes
SECONDS = 60  # of its processor
INSTALL = "pip install 'binspike[aedat]'"
Sensor = tuple[int, int]


def decoded(content: bytes) -> tuple[Sensor, bytes]:
    """Sensor (height, width) of an AEDAT 4 file, and its events as a NumPy file.

    Raises
    ------
    ValueError
        The package aedat is not installed; or the file is damaged, takes too much memory or time, or holds events of
        no camera or of several.
    """
    if find_spec("aedat") is None:
        raise ValueError(f"AEDAT 4 file needs the package aedat: {INSTALL}")
    with tempfile.NamedTemporaryFile(suffix=".aedat4") as file:
        file.write(content)
        file.flush()
        done = subprocess.run([sys.executable, "-P", __file__, file.name], stdin=subprocess.DEVNULL,
                              capture_output=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    line, _, events = done.stdout.partition(b"\n")
    if done.returncode:
        why = line.decode(errors="replace") if done.returncode == 1 else "it is damaged"
        raise ValueError(f"AEDAT 4 file must be whole, and of one event camera, but: {why}")
    height, width = map(int, line.split())
    return (height, width), events


def _decode(path: str, most: int) -> tuple[Sensor, Any]:
    """Sensor and events, int64 of shape (n, 4); at most ``most`` events and those of one packet more."""
    import aedat
    import numpy as np

    decoder, parts = aedat.Decoder(path), [np.empty((0, 4), np.int64)]
    cameras = {key: each for key, each in decoder.id_to_stream().items() if each["type"] == "events"}
    if len(cameras) != 1:
        raise ValueError(f"it has {len(cameras)} streams of events")
    (key, camera), = cameras.items()
    for packet in decoder:
        if packet["stream_id"] == key and sum(map(len, parts)) <= most:
            events = packet["events"]
            parts.append(np.stack([events[name].astype(np.int64) for name in ("x", "y", "on", "t")], 1))
    events = np.concatenate(parts)
    events[:, 3] -= events[:1, 3].sum()
    return (camera["height"], camera["width"]), events


def _main(path: str) -> int:
    import resource

    import numpy as np

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        sensor, events = _decode(path, 2**24)
    except BaseException as error:  # a panic of Rust is no Exception
        print(" ".join(str(error).split())[:200] or type(error).__name__)
        return 1
    sys.stdout.buffer.write(b"%d %d\n" % sensor)
    np.save(sys.stdout.buffer, events)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
