"""Turns results into tables, figures and pages; rounds, and computes nothing else."""
