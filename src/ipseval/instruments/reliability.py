"""How consistently items measure one thing: alpha, omega, item statistics, error of measurement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import ScoringError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.tails import normal_quantile
from ipseval.instruments import reliability_kernel as kernel
from ipseval.instruments.checks import require_finite

Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What the caller asked for, beyond the answers."""

    name: str
    items: tuple[str, ...]
    testlets: tuple[tuple[str, ...], ...]
    multiply: float
    level: float


def reliability(
    frame: pd.DataFrame,
    *,
    items: Sequence[str],
    reversed: Mapping[str, tuple[float, float]] | None = None,
    wave: str | None = None,
    id: str | None = None,
    testlets: Sequence[Sequence[str]] = (),
    multiply: float = 1.0,
    level: float = 0.95,
    name: str = "scale",
) -> Result:
    """Tell how well items that are added up belong together, and how much one person's score can wobble.

    Parameters
    ----------
    frame
        One row per person, or per person and wave with `wave=`.
    items
        The item columns, numeric, at least two.
    reversed
        Items that run the other way, with their declared lowest and highest code: {"q3": (1, 5)}.
        `Instrument.keyed` gives items that are turned already.
    wave
        Column to split by (start and end are never mixed).
    id
        Person column; a person may stand once per wave.
    testlets
        Groups of items that depend on each other; alpha is given once more with each group as one item.
    multiply
        What the sum is multiplied with to give the score (4 for WHO-5), so that SEM and MDC are in points.
    level
        Confidence level, and the level of the smallest detectable change.
    name
        What the scale is called in the result.

    Returns
    -------
    Result
        One row per coefficient and wave; `scale` says which: `alpha` (Feldt interval), `alpha_bonett` (the
        same with Bonett's interval), `alpha_standardised`, `omega` (one factor, maximum likelihood, in
        the units of the sum) and `omega_standardised`, or `spearman_brown` for two items;
        `alpha_testlets`, `sd`, `sem` (standard error of measurement) and `mdc` (smallest detectable change)
        from alpha; and per item (`term`) `alpha_if_dropped` and `item_rest`.  `extras["loadings"]`
        holds the one-factor loadings.  An item that correlates negatively with the rest, or loads
        against the others, is flagged: several unreversed items can hide each other's correlation.

    Raises
    ------
    ScoringError
        For fewer than two items, unknown or text columns, a person twice in a wave, or a bad level.

    Assumptions
    -----------
    Alpha equals reliability only if items measure one thing equally well and errors are unrelated; it
    ignores day-to-day variation, so MDC from alpha is a lower limit: prefer a retest reliability.

    Missing data
    ------------
    Only persons who answered every item count, and intervals use exactly that number.

    Checked against
    ---------------
    tests/oracles/reliability (R psych, base factanal; Feldt and Bonett from their formulas in R).

    References
    ----------
    Feldt LS (1965) doi:10.1007/BF02289499; Bonett DG (2002) doi:10.3102/10769986027004335;
    McDonald RP (1999) Test Theory; Jöreskog KG (1967) doi:10.1007/BF02289658.
    """
    request = Request(name, tuple(items), tuple(tuple(t) for t in testlets), float(multiply), level)
    _check(frame, request, reversed or {}, wave, id)
    keyed = _keyed(frame, request, reversed or {})
    rows: list[Row] = []
    notes: list[Note] = []
    steps: list[tuple[str, str, int]] = []
    loadings = []
    for group, at in _groups(frame, wave):
        answers = keyed.to_numpy()[at]
        complete = ~np.isnan(answers).any(axis=1)
        n = _persons(frame, id, at[complete])
        steps += [("in_frame", group, _persons(frame, id, at)), ("answered_every_item", group, n)]
        found, fit = _coefficients(answers[complete], group, request, len(rows), notes)
        rows += [{**row, "n": n} for row in found]
        loadings.append(fit)
    nameless = 0 if wave is None else int(frame[wave].isna().sum())
    if nameless:
        notes.append(Note("rows_without_group", None, {"n": nameless, "column": wave}))
        keyed = keyed[frame[wave].notna()]
        frame = frame[frame[wave].notna()]
    method = Method(
        estimator="reliability_estimator",
        interval="feldt_interval",
        level=level,
        missing="answered_every_item",
        references=(
            "doi:10.1007/BF02289499",
            "doi:10.3102/10769986027004335",
            "doi:10.1007/BF02289658",
        ),
    )
    total = _persons(frame, id, np.flatnonzero(~keyed.isna().any(axis=1)))
    columns = [*items, *(c for c in (wave, id) if c)]
    return Result(
        "reliability",
        estimates_frame(rows),
        sample_frame(sorted(steps, key=lambda step: step[0] != "in_frame")),
        method,
        Base("answered_every_item", total),
        tuple(notes),
        {"loadings": pd.concat(loadings, ignore_index=True)},
        Source.of(frame=frame[columns]).with_rows_of(frame),
    )


