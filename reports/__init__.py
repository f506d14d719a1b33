"""Reports for people: figures of a network or a training, their pictures, and one page that holds them."""

from .writing import write

__all__ = ["write"]
