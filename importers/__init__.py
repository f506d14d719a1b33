"""Import of networks from elsewhere: NIR files, snnTorch and SpikingJelly modules, plain arrays; and export as NIR."""
