"""An evaluation as a plan: load, score, analyse, report."""
