"""Training methods: a model family and a learning rule, chosen and set by options."""

from dataclasses import dataclass, fields
from typing import ClassVar

from quant.check import flag, integer, number

from ..model.family import ModelFamily
from .learning_rule import LearningRule


@dataclass(frozen=True, kw_only=True)
class Method:
    """A pair of model family and learning rule; its fields are the options of the recipe's ``method`` table.

    Raises
    ------
    TypeError, ValueError
        A number is not in 0..1000, or a flag is neither True nor False.
    """

    kind: ClassVar[str]
    title: ClassVar[str]

    def __post_init__(self) -> None:
        for field in fields(self):
            match field.default:
                case bool():
                    flag(field.name, getattr(self, field.name))
                case int():
                    integer(field.name, getattr(self, field.name), 0, 1000)
                case float():
                    number(field.name, getattr(self, field.name), 0, 1000)

    @property
    def family(self) -> ModelFamily:
        """Parts of which the models are built."""
        raise NotImplementedError

    @property
    def rule(self) -> LearningRule:
        """Rule by which their weights change."""
        raise NotImplementedError

    @property
    def features(self) -> frozenset[str]:
        """Features that a recipe may ask for, as of `ModelFamily` and `LearningRule`."""
        return self.family.features | self.rule.features
