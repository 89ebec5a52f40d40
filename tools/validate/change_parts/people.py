"""WHO-5-like people, and how hits are counted."""

from __future__ import annotations

import numpy as np

LEVEL = 0.95
SD_LEVEL, SD_DAY = 15.0, 10.0
RELIABILITY = SD_LEVEL**2 / (SD_LEVEL**2 + SD_DAY**2)
Found = dict[str, list[float]]


def answers(level: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Draw index scores of people with these levels: multiples of four between 0 and 100."""
    return np.clip(np.round((level + rng.normal(shift, SD_DAY, len(level))) / 4), 0, 25) * 4


def people(n: int, gain: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores before and after."""
    level = rng.normal(44, SD_LEVEL, n)
    return answers(level, 0.0, rng), answers(level, gain, rng)


def note(found: Found, name: str, hit: float) -> None:
    """Count one replicate."""
    found.setdefault(name, []).append(float(hit))


def inside(low: float, high: float, value: float) -> bool:
    """Say whether an interval holds the truth; a limit that does not exist holds everything on its side."""
    return not (value < low - 1e-9) and not (value > high + 1e-9)
