"""Counts of one release and of those before as one system, under whatever names."""
