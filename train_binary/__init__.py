"""Training of binary-weight, temporal-coded spiking networks; torch is imported only here.

Each sub-folder imports none but those before it:

- `ops`: functions of tensors with their derivatives, in C too, and sums over processes;
- `layers`: neurons, synapses and layers, each with the integer layers that it becomes;
- `model`: an architecture, the family of parts that it is built of, the model, its evaluation and its export;
- `methods`: learning rules, and methods, each a model family and a learning rule;
- `recipe`: what to train and how, from TOML, checked against the method;
- `run`: a training from a recipe to a network artefact, with data, checkpoints and log.
"""
