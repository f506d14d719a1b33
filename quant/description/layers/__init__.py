"""Layers, a file for each kind or two; `LAYERS` has them all."""

from .convolution import Conv2d, Convolution
from .dense import Dense
from .depthwise_conv2d import DepthwiseConv2d
from .flatten import Flatten
from .layer import LAYERS, MAX_EXTENT, MAX_LAYERS, Layer, Shape
from .pools import FirstSpikePool, SumPool
from .synaptic import MAX_GAIN, MAX_SHIFT, MAX_WEIGHTS, Feedback, Shortcut, Synaptic

__all__ = ["LAYERS", "MAX_EXTENT", "MAX_GAIN", "MAX_LAYERS", "MAX_SHIFT", "MAX_WEIGHTS", "Conv2d", "Convolution",
           "Dense", "DepthwiseConv2d", "Feedback", "FirstSpikePool", "Flatten", "Layer", "Shape", "Shortcut",
           "SumPool", "Synaptic"]
