"""Whom the rows of a model over waves count, in the words of `describe` and `change`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ipseval.analysis.describe_inputs import as_text
from ipseval.analysis.repeated_inputs import Columns
from ipseval.core.evidence import Evidence, Line, spread
from ipseval.core.evidence_cells import Cells, Counted, Positions

Row = tuple[str, str, str, bool]


def repeated_evidence(
    frame: pd.DataFrame, rows: pd.DataFrame, known: pd.DataFrame, columns: Columns, parameters: int,
    estimates: pd.DataFrame, *, yes_no: bool,
) -> Evidence | None:  # fmt: skip
    """Tell of each row its waves, arm and, of a yes/no score, the answers that people gave together.

    None where a category among the covariates changes within a person: nobody has one level then.
    """
    listed = [c for c in columns.covariates if not pd.api.types.is_numeric_dtype(rows[f"x_{c}"].dtype)]
    if any((known.groupby("id")[f"x_{c}"].nunique() > 1).any() for c in listed):
        return None
    people = _people(frame, rows, columns, listed)
    return _Teller(people, known, columns, parameters, listed, yes_no).evidence(estimates)


def _people(frame: pd.DataFrame, rows: pd.DataFrame, columns: Columns, listed: list[str]) -> pd.DataFrame:
    """One row per person: answers by wave, arm and the categories that the model takes."""
    ids = pd.factorize(frame[columns.id])[1]
    made = {columns.id: pd.Series(ids)}
    for wave in columns.waves:
        there = rows[rows["wave"] == wave].set_index("id")["y"]
        made[_named(columns, wave)] = there.reindex(range(len(ids)))
    if columns.arm is not None:
        arm = pd.Series(as_text(frame[columns.arm]).to_numpy())
        made[columns.arm] = arm.groupby(pd.factorize(frame[columns.id])[0]).first()
    for name in listed:
        made[name] = rows.groupby("id")[f"x_{name}"].first().reindex(range(len(ids)))
    return pd.DataFrame(made)


def _named(columns: Columns, wave: str) -> str:
    """The name that a change over the same long data gives a column."""
    return f"{columns.score} {wave}"


class _Teller:
    """Makes the lines; a working value."""

    def __init__(
        self, people: pd.DataFrame, known: pd.DataFrame, columns: Columns, parameters: int, listed: list[str],
        yes_no: bool,
    ) -> None:  # fmt: skip
        self.cells = Cells(people, columns.id)
        self.people, self.known, self.columns = people, known, columns
        self.parameters, self.listed, self.yes_no = parameters, listed, yes_no
        self.whole = np.unique(known["id"].to_numpy())

    def evidence(self, estimates: pd.DataFrame) -> Evidence:
        """All lines, those of like rows made once."""
        words = zip(*(estimates[n] for n in ("group", "term", "contrast")), strict=True)
        counted = estimates["n_events"].notna()
        rows: list[Row] = [
            (str(a), str(b), str(c), bool(told)) for (a, b, c), told in zip(words, counted, strict=True)
        ]
        made = {row: self._line(*row) for row in dict.fromkeys(rows)}
        return self.cells.evidence(lines=[made[row] for row in rows])

    def _line(self, arm: str, term: str, contrast: str, events: bool) -> Line:
        is_mean = term in self.columns.waves and not contrast
        waves = (term,) if is_mean else self._waves(term)
        of = tuple(_named(self.columns, w) for w in waves)
        splits = [(*self._arm(), *self._together(w)) for w in waves] if self.yes_no else [self._arm()]
        splits += [(*self._arm(), c) for c in self.listed]
        numbers = [] if self.yes_no else [self._answers(arm, w) for w in waves]
        return self.cells.line(
            self._counted(waves[0] if is_mean else ""),
            who=[(self.columns.arm or "", arm)] if arm and self.columns.arm else [],
            splits=splits, event=(of[0], "1") if events else None, of=of, parameters=self.parameters,
            residual_df=float(len(self.whole) - self.parameters), **spread(numbers),
        )  # fmt: skip

    def _waves(self, term: str) -> tuple[str, ...]:
        """Waves that a contrast or test speaks of: its own and the first, or all."""
        first = self.columns.waves[0]
        return (first, term) if term in self.columns.waves else self.columns.waves

    def _arm(self) -> tuple[str, ...]:
        return (self.columns.arm,) if self.columns.arm is not None else ()

    def _together(self, wave: str) -> tuple[str, ...]:
        """Errors of a contrast tell how answers at two waves go together, so the pair is counted."""
        first = _named(self.columns, self.columns.waves[0])
        return tuple(dict.fromkeys((first, _named(self.columns, wave))))

    def _answers(self, arm: str, wave: str) -> np.ndarray:
        """Answers at a wave, of one arm or of each of them."""
        there = (self.known["wave"] == wave) & ((self.known["arm"] == arm) | (not arm))
        return self.known.loc[there, "y"].to_numpy(dtype=float)

    def _counted(self, wave: str) -> Counted:
        """Those with an answer at a wave, or at any wave."""
        if not wave:
            return Counted(self.whole, (), chosen=len(self.whole) < len(self.people))
        rows: Positions = np.sort(self.known.loc[self.known["wave"] == wave, "id"].to_numpy())
        name = _named(self.columns, wave)
        answered = int(self.people[name].notna().sum())
        return Counted(rows, (name,), chosen=len(rows) < answered)
