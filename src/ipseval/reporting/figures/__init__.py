"""Figures drawn from results: print quality, readable without colour, with the same story in words."""

from ipseval.reporting.figures.bars import change_bars, count_bars
from ipseval.reporting.figures.display import DRAWINGS, Figure, figure_alt, figure_of
from ipseval.reporting.figures.forest import forest
from ipseval.reporting.figures.likert import likert_bars
from ipseval.reporting.figures.movement_map import movement
from ipseval.reporting.figures.reliable_map import reliable_counts
from ipseval.reporting.figures.screen import paired_dots, reliable_scatter

__all__ = [
    "DRAWINGS",
    "Figure",
    "change_bars",
    "count_bars",
    "figure_alt",
    "figure_of",
    "forest",
    "likert_bars",
    "movement",
    "paired_dots",
    "reliable_counts",
    "reliable_scatter",
]
