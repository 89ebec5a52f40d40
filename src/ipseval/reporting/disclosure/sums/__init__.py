"""All that a release tells of sums over persons, as one system."""
