"""Published numbers: whether they can be true, and what would make them so."""
