"""The simulated event camera beside real recordings: ``python -m benchmarks.saccades --data DATA``.

Of the recordings 1 to 500 of N-MNIST, and of the images of MNIST that they show, simulated: numbers of events, where
they are, and when; and how alike a recording and its simulation are. DATA holds ``nmnist-small`` and ``mnist``.
"""

import argparse
from pathlib import Path, PurePosixPath

import numpy as np

from image_sets.events.binning import Binning
from image_sets.events.formats import recording
from image_sets.events.recording import Recording
from image_sets.events.saccades import DURATION, SENSOR, STEP, saccades
from image_sets.events.simulated import Simulated
from image_sets.known import KNOWN

LAST = 500
SIXTHS = Binning(ticks=6)
BATCH = 100


def recorded(described: Simulated, folder: Path) -> dict[int, Recording]:
    """Recordings up to `LAST`, by number."""
    found = {}
    for parts, source in described.entries(folder / described.path):
        number = int(PurePosixPath(parts[-1]).stem)
        if number <= LAST and parts[0] == "train":
            content = source.read_bytes() if isinstance(source, Path) else source.read()
            found[number] = recording(parts[-1], content)
    return found


def simulated(described: Simulated, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of events, axes (image, polarity, row, column), and spikes of six ticks, with an axis of these."""
    counts, planes = [], []
    generator = np.random.default_rng(described.seed)
    for start in range(0, len(images), BATCH):
        batch = images[start:start + BATCH]
        count = np.zeros((len(batch), 2, *SENSOR), np.int64)
        plane = np.zeros((len(batch), SIXTHS.ticks, 2, *SENSOR), np.uint8)
        for time, events in saccades(batch, described.camera, generator):
            count += events
            plane[:, (time - STEP) * SIXTHS.ticks // DURATION] |= events > 0
        counts.append(count)
        planes.append(plane)
    return np.concatenate(counts), np.concatenate(planes)


def counted(found: Recording) -> np.ndarray:
    """Numbers of events of a recording, axes (polarity, row, column)."""
    counts = np.zeros((2, *SENSOR), np.int64)
    np.add.at(counts, (found.polarity, found.y, found.x), 1)
    return counts


def spread(counts: np.ndarray) -> str:
    """Standard deviation of columns and of rows of all events, of counts with axes (image, row, column)."""
    deviations = []
    for events in (counts.sum((0, 1)), counts.sum((0, 2))):
        places = np.arange(len(events))
        mean = np.average(places, weights=events)
        deviations.append(np.sqrt(np.average((places - mean) ** 2, weights=events)))
    return "{:.2f} and {:.2f}".format(*deviations)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    described = Simulated(path="nmnist-small", learned=LAST)
    real = recorded(described, folder)
    shown = KNOWN["mnist"].read(folder, "train").pixels[[number - 1 for number in real], 0]
    counts, planes = np.stack([counted(each) for each in real.values()]), np.concatenate(
        [SIXTHS.planes(each) for each in real.values()])
    made, made_planes = simulated(described, shown)
    numbers, made_numbers = counts.sum((2, 3)), made.sum((2, 3))
    rows = [("events of polarity 0 and 1, mean", *("{:,.0f} and {:,.0f}".format(*each.mean(0))
                                                   for each in (numbers, made_numbers))),
            ("standard deviation", *("{:,.0f} and {:,.0f}".format(*each.std(0)) for each in (numbers, made_numbers))),
            ("pixels and polarities with an event, in each sixth",
             *(" ".join(f"{each:.0f}" for each in found.sum((2, 3, 4)).mean(0)) for found in (planes, made_planes))),
            *((f"spread of columns and rows, polarity {polarity}",
               *(spread(each[:, polarity]) for each in (counts, made))) for polarity in (0, 1))]
    print(f"{len(real)} recordings, and their images simulated")
    for name, first, second in rows:
        print(f"{name:52} {first:>26} {second:>26}")
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(planes, made_planes, strict=True)]
    print(f"correlation of the spikes of a recording and its simulation, mean: {np.mean(alike):.2f}")


if __name__ == "__main__":
    main()
