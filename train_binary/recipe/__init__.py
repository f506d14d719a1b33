"""Recipes: what to train and how, as values read from TOML."""
