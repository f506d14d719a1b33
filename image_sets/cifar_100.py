"""CIFAR-100 in its binary version: a record is a coarse label, a fine label and the pixels, as of CIFAR-10."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from quant.check import member

from .cifar import Batches, records
from .dataset import Labelled

FINE = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
    lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
    pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark
    shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone
    television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
""".split()
COARSE = """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
    household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes
    large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees
    vehicles_1 vehicles_2
""".split()
LABELS = {"coarse": (0, tuple(COARSE)), "fine": (1, tuple(FINE))}  # place in a record, names


@dataclass(frozen=True, kw_only=True)
class Cifar100(Batches):
    """Folder of ``train.bin`` and ``test.bin``.

    Parameters
    ----------
    labels : "fine" or "coarse"
        The 100 classes, or the 20 superclasses of five each.
    """

    kind: ClassVar[str] = "cifar-100"
    batches: ClassVar[Mapping[str, tuple[str, ...]]] = {"train": ("train",), "test": ("test",)}
    suffix: ClassVar[str] = ".bin"
    labels: str = "fine"

    def __post_init__(self) -> None:
        super().__post_init__()
        member("labels", self.labels, tuple(LABELS))

    def batch(self, data: bytes) -> Labelled:
        """Images in the records of one file; as `Batches.batch`."""
        found, pixels = records(data, len(LABELS))
        place, names = LABELS[self.labels]
        return Labelled(pixels=pixels, labels=found[:, place], class_names=names)
