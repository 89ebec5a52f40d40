"""Means, quantiles and others: what each tells for itself, beside counts and beside earlier ones."""
