"""One municipality against a mixture of others that moved as it did before the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.inputs import finite_numbers
from ipseval.analysis.kernels import synthetic as kernel
from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import DesignError
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Array = NDArray[np.float64]
REFERENCES = ("https://doi.org/10.1198/jasa.2009.ap08746", "https://doi.org/10.1257/jel.20191450")
POOR_FIT = 0.25
"""A gap before the start above this many standard deviations of the outcome over units is told."""


@dataclass(frozen=True, eq=False)
class Units:
    """Means by period and unit: `y` is periods x units, `first` the period of entry or -1."""

    y: Array
    first: NDArray[np.intp]
    names: tuple[str, ...]
    periods: tuple[Any, ...]
    persons: dict[str, int]
    total: int
    people: bool


def synthetic_control(
    frame: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    id: str | None = None,
    least_before: int = 4,
    level: float = 0.95,
) -> Result:
    """Compare each treated municipality with the mixture of untreated ones that moved as it did before.

    Parameters
    ----------
    frame
        One row per municipality and period; or one per person and period with `id`, then the means are taken.
    outcome, unit, time, treatment
        Outcome; municipality; period (numbers or dates); 1 from the municipality's start on, else 0.
    id
        Person column, where rows are persons.
    least_before
        Periods before the start that the fit needs, 2 or more.
    level
        1 minus the level that the smallest attainable p is held against.

    Returns
    -------
    Result
        Per treated municipality (`group`) a row `gap`: mean gap to its mixture from the start on.  Its p is
        the share of units, it among them, whose ratio of gaps after to before is at least as large when each
        untreated one is treated in name only; `statistic` is that ratio.  There is no interval.
        Rows `gap_before` (root mean square gap before the start): how well the mixture fits.
        Extras: `paths` (treated and mixture by period), `weights`, `placebos` (gap by untreated unit and
        period) and `ratios`.

    Raises
    ------
    DesignError
        Nobody treated, fewer than two untreated units, too few periods before, treatment switched off again,
        a unit that lacks a period, a person in two municipalities.
    EstimationError
        Unknown columns.

    Notes
    -----
    Assumptions: no other shock hits the treated unit alone; untreated units are not touched; the mixture that
    fitted before would have gone on fitting.  Weights rest on the outcome's own past.  The ranks are a
    comparison with units in name only, exact if the treated one could have been any of them.
    Missing data: every unit must be there in every period; rows without an outcome are left out and counted.
    Checked against: tests/analysis_effects/test_synthetic_control.py (conditions of optimality, every mixture
    on a grid, a mixture that is known).
    References: Abadie, Diamond and Hainmueller 2010, https://doi.org/10.1198/jasa.2009.ap08746; Abadie 2021,
    https://doi.org/10.1257/jel.20191450.
    """
    require_level(level)
    units, notes = _read(frame, outcome, unit, time, treatment, id)
    donors = np.flatnonzero(units.first < 0)
    rows: list[dict[str, Any]] = []
    tables: dict[str, list[Any]] = {"paths": [], "weights": [], "placebos": [], "ratios": []}
    for k in np.flatnonzero(units.first >= 0):
        start = int(units.first[k])
        if start < max(least_before, 2):
            raise DesignError(
                f"{start} period(s) lie before the start of a treated {unit!r}, and "
                f"least_before={least_before} are needed; a fit to so few shows nothing."
            )
        _one_unit(units, int(k), donors, start, rows, notes, tables)
    for row in rows:
        row |= {"outcome": outcome, "estimand": "ATT", "scale": "difference"}
    if 1.0 / (len(donors) + 1) > 1.0 - level:
        least = float(f"{1.0 / (len(donors) + 1):.2g}")
        notes.append(Note("synthetic_few", values={"n": len(donors), "p": least}))
    columns = {
        "paths": ["unit", "period", "treated", "synthetic", "gap"],
        "weights": ["unit", "donor", "weight"],
        "placebos": ["unit", "donor", "period", "gap"],
        "ratios": ["unit", "donor", "ratio", "before"],
    }
    return Result(
        kind="synthetic_control",
        estimates=estimates_frame(rows),
        sample=_flow(units),
        method=Method(
            "synthetic_control", "population_unit", "", level, "test_synthetic_rank", "synthetic_missing",
            None, REFERENCES,
        ),
        base=Base("in_frame", units.total, unit="person" if units.people else "unit"),
        notes=tuple(notes),
        extras={name: pd.DataFrame(tables[name], columns=columns[name]) for name in columns},
        source=Source.of(frame=frame),
    )  # fmt: skip


def _one_unit(
    units: Units, k: int, donors: NDArray[np.intp], start: int, rows: list[dict[str, Any]], notes: list[Note],
    tables: dict[str, list[Any]],
) -> None:  # fmt: skip
    name = units.names[k]
    found = kernel.fit_unit(units.y[:, k], units.y[:, donors], start)
    placebos = [kernel.fit_unit(units.y[:, j], units.y[:, donors[donors != j]], start) for j in donors]
    ratios = np.array([p.ratio for p in placebos])
    n = units.persons.get(name)
    rows.append(
        {
            "term": "gap", "group": name, "contrast": "treated - synthetic", "n": n,
            "estimate": float(found.gap[start:].mean()), "statistic": found.ratio,
            "p_value": kernel.rank_p(found.ratio, ratios),
        }
    )  # fmt: skip
    rows.append({"term": "gap_before", "group": name, "estimate": found.before, "n": n})
    spread = float(units.y[:start].std(axis=1).mean())
    if found.before > POOR_FIT * spread:
        rows[-2]["status"] = "flagged"
        values = {"unit": name, "gap": float(f"{found.before:.3g}"), "spread": float(f"{spread:.3g}")}
        notes.append(Note("synthetic_poor_fit", row=len(rows) - 2, values=values))
    used = int((found.weights > 1e-6).sum())
    notes.append(Note("synthetic_donors", row=len(rows) - 2, values={"n": used, "of": len(donors)}))
    if np.linalg.matrix_rank(units.y[:start][:, donors] - units.y[:start, [k]]) < used - 1:
        notes.append(Note("synthetic_not_unique", row=len(rows) - 2))
    mixed = units.y[:, k] - found.gap
    for t, period in enumerate(units.periods):
        tables["paths"].append((name, period, units.y[t, k], mixed[t], found.gap[t]))
    for j, weight in zip(donors, found.weights, strict=True):
        tables["weights"].append((name, units.names[j], float(weight)))
    for j, one in zip(donors, placebos, strict=True):
        tables["ratios"].append((name, units.names[j], one.ratio, one.before))
        tables["placebos"] += [
            (name, units.names[j], period, one.gap[t]) for t, period in enumerate(units.periods)
        ]


def _flow(units: Units) -> pd.DataFrame:
    steps: list[tuple[str, str, int]] = [("in_frame", "", units.total)]
    if units.people:
        steps.append(("analysed", "", sum(units.persons.values())))
    else:
        steps += [
            ("analysed", "treated", int((units.first >= 0).sum())),
            ("analysed", "control", int((units.first < 0).sum())),
        ]
    return sample_frame(steps)


def _read(
    frame: pd.DataFrame, outcome: str, unit: str, time: str, treatment: str, id: str | None
) -> tuple[Units, list[Note]]:
    columns = [outcome, unit, time, treatment, *([id] if id else [])]
    require_columns(frame, columns, argument="outcome, unit, time, treatment and id")
    for argument, column in (("outcome", outcome), ("treatment", treatment)):
        finite_numbers(frame, column, argument=argument)
    lacking = int(frame[[unit, time, treatment, *([id] if id else [])]].isna().any(axis=1).sum())
    if lacking:
        raise DesignError(f"{lacking} row(s) lack unit, time, treatment or id; every row must have them.")
    known = frame[frame[outcome].notna()]
    notes = []
    if len(known) < len(frame):
        notes.append(Note("synthetic_dropped", values={"n": len(frame) - len(known)}))
    if id is None and known.duplicated([unit, time]).any():
        raise DesignError(
            f"{int(known.duplicated([unit, time]).sum())} row(s) repeat a {unit!r} and {time!r}; name the "
            "person column in id=, and means are taken."
        )
    if id is not None and int((frame.groupby(id)[unit].nunique() > 1).sum()):
        moved = int((frame.groupby(id)[unit].nunique() > 1).sum())
        raise DesignError(
            f"id={id!r}: {moved} person(s) stand in more than one {unit!r}; use the one at the start."
        )
    cells = known.groupby([time, unit])
    wide = cells[outcome].mean().unstack(unit)
    entered = cells[treatment].mean().unstack(unit)
    gaps = int(wide.isna().to_numpy().sum())
    if gaps:
        raise DesignError(f"{gaps} cell(s) of {unit!r} and {time!r} are empty; leave such units out.")
    first = _starts(entered.to_numpy(dtype=float), unit, treatment)
    names = tuple(code_text(v) for v in wide.columns)
    persons = (
        {code_text(u): int(n) for u, n in known.groupby(unit)[id].nunique().items()} if id is not None else {}
    )
    total = int(frame[id].nunique()) if id is not None else int(frame[unit].nunique())
    return Units(
        wide.to_numpy(dtype=float), first, names, tuple(wide.index), persons, total, id is not None
    ), notes


def _starts(treated: Array, unit: str, treatment: str) -> NDArray[np.intp]:
    if not np.isin(treated, (0.0, 1.0)).all():
        raise DesignError(
            f"treatment={treatment!r} must be 0 or 1, the same for a whole {unit!r} in a period."
        )
    if (np.diff(treated, axis=0) < 0).any():
        raise DesignError(f"treatment={treatment!r} is switched off again; code it 1 from the start on.")
    ever = treated.any(axis=0)
    if not ever.any() or (~ever).sum() < 2:
        raise DesignError(
            f"{int(ever.sum())} treated and {int((~ever).sum())} untreated {unit!r}; at least 1 and "
            "2 are needed."
        )
    return np.where(ever, treated.argmax(axis=0), -1).astype(np.intp)
