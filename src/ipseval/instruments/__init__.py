"""Scores questionnaires and fidelity scales that are declared as data files."""
