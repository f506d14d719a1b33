"""Progress of a training: a bar and lines for people, or JSON lines for programs, and TensorBoard."""

import json
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

SHOWN = {"validation": "validation images", "quick_accuracy": "some test images"}  # accuracies of an epoch


class Progress:
    """Progress display of one training.

    Parameters
    ----------
    batches : int
        Of the whole training.
    done : int
        Of them, those that an earlier run has finished.
    lines : bool
        Print JSON lines on standard output and no bar.
    tensorboard : Path, optional
        Folder for what TensorBoard reads.
    shown : bool
        Show anything at all: one of several processes does.

    Raises
    ------
    ValueError
        TensorBoard is asked for and not installed.
    """

    def __init__(self, batches: int = 0, done: int = 0, *, lines: bool = False, tensorboard: Path | None = None,
                 shown: bool = True) -> None:
        self.lines, self.shown = lines, shown
        self.board = _board(tensorboard) if tensorboard and shown else None
        self.bar = tqdm(total=batches, initial=done, unit="batch", leave=False, dynamic_ncols=True,
                        disable=True if lines or not shown else None)

    def batch(self, *, loss: float, train: float, spikes: float) -> None:
        """A batch has been learned; the figures are means since the epoch began, ``spikes`` those an image."""
        self.bar.set_postfix_str(f"loss {loss:.3f}, accuracy {train:.1%}, {spikes:.0f} spikes", refresh=False)
        self.bar.update()

    def record(self, record: dict[str, Any]) -> None:
        """Show the figures of an epoch, or of the finished training."""
        if not self.shown:
            return
        text = json.dumps(record) if self.lines else _sentence(record)
        if self.lines:
            print(text, flush=True)
        else:
            tqdm.write(text, file=sys.stdout)
        if self.board and "epoch" in record:
            for name, value in _scalars(record):
                self.board.add_scalar(name, value, record["epoch"])
            self.board.flush()

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()
        if self.board:
            self.board.close()


def need_tensorboard() -> None:
    """Tell how to get TensorBoard if it is not there, by a ValueError."""
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ModuleNotFoundError:
        raise ValueError("TensorBoard must be installed for --tensorboard: pip install tensorboard") from None


def _board(folder: Path) -> Any:
    need_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder))


def _scalars(record: dict[str, Any]) -> list[tuple[str, float]]:
    """Each figure, and each of a list by the number of its layer."""
    return [(f"{name}/{index}" if isinstance(value, list) else name, each)
            for name, value in record.items() if name != "epoch"
            for index, each in enumerate(value if isinstance(value, list) else [value], 1)]


def _sentence(record: dict[str, Any]) -> str:
    if "epoch" not in record:
        return "finished: " + ", ".join(f"{name} {value}" for name, value in record.items())
    parts = [f"epoch {record['epoch']}", f"loss {record['loss']:.4f}", f"accuracy {record['train']:.2%}",
             *(f"{record[name]:.2%} of {images}" for name, images in SHOWN.items() if name in record),
             f"spikes {' '.join(f'{s:.0f}' for s in record['spikes'])}",
             f"{record['seconds']:.1f} s", f"{record['images_per_second']:,.0f} images/s"]
    return ", ".join(part for part in parts if not part.endswith(" "))
