"""Models of layers, a file for each kind or two: functional, and of the oracle; `LAYERS` and `SYNAPTIC` have them."""

from . import convolution, dense, depthwise_conv2d, flatten, pools
from .model import LAYERS, SYNAPTIC, LayerModel, Map, Place, SynapticModel, integers

__all__ = ["LAYERS", "SYNAPTIC", "LayerModel", "Map", "Place", "SynapticModel", "convolution", "dense",
           "depthwise_conv2d", "flatten", "integers", "pools"]
