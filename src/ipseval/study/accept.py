"""Keeps the numbers of an accepted report, and says in words when a later run drifts from them.

Only aggregated estimates are kept (never a person's row), as a CSV that people can read and compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ipseval.core.errors import ReportError
from ipseval.core.result import Result
from ipseval.reporting.atomic import write_text

KEY = ["result", "outcome", "group", "contrast", "term", "estimand", "scale"]
NUMBERS = ["estimate", "ci_low", "ci_high", "p_value", "n", "n_events"]
TOLERANCE = 1e-9
"""Relative: far above the last digits in which machines differ, far below anything a reader sees."""


@dataclass(frozen=True)
class Drift:
    """One number that is not what was accepted; None stands for "not there"."""

    where: str
    number: str
    accepted: float | None
    now: float | None

    def sentence(self) -> str:
        """Say it in one line."""
        was = "not there" if self.accepted is None else f"{self.accepted:.10g}"
        now = "not there" if self.now is None else f"{self.now:.10g}"
        return f"{self.where}: {self.number} was {was}, is {now}"


def numbers_frame(results: Mapping[str, Result]) -> pd.DataFrame:
    """Return all estimates of all results as one frame with a key per row."""
    parts = [r.tidy().assign(result=name)[[*KEY, *NUMBERS]] for name, r in results.items()]
    frame = pd.concat(parts, ignore_index=True)
    frame[NUMBERS] = frame[NUMBERS].astype(float)
    frame["repeat"] = frame.groupby(KEY).cumcount()
    return frame


def accept(results: Mapping[str, Result], path: Path) -> int:
    """Store the numbers; returns how many rows were stored."""
    frame = numbers_frame(results)
    write_text(path, frame.to_csv(index=False, float_format="%.17g", lineterminator="\n"))
    return len(frame)


def drifts(results: Mapping[str, Result], path: Path) -> list[Drift]:
    """Compare the numbers with the accepted ones, row by row."""
    now = numbers_frame(results)
    try:
        types = dict.fromkeys(KEY, str) | dict.fromkeys(NUMBERS, float)
        was = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except (OSError, ValueError):
        raise ReportError(
            f"{path.name} is not a file of accepted numbers; accept the report again."
        ) from None
    if not {*KEY, *NUMBERS, "repeat"} <= set(was.columns):
        raise ReportError(f"{path.name} lacks columns of accepted numbers; accept the report again.")
    was[KEY] = was[KEY].fillna("")
    both = was.merge(now, on=[*KEY, "repeat"], how="outer", suffixes=("_was", "_now"), indicator=True)
    found = []
    for row in both.to_dict("records"):
        where = " / ".join(str(row[k]) for k in KEY if row[k])
        if row["_merge"] != "both":
            old = row["_merge"] == "left_only"
            found.append(Drift(where, "row", 1.0 if old else None, None if old else 1.0))
            continue
        found += [
            Drift(where, name, *pair)
            for name in NUMBERS
            if not _alike(*(pair := (_value(row[f"{name}_was"]), _value(row[f"{name}_now"]))))
        ]
    return found


def _value(x: float) -> float | None:
    return None if math.isnan(x) else float(x)


def _alike(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return a == b or math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-12)
