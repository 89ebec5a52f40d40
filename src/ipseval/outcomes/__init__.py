"""Outcomes from registers: weeks, spells, work, education and NEET; knows no arm and no score."""
