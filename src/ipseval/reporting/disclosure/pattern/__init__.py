"""What is hidden so that small counts stay unknown: an outsider, the cheapest pattern, rounding."""
