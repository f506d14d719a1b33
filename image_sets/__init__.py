"""Labelled image sets as arrays: MNIST and its relatives, CIFAR, and any folder of pictures. No torch."""

from .dataset import SPLITS, DataSet, Labelled
from .folders import data_folder
from .known import KNOWN, Known
from .registry import KINDS, AnyDataSet, of_text, parse, text

__all__ = ["KINDS", "KNOWN", "SPLITS", "AnyDataSet", "DataSet", "Known", "Labelled", "data_folder", "of_text", "parse",
           "text"]
