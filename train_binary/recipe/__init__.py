"""Recipes: what to train and how, as values read from TOML."""

from .definition import Recipe
from .toml import find, load, parse

__all__ = ["Recipe", "find", "load", "parse"]
