"""The two continua of mental health: well-being on one axis, illness on the other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import ScoringError
from ipseval.core.evidence import Evidence
from ipseval.core.evidence_cells import Cells, Counted, whole_column
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

MODELS = ("due2014", "dual_factor")
CELLS: dict[str, tuple[str, str, str, str]] = {
    # (not ill, good), (not ill, less good), (ill, good), (ill, less good)
    "due2014": ("healthy_good", "healthy_less_good", "ill_good", "ill_less_good"),
    "dual_factor": ("complete_mental_health", "vulnerable", "symptomatic_but_content", "troubled"),
}
ILL_PATTERNS = ("mild", "moderate", "severe")


def two_continua(
    frame: pd.DataFrame,
    *,
    model: str = "due2014",
    who5: str,
    diagnosis: str | None = None,
    gad7: str | None = None,
    mdi: str | None = None,
    mdi_icd10: str | None = None,
    who5_cut: float = 50.0,
    gad7_cut: float = 10.0,
    mdi_cut: float = 21.0,
) -> pd.Series:
    """Place every person in one of the four cells of the two-continua model.

    Parameters
    ----------
    frame
        One row per person (and wave).
    model
        "due2014": illness is a diagnosis; well-being is less good when WHO-5 is at or under its cut or,
        if their columns are given, GAD-7 or MDI at or over theirs.  "dual_factor": illness is a symptom
        case (MDI pattern mild or worse, MDI total or GAD-7 at or over its cut); well-being is WHO-5 alone.
    who5, gad7, mdi
        Columns of scores: WHO-5 (0-100), GAD-7 (0-21), MDI (0-50).
    diagnosis
        Column of yes/no as true/false or 1/0; needed by "due2014".
    mdi_icd10
        Column of the MDI pattern as `MDI.score` gives it; used by "dual_factor" in place of `mdi`.
    who5_cut, gad7_cut, mdi_cut
        Less good at most `who5_cut`; case from `gad7_cut` and `mdi_cut`.  No source gives official
        cuts for either axis: print them with the table.

    Returns
    -------
    Series
        One ordered category per row: the cell, missing where an axis is unknown.

    Raises
    ------
    ScoringError
        For an unknown model or column, a score outside its scale, or an axis without a column.

    Missing data
    ------------
    On an axis with several columns any sign of illness (or of less well-being) decides; without one, a
    missing column leaves the axis unknown.  A person unknown on one axis has no cell.

    References
    ----------
    Due P et al. (2014), Vidensråd for Forebyggelse; Suldo SM, Shaffer EJ (2008)
    doi:10.1080/02796015.2008.12087908.
    """
    require_option(model, MODELS, argument="model", error=ScoringError)
    columns = [c for c in (who5, diagnosis, gad7, mdi, mdi_icd10) if c]
    require_columns(frame, columns, argument="who5/diagnosis/gad7/mdi", error=ScoringError)
    low = [_at_or_beyond(frame, who5, who5_cut, 100.0, below=True)]
    signs = [_at_or_beyond(frame, gad7, gad7_cut, 21.0)] if gad7 else []
    if model == "due2014":
        if diagnosis is None:
            raise ScoringError('model="due2014" needs diagnosis=; without one choose model="dual_factor".')
        signs += [_at_or_beyond(frame, mdi, mdi_cut, 50.0)] if mdi else []
        less_good, ill = _any(low + signs), _yes_no(frame, diagnosis)
    else:
        signs += [_pattern(frame, mdi_icd10)] if mdi_icd10 else []
        signs += [_at_or_beyond(frame, mdi, mdi_cut, 50.0)] if mdi and not mdi_icd10 else []
        if not signs:
            raise ScoringError('model="dual_factor" needs gad7=, mdi= or mdi_icd10= for the illness axis.')
        less_good, ill = low[0], _any(signs)
    cell = ill.astype("Int8") * 2 + less_good.astype("Int8")
    codes = cell.fillna(-1).to_numpy(dtype=np.int8)
    kind = pd.CategoricalDtype(list(CELLS[model]), ordered=True)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=kind), index=frame.index, name=model)


def _at_or_beyond(frame: pd.DataFrame, column: str, cut: float, top: float, below: bool = False) -> pd.Series:
    """Say per row whether a score is at its cut or beyond; missing stays missing."""
    if not pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_bool_dtype(frame[column]):
        raise ScoringError(f"{column!r} is not numeric; give the score, not its band.")
    values = frame[column].astype(float)
    outside = int(((values < 0) | (values > top)).sum())
    if outside:
        raise ScoringError(
            f"{column!r} holds {outside} row(s) outside 0 to {top:g}; give the score as the instrument "
            "makes it."
        )
    beyond = values <= cut if below else values >= cut
    return beyond.astype("boolean").mask(values.isna())


def _yes_no(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    other = int((~values.dropna().isin([0, 1])).sum())
    if other:
        raise ScoringError(
            f"{column!r} holds {other} row(s) that are not yes/no; code it as 1/0 or true/false."
        )
    return (values == 1).astype("boolean").mask(values.isna())


def _pattern(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column].astype("string")
    known = (*ILL_PATTERNS, "none", "undetermined")
    other = int((~values.dropna().isin(known)).sum())
    if other:
        raise ScoringError(
            f"{column!r} holds {other} row(s) that are no MDI pattern; give the column mdi_icd10."
        )
    found = values.isin(ILL_PATTERNS).astype("boolean")
    return found.mask(values.isna() | (values == "undetermined"))


def _any(signs: list[pd.Series]) -> pd.Series:
    """Any positive is positive; else any missing is unknown (the three-valued "or" of pandas)."""
    found = signs[0]
    for sign in signs[1:]:
        found = found | sign
    return found


def continua_shares(
    frame: pd.DataFrame,
    *,
    model: str = "due2014",
    who5: str,
    diagnosis: str | None = None,
    gad7: str | None = None,
    mdi: str | None = None,
    mdi_icd10: str | None = None,
    id: str | None = None,
    **cuts: float,
) -> Result:
    """Count the persons in each cell of the two-continua model, with the cuts that were used.

    Parameters
    ----------
    frame, model, who5, diagnosis, gad7, mdi, mdi_icd10, cuts
        As for `two_continua`; `cuts` are `who5_cut`, `gad7_cut` and `mdi_cut`.
    id
        Person column, if rows should be checked to be one per person, and to know them in other results.

    Returns
    -------
    Result
        One row per cell (`term`): its share of all persons with a cell.  A note names the cuts.

    Raises
    ------
    ScoringError
        As for `two_continua`, or if a person stands twice.

    Missing data
    ------------
    Persons unknown on one axis have no cell; they are counted in `sample`.
    """
    for name in cuts:
        require_option(name, ("who5_cut", "gad7_cut", "mdi_cut"), argument="cuts", error=ScoringError)
    columns = {"who5": who5, "diagnosis": diagnosis, "gad7": gad7, "mdi": mdi, "mdi_icd10": mdi_icd10}
    cells = two_continua(
        frame, model=model, who5=who5, diagnosis=diagnosis, gad7=gad7, mdi=mdi, mdi_icd10=mdi_icd10, **cuts
    )
    _once_each(frame, id)
    n = int(cells.notna().sum())
    used = {"who5_cut": 50.0, "gad7_cut": 10.0, "mdi_cut": 21.0} | cuts
    notes = [Note("continua_cuts", None, {name: float(value) for name, value in used.items()})]
    rows: list[dict[str, object]] = []
    for at, cell in enumerate(CELLS[model]):
        row: dict[str, object] = {"outcome": model, "term": cell, "scale": "share", "n": n}
        count = int((cells == cell).sum())
        if n:
            rows.append(row | {"estimate": count / n, "n_events": count})
        else:
            notes.append(Note("nobody_has_a_cell", at, {}))
            rows.append(row | {"status": "refused"})
    return Result(
        "continua_shares",
        estimates_frame(rows),
        sample_frame([("in_frame", "", len(frame)), ("known_on_both_axes", "", n)]),
        Method("share_per_cell", missing="known_on_both_axes"),
        Base("known_on_both_axes", n),
        tuple(notes),
        {},
        Source.of(frame=frame[[c for c in columns.values() if c]].astype("string")),
        _shares_evidence(frame, id, cells, f"{model} of {'+'.join(c for c in columns.values() if c)}", used),
    )


def _shares_evidence(
    frame: pd.DataFrame, id: str | None, cells: pd.Series, name: str, cuts: dict[str, float]
) -> Evidence:
    """Tell of each share its cell; a model with other cuts or columns splits others, and is named so."""
    name = f"{name}, {', '.join(f'{cut} {value:g}' for cut, value in cuts.items())}"
    told = Cells(frame, id, {name: cells})
    counted = Counted(np.flatnonzero(cells.notna()), (name,))
    return told.evidence(lines=[told.line(counted, event=(name, str(c))) for c in cells.cat.categories])


def _once_each(frame: pd.DataFrame, id: str | None) -> None:
    if id is None:
        return
    require_columns(frame, [id], argument="id", error=ScoringError)
    again = int(frame[id].duplicated().sum())
    if again:
        raise ScoringError(f"id={id!r} stands more than once in {again} row(s); keep one row per person.")


def continua_movement(
    frame: pd.DataFrame, *, before: str, after: str, id: str | None = None, name: str = "two_continua"
) -> Result:
    """Count how persons moved between the cells from the first to the second measurement.

    Parameters
    ----------
    frame
        One row per person, with the cells of both measurements (from `two_continua`).
    before, after
        Columns of cells, both of one model.
    id
        Person column, if rows should be checked to be one per person.
    name
        What the outcome is called.

    Returns
    -------
    Result
        One row per pair of cells: `group` is the cell before, `contrast` the cell after, `estimate` the
        share of those in the cell before; then one row for all who stayed (`term` "stayed").
        `extras["matrix"]` is the table of counts.  Cells under five must be suppressed on release.

    Raises
    ------
    ScoringError
        If the columns are not cells of one model, or a person stands twice.

    Missing data
    ------------
    Only persons with a cell at both measurements; the others are counted in `sample`.
    """
    require_columns(
        frame, [c for c in (before, after, id) if c], argument="before/after/id", error=ScoringError
    )
    kinds = [frame[column].dtype for column in (before, after)]
    if not all(isinstance(kind, pd.CategoricalDtype) for kind in kinds) or kinds[0] != kinds[1]:
        raise ScoringError(
            "before= and after= must both hold cells of one model, as two_continua gives them."
        )
    _once_each(frame, id)
    both = frame[[before, after]].dropna()
    matrix = pd.crosstab(both[before], both[after], dropna=False)
    rows, notes = _movement_rows(matrix, name)
    return Result(
        "continua_movement",
        estimates_frame(rows),
        sample_frame([("in_frame", "", len(frame)), ("cell_at_both", "", len(both))]),
        Method("movement_between_cells", missing="cell_at_both"),
        Base("cell_at_both", len(both)),
        tuple(notes),
        {"matrix": matrix},
        Source.of(frame=frame[[before, after]].astype("string")),
        _movement_evidence(frame, id, before, after, rows),
    )


def _movement_evidence(
    frame: pd.DataFrame, id: str | None, before: str, after: str, rows: list[dict[str, object]]
) -> Evidence:
    """Tell of each share those who were in the cell and where they went; who stayed is the diagonal."""
    there = np.flatnonzero(frame[[before, after]].notna().all(axis=1))
    same = (frame[before].astype(str) == frame[after].astype(str)).to_numpy()[there]
    stayed = f"{after} as {before}"
    told = Cells(frame, id, {stayed: whole_column(frame, there, same.astype(int))})
    counted = Counted(there, (before, after))
    told.count(counted, (before, after, stayed))
    lines = []
    for row in rows:
        if "contrast" in row:
            who, event = [(before, code_text(row["group"]))], (after, code_text(row["contrast"]))
        else:
            who, event = [], (stayed, "1")
        lines.append(told.line(counted, who=who, event=event))
    return told.evidence(lines=lines)


def _movement_rows(matrix: pd.DataFrame, name: str) -> tuple[list[dict[str, object]], list[Note]]:
    rows: list[dict[str, object]] = []
    notes: list[Note] = []
    for start, counts in matrix.iterrows():
        total = int(counts.sum())
        for end, count in counts.items():
            row = {"outcome": name, "group": start, "contrast": end, "scale": "share", "n": total}
            if total == 0:
                notes.append(Note("nobody_in_cell", len(rows), {"cell": str(start)}))
                rows.append(row | {"status": "refused"})
            else:
                rows.append(row | {"estimate": int(count) / total, "n_events": int(count)})
    stayed, everyone = int(np.trace(matrix.to_numpy())), int(matrix.to_numpy().sum())
    row = {"outcome": name, "term": "stayed", "scale": "share", "n": everyone}
    if everyone:
        rows.append(row | {"estimate": stayed / everyone, "n_events": stayed})
    else:
        notes.append(Note("nobody_in_cell", len(rows), {"cell": ""}))
        rows.append(row | {"status": "refused"})
    return rows, notes
