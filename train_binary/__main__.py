"""``python -m train_binary`` is ``binspike train``, called by name: this package imports nothing of the program."""

import sys
from importlib import import_module

sys.exit(import_module("binspike.cli").main(["train", *sys.argv[1:]]))
