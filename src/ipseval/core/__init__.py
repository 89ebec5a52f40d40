"""What every room stands on: the one result, errors, checks, rounding, tails, labels, provenance."""
