"""Functions in C, compiled once a machine; what calls them has a plain form that gives the same numbers."""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor

from quant.files import cache

SOURCES, HEADERS = (sorted(Path(__file__).parent.glob(pattern)) for pattern in ("*.c", "*.h"))
FLAGS = ("-std=c11", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fopenmp",
         "-shared", "-fPIC")


@functools.cache
def library() -> ctypes.CDLL | None:
    """The compiled functions; None where there is no C compiler, or BINSPIKE_PLAIN is set."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None or os.environ.get("BINSPIKE_PLAIN"):
        return None
    path = cache.folder("native") / f"{_key(compiler)}.so"
    try:
        if not path.exists():
            _build(compiler, path)
        _keep_memory()
        return ctypes.CDLL(str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"") or str(error).encode()
        warnings.warn(f"training goes on without compiled functions, slower: {reason.decode()[:200]}", stacklevel=2)
        return None


def _keep_memory() -> None:
    """Freed tensors stay with the process (glibc): fresh pages take longer to come than to be filled."""
    options = {-1: 2**30, -4: 0}  # M_TRIM_THRESHOLD, M_MMAP_MAX
    if hasattr(ctypes.CDLL(None), "mallopt"):
        for option, value in options.items():
            ctypes.CDLL(None).mallopt(option, value)


def _key(compiler: str) -> str:
    """Digest of all that the compiled code depends on: -march=native makes it depend on the processor."""
    cpu = Path("/proc/cpuinfo")
    flags = [line for line in cpu.read_text().splitlines() if line.startswith("flags")][:1] if cpu.exists() else []
    parts = [path.read_text() for path in [*SOURCES, *HEADERS]] + [compiler, *FLAGS, platform.machine(), *flags]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _build(compiler: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        built = Path(temporary) / path.name
        subprocess.run([compiler, *FLAGS, *map(str, SOURCES), "-o", str(built), "-lm"], check=True, capture_output=True)
        os.replace(built, path)


def pointer(tensor: Tensor) -> ctypes.c_void_p:
    """Address of the first value of a tensor, which must lie in the memory of the processor."""
    if tensor.device.type != "cpu":
        raise RuntimeError(f"compiled functions must get tensors on the CPU, not on {tensor.device}")
    return ctypes.c_void_p(tensor.data_ptr())


def call(name: str, *arguments: Tensor | int) -> None:
    """Run a function on dense tensors and 64-bit integers, with as many threads as torch uses."""
    library()[name](*(pointer(a) if isinstance(a, Tensor) else ctypes.c_int64(a) for a in arguments),  # type: ignore[index]
                    ctypes.c_int(torch.get_num_threads()))


def fits(*tensors: Tensor) -> bool:
    """True if compiled functions can take these: float32 on the CPU, first axis outermost and the rest without gaps."""
    return library() is not None and all(
        t.dtype == torch.float32 and t.device.type == "cpu" and t.numel() > 0 and _dense(t) for t in tensors)


def _dense(tensor: Tensor) -> bool:
    return tensor.stride(0) * len(tensor) == tensor.numel() and (
        tensor.is_contiguous() or tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
        or tensor.dim() == 5 and tensor[0].is_contiguous(memory_format=torch.channels_last))


def like(tensor: Tensor, model: Tensor) -> Tensor:
    """``tensor`` with the memory layout of ``model``."""
    return tensor if tensor.stride() == model.stride() else torch.empty_like(model).copy_(tensor)