def _check(
    frame: pd.DataFrame, request: Request, turned: Mapping[str, Any], wave: str | None, id: str | None
) -> None:
    items = request.items
    require_level(request.level, error=ScoringError)
    if len(items) < 2 or len(set(items)) < len(items):
        raise ScoringError(f"items= names {len(items)} column(s); name at least two, each once.")
    require_columns(frame, items, argument="items", error=ScoringError)
    parts = [c for testlet in request.testlets for c in testlet]
    if len(set(parts)) < len(parts) or not set(parts) <= set(items):
        raise ScoringError("testlets= must group columns of items=, each in one group at most.")
    require_columns(frame, [c for c in (wave, id) if c], argument="wave/id", error=ScoringError)
    if not set(turned) <= set(items):
        raise ScoringError("reversed= names a column that is not in items=; name items only.")
    for item in items:
        if pd.api.types.is_bool_dtype(frame[item]) or not pd.api.types.is_numeric_dtype(frame[item]):
            raise ScoringError(
                f"items= names {item!r}, which is not numeric; turn its labels into codes first."
            )
        require_finite(frame, item, "items")
    if id is not None:
        keys = [id, *([wave] if wave else [])]
        again = int(frame.duplicated(keys).sum())
        if again:
            raise ScoringError(
                f"id={id!r} stands more than once in {again} row(s){' of one wave' if wave else ''}; keep "
                f"one row per person{'' if wave else ', or split by wave='}."
            )


