"""The arithmetic under the verbs: arrays in, frozen dataclasses out; NumPy and SciPy only."""
