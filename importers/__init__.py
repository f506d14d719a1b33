"""Import of networks from elsewhere: NIR, snnTorch, SpikingJelly, QONNX and plain arrays; and export as NIR."""