def _keyed(frame: pd.DataFrame, request: Request, turned: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Turn reversed items about their declared ends, never the ends that happen to occur."""
    keyed = frame[list(request.items)].astype(float)
    for item, (low, high) in turned.items():
        outside = int(((keyed[item] < low) | (keyed[item] > high)).sum())
        if outside:
            raise ScoringError(
                f"reversed= declares {item!r} from {low:g} to {high:g}, but {outside} row(s) lie outside; "
                "declare the codes of the questionnaire."
            )
        keyed[item] = low + high - keyed[item]
    return keyed


def _groups(frame: pd.DataFrame, wave: str | None) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    if wave is None:
        yield "", np.arange(len(frame))
        return
    for value in pd.unique(frame[wave].dropna()):
        here = (frame[wave] == value).fillna(False)
        yield str(value), np.flatnonzero(here.to_numpy(dtype=bool))


def _persons(frame: pd.DataFrame, id: str | None, at: np.ndarray[Any, Any]) -> int:
    return len(at) if id is None else int(frame[id].iloc[at].nunique())


def _coefficients(
    x: kernel.Matrix, group: str, request: Request, offset: int, notes: list[Note]
) -> tuple[list[Row], pd.DataFrame]:
    """Return the rows of one wave and its loadings; refusals keep their row and say why in `notes`."""
    n, k = x.shape
    enough = n >= 2 and float(x.sum(axis=1).var()) > 0.0
    rows = _scale_rows(x, request) if enough else [{"scale": s, "estimate": math.nan} for s in _SCALES]
    fit = None
    if enough:
        fit = _factor_rows(x, rows)
    rows += _item_rows(x, request) if enough else _no_item_rows(request)
    against = {} if fit is None else dict(zip(request.items, fit.loadings < 0, strict=True))
    for at, row in enumerate(rows, start=offset):
        row.update(outcome=request.name, group=group)
        if math.isnan(row["estimate"]):
            row["status"] = "refused"
            reason = row.pop("reason", "too_little_variation")
            notes.append(Note(reason, at, {"scale": row["scale"], "item": row.get("term", ""), "n": n}))
        elif row["scale"] == "item_rest" and (row["estimate"] < 0 or against.get(row["term"], False)):
            row["status"] = "flagged"
            notes.append(Note("item_runs_the_wrong_way", at, {"item": row["term"]}))
        elif row["scale"] == "alpha" and row["estimate"] < 0:
            row["status"] = "flagged"
            notes.append(Note("alpha_is_negative", at, {}))
        row.pop("reason", None)
    loadings = pd.DataFrame(
        {
            "group": group,
            "item": list(request.items),
            "loading": fit.loadings if fit is not None else np.full(k, math.nan),
            "uniqueness": fit.uniquenesses if fit is not None else np.full(k, math.nan),
        }
    )
    return rows, loadings


_SCALES = ("alpha", "alpha_bonett", "alpha_standardised", "sd", "sem", "mdc", "omega", "omega_standardised")


def _scale_rows(x: kernel.Matrix, request: Request) -> list[Row]:
    n, k = x.shape
    covariance = np.cov(x, rowvar=False)
    correlation = kernel.correlation_from(covariance)
    alpha = kernel.alpha_from(covariance)
    sd = math.sqrt(float(covariance.sum())) * request.multiply
    sem = sd * math.sqrt(1.0 - alpha)
    rows = [
        _with_interval("alpha", alpha, kernel.feldt(alpha, n, k, request.level), request.level),
        _with_interval("alpha_bonett", alpha, kernel.bonett(alpha, n, k, request.level), request.level),
        {
            "scale": "alpha_standardised",
            "estimate": math.nan if correlation is None else kernel.alpha_from(correlation),
            "reason": "item_does_not_vary",
        },
        {"scale": "sd", "estimate": sd},
        {"scale": "sem", "estimate": sem},
        {"scale": "mdc", "estimate": normal_quantile(request.level) * math.sqrt(2.0) * sem},
    ]
    if request.testlets:
        rows.append(_testlet_row(x, request))
    return rows


def _with_interval(scale: str, estimate: float, ends: tuple[float, float], level: float) -> Row:
    row: Row = {"scale": scale, "estimate": estimate}
    if not any(map(math.isnan, ends)):
        row |= {"ci_low": ends[0], "ci_high": ends[1], "conf_level": level}
    return row


def _testlet_row(x: kernel.Matrix, request: Request) -> Row:
    place = {item: at for at, item in enumerate(request.items)}
    grouped = {item for testlet in request.testlets for item in testlet}
    parts = [[place[item] for item in testlet] for testlet in request.testlets]
    parts += [[place[item]] for item in request.items if item not in grouped]
    sums = np.stack([x[:, part].sum(axis=1) for part in parts], axis=1)
    alpha = kernel.alpha_from(np.cov(sums, rowvar=False)) if len(parts) > 1 else math.nan
    ends = (math.nan, math.nan)
    if not math.isnan(alpha):
        ends = kernel.feldt(alpha, len(x), len(parts), request.level)
    return _with_interval("alpha_testlets", alpha, ends, request.level)


def _factor_rows(x: kernel.Matrix, rows: list[Row]) -> kernel.OneFactor | None:
    """Add omega (or Spearman-Brown for two items) to the rows and return the one-factor fit."""
    covariance = np.cov(x, rowvar=False)
    correlation = kernel.correlation_from(covariance)
    if correlation is None:
        rows += [
            {"scale": s, "estimate": math.nan, "reason": "item_does_not_vary"}
            for s in ("omega", "omega_standardised")
        ]
        return None
    if len(covariance) == 2:
        r = float(correlation[0, 1])
        rows.append({"scale": "spearman_brown", "estimate": 2.0 * r / (1.0 + r) if r > -1 else math.nan})
        rows.append({"scale": "omega", "estimate": math.nan, "reason": "omega_needs_three_items"})
        return None
    fit = kernel.one_factor(covariance)
    reason = "heywood_case" if fit.heywood else "factor_did_not_converge"
    rows.append({"scale": "omega", "estimate": fit.omega, "reason": reason})
    standardised = kernel.one_factor(correlation).omega
    rows.append({"scale": "omega_standardised", "estimate": standardised, "reason": reason})
    return fit


def _item_rows(x: kernel.Matrix, request: Request) -> list[Row]:
    covariance = np.cov(x, rowvar=False)
    rows: list[Row] = []
    for at, item in enumerate(request.items):
        kept = np.delete(np.delete(covariance, at, axis=0), at, axis=1)
        alpha = kernel.alpha_from(kept) if len(kept) > 1 else math.nan
        reason = "too_little_variation" if len(kept) > 1 else "dropped_leaves_one_item"
        rows.append({"scale": "alpha_if_dropped", "term": item, "estimate": alpha, "reason": reason})
    for item, r in zip(request.items, kernel.item_rest(x), strict=True):
        rows.append(
            {"scale": "item_rest", "term": item, "estimate": float(r), "reason": "item_does_not_vary"}
        )
    return rows


def _no_item_rows(request: Request) -> list[Row]:
    return [
        {"scale": scale, "term": item, "estimate": math.nan}
        for scale in ("alpha_if_dropped", "item_rest")
        for item in request.items
    ]
