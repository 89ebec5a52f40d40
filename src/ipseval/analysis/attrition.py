"""Who is missing: those who answered set against those who did not, variable by variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.attrition_arms import arm_balance_rows
from ipseval.analysis.attrition_work import Row, Work
from ipseval.analysis.kernels.exact_tables import freeman_halton
from ipseval.analysis.kernels.ranks import rank_sum
from ipseval.analysis.kernels.shares import newcombe_independent, wilson
from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import Count, Evidence, population, where
from ipseval.core.missing import REASONS
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

GROUPS = ("responder", "non_responder")
CONTRAST = "responder - non_responder"


def attrition(
    frame: pd.DataFrame,
    *,
    answered: str,
    by: Sequence[str] = (),
    arm: str | None = None,
    levels: Mapping[str, Sequence[Any]] | None = None,
    reasons: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
    seed: int = 20260101,
) -> Result:
    """Compare those who answered with those who did not, on what is known of both.

    Parameters
    ----------
    frame
        One row per person, everybody who should have answered.
    answered
        Column of 1/0 or True/False: did the person answer?
    by
        Columns known for both; `levels` (or a text, category or boolean dtype) makes one categorical.
    arm
        Column of two arms: also gives the response by arm and their difference.
    levels
        Column -> its codes in order.
    reasons
        Same index as `frame`: why an answer is missing (`core.missing.REASONS`).
    id
        Person column.
    level
        Confidence level, between 0 and 1.
    seed
        Seed of the draws that replace enumeration in tables too large for it.

    Returns
    -------
    Result
        Per number: `mean` and `sd` in each group, the standardised mean difference (`scale`
        "standardised", responders minus non-responders over the root mean of the two variances), and the
        share of pairs in which the responder is higher (`scale` "probability") with the exact rank-sum p.
        With `arm`: response by arm, its difference (Newcombe) with the exact p, and for each variable the
        standardised difference between the arms among everybody and among those who answered
        (`estimand` "arm_balance"), so that differential attrition shows.
        Per category: shares in each group, standardised differences, and Cramér's V with the exact p.

    Raises
    ------
    EstimationError
        Unknown columns, an `answered` that is not 0/1, codes outside declared levels.

    Notes
    -----
    Assumptions: persons are independent.  Missing data: each variable on those who have it.
    Checked against: tests/oracles/attrition (R: exactRankTests, fisher.test).
    References: Austin 2009, https://doi.org/10.1002/sim.3697; Freeman and Halton 1951,
    https://doi.org/10.1093/biomet/38.1-2.141.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"end": [1, 1, 1, 0, 0], "sex": ["f", "f", "m", "m", "m"]})
    >>> result = ips.attrition(people, answered="end", by=["sex"])
    >>> round(float(result.estimates["p_value"].dropna().iloc[0]), 3)
    0.4
    """
    levels = dict(levels or {})
    require_level(level)
    if isinstance(by, str):
        raise EstimationError(f"by={by!r} is one text: give a list of columns, such as [{by!r}].")
    require_columns(
        frame,
        [answered, *by, *([arm] if arm else []), *([id] if id else [])],
        argument="answered, by, arm and id",
    )
    persons = inputs.check_persons(frame, id, None)
    there = _answered(frame[answered], answered)
    work = Work(there, level, seed)
    _response_rows(work, answered)
    if arm is not None:
        _arm_rows(
            work, answered, inputs.as_text(frame[arm]), inputs.level_texts(frame[arm], arm, levels), arm
        )
    for name in by:
        if inputs.is_categorical(frame[name], name, levels):
            texts = inputs.as_text(frame[name])
            _category_rows(work, name, texts, inputs.level_texts(frame[name], name, levels))
        else:
            _number_rows(work, name, inputs.numbers(frame[name], name))
        if arm is not None:
            arm_balance_rows(work, frame, name, arm, levels)
    counts = [("in_frame", "", persons)]
    counts += [("analysed", GROUPS[0], int(there.sum())), ("analysed", GROUPS[1], int((~there).sum()))]
    return Result(
        kind="attrition",
        estimates=estimates_frame(work.rows),
        sample=sample_frame(counts),
        method=Method(
            estimator="attrition_estimator",
            interval="wilson_newcombe",
            level=level,
            test="exact_tables_and_ranks",
            missing="available_answers",
            seed=seed,
            references=("https://doi.org/10.1002/sim.3697", "https://doi.org/10.1093/biomet/38.1-2.141"),
        ),
        base=Base(name="in_frame", n=persons),
        evidence=_evidence(frame, id, answered, (persons, int(there.sum()), int((~there).sum()))),
        notes=tuple(work.notes),
        extras={"missing": _missing(frame, by, reasons)},
        source=Source.of(frame=frame),
    )


def _missing(frame: pd.DataFrame, by: Sequence[str], reasons: pd.DataFrame | None) -> pd.DataFrame:
    """Count the missing answers of each column by reason, as `describe` does."""
    rows = []
    for name in by:
        told = inputs.reason_texts(frame, [name], reasons, frame[name].isna())
        rows += [
            (name, "", reason, int((told == reason).sum())) for reason in REASONS if (told == reason).any()
        ]
    return pd.DataFrame(rows, columns=["outcome", "group", "reason", "n"])


def _evidence(frame: pd.DataFrame, id: str | None, answered: str, sizes: tuple[int, int, int]) -> Evidence:
    """Responders are those whose column says so, in the codes that the column holds."""
    codes = ("True", "False") if frame[answered].dtype == bool else ("1", "0")
    places = (where(), *(where((answered, code)) for code in codes))
    return Evidence(
        population(frame, id),
        answered,
        tuple(Count(place, n) for place, n in zip(places, sizes, strict=True)),
        codes=tuple((answered, said, code) for said, code in zip(GROUPS, codes, strict=True)),
    )


def _answered(column: pd.Series, name: str) -> pd.Series:
    values = inputs.numbers(column.astype("Int64") if column.dtype == bool else column, name)
    odd = int((~values.isin([0.0, 1.0])).sum())
    if odd:
        raise EstimationError(
            f"answered={name!r} has {odd} row(s) that are not 0 or 1 (missing counts): "
            "say for every person whether there is an answer."
        )
    return values == 1.0


def _response_rows(work: Work, name: str) -> None:
    n = len(work.there)
    if n == 0:
        raise EstimationError("the frame has no rows: there is nobody to compare.")
    work.add(_share_row(name, "", "responder", int(work.there.sum()), n, work.level))


def _share_row(outcome: str, group: str, term: str, events: int, n: int, level: float) -> Row:
    low, high = wilson(events, n, level)
    share = events / n
    row: Row = {"outcome": outcome, "group": group, "term": term, "estimand": "share", "scale": "share"}
    row |= {"estimate": share, "std_error": float(np.sqrt(share * (1 - share) / n)), "n": n}
    return row | {"n_events": events, "ci_low": float(low), "ci_high": float(high), "conf_level": level}


def _arm_rows(work: Work, name: str, arms: pd.Series, names: list[str], column: str) -> None:
    if len(names) != 2:
        raise EstimationError(f"arm={column!r} has {len(names)} value(s), but two arms are compared.")
    blank = int(arms.isna().sum())
    if blank:
        work.notes.append(Note("rows_without_group", values={"n": blank, "column": column}))
    counts = []
    for text in names:
        inside = work.there[arms == text]
        counts.append((int(inside.sum()), len(inside)))
        if len(inside):
            work.add(_share_row(name, text, "responder", *counts[-1], work.level))
        else:
            row = {"outcome": name, "group": text, "term": "responder", "scale": "share", "n": 0}
            work.add(row, "nobody_answered")
    (k0, n0), (k1, n1) = counts
    base: Row = {"outcome": name, "contrast": f"{names[1]} - {names[0]}", "n": n0 + n1}
    difference = base | {"term": "difference", "estimand": "risk_difference", "scale": "risk_difference"}
    test = base | {"term": "exact_test", "estimand": "cramers_v", "scale": "cramers_v"}
    if not n0 or not n1:
        work.add(difference, "a_group_is_empty")
        work.add(test, "a_group_is_empty")
        return
    low, high = newcombe_independent(k1, n1, k0, n0, work.level)
    interval = {"ci_low": low, "ci_high": high, "conf_level": work.level}
    work.add(difference | {"estimate": k1 / n1 - k0 / n0} | interval)
    _add_table_test(work, test, np.array([k1, n1 - k1]), np.array([k0 + k1, n0 + n1 - k0 - k1]))


def _add_table_test(work: Work, row: Row, first: np.ndarray, totals: np.ndarray) -> None:
    kept = totals > 0
    if kept.sum() < 2:
        work.add(row, "one_category_only")
        return
    found = freeman_halton(first, totals, work.seed)
    share = first.sum() / totals.sum()
    expected = totals[kept] * share
    chi2 = float((((first[kept] - expected) ** 2) / (expected * (1 - share))).sum())
    row = row | {"estimate": float(np.sqrt(chi2 / totals.sum())), "p_value": found.p_value}
    if found.how == "drawn":
        work.add(row, "p_was_drawn", status="ok")
    else:
        work.add(row)


def _category_rows(work: Work, name: str, texts: pd.Series, codes: list[str]) -> None:
    known = texts.notna()
    sides = [texts[known & work.there], texts[known & ~work.there]]
    sizes = [len(side) for side in sides]
    counts = np.array([[int((side == code).sum()) for side in sides] for code in codes]).reshape(-1, 2)
    for position, group in enumerate(GROUPS):
        for code, events in zip(codes, counts[:, position], strict=True):
            if sizes[position]:
                work.add(_share_row(name, group, code, int(events), sizes[position], work.level))
            else:
                row = {"outcome": name, "group": group, "term": code, "scale": "share", "n": 0}
                work.add(row, "nobody_answered")
    base: Row = {"outcome": name, "contrast": CONTRAST, "n": sum(sizes)}
    for code, (k1, k0) in zip(codes, counts, strict=True):
        row = base | {"term": code, "estimand": "smd", "scale": "standardised"}
        if min(sizes) == 0:
            work.add(row, "a_group_is_empty")
            continue
        p1, p0 = k1 / sizes[0], k0 / sizes[1]
        variance = (p1 * (1 - p1) + p0 * (1 - p0)) / 2
        work.add_smd(row, float(p1 - p0), float(variance))
    row = base | {"term": "exact_test", "estimand": "cramers_v", "scale": "cramers_v"}
    if min(sizes) == 0:
        work.add(row, "a_group_is_empty")
    else:
        _add_table_test(work, row, counts[:, 0], counts.sum(axis=1))


def _number_rows(work: Work, name: str, values: pd.Series) -> None:
    known = values.notna()
    sides = [values[known & work.there].to_numpy(), values[known & ~work.there].to_numpy()]
    for group, x in zip(GROUPS, sides, strict=True):
        for term in ("mean", "sd"):
            row: Row = {"outcome": name, "group": group, "term": term, "estimand": term, "scale": term}
            row |= {"n": len(x)}
            if len(x) == 0:
                work.add(row, "nobody_answered")
            elif term == "sd" and len(x) == 1:
                work.add(row, "needs_two_persons")
            else:
                work.add(row | {"estimate": float(x.mean() if term == "mean" else x.std(ddof=1))})
    base: Row = {"outcome": name, "contrast": CONTRAST, "n": int(known.sum())}
    smd = base | {"term": "smd", "estimand": "smd", "scale": "standardised"}
    rank = base | {"term": "rank_sum", "estimand": "superiority", "scale": "probability"}
    if min(map(len, sides)) == 0:
        work.add(smd, "a_group_is_empty")
        work.add(rank, "a_group_is_empty")
        return
    if min(map(len, sides)) == 1:
        work.add(smd, "needs_two_persons")
    else:
        variance = (sides[0].var(ddof=1) + sides[1].var(ddof=1)) / 2
        work.add_smd(smd, float(sides[0].mean() - sides[1].mean()), float(variance))
    found = rank_sum(sides[0], sides[1])
    row = rank | {"estimate": found.superiority, "p_value": found.p_value}
    work.add(row, "" if found.exact else "p_is_approximate", status="ok")
