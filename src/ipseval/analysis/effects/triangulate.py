"""The same effect by many roads chosen in advance, in one table, with one test of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import treatment_of
from ipseval.analysis.kernels.weights import effective_n
from ipseval.core import tails
from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError, EstimationError, IpsevalError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
Recipe = Callable[[pd.DataFrame], Result]
REFERENCES = ("https://doi.org/10.1038/s41562-020-0912-z", "https://doi.org/10.1093/ije/dyw314")
LEAST_UNITS = 10
"""Below so many units in an arm, drawing them anew says little of how the estimates vary."""
MOST_FAILED = 0.1
"""Share of resamples that may fail before the joint test is refused."""


def triangulate(
    results: Mapping[str, Result | Recipe],
    *,
    designs: Mapping[str, Design] | None = None,
    data: pd.DataFrame | None = None,
    treatment: str | None = None,
    id: str | None = None,
    cluster: str | None = None,
    resamples: int = 0,
    seed: int = 20260101,
) -> Result:
    """Put the same effect by several designs and estimators, chosen in advance, into one table.

    Parameters
    ----------
    results
        Name -> result of `ips.effect`, all with the same outcome, scale and question; or name -> function of
        the frame that gives one (then `data` is needed).
    designs
        Name -> design behind the result of that name; its balance and effective numbers are set beside it.
    data, treatment, id, cluster
        With functions: the frame with one row per person, its 0/1 treatment, person column and municipality
        column.  Each resample has ids of its own, so that a person drawn twice counts as two.
    resamples, seed
        0 for no joint test; else so many draws (199 or more) of whole persons (or municipalities) within
        each arm, in which every function is run again; and their seed.

    Returns
    -------
    Result
        A row per name with its estimate, interval and p as they were; `estimand` tells for whom.  Results
        for different people are flagged and never averaged: no pooled effect is offered.  With `resamples` a
        last row `joint` (no estimate): `statistic` is the median of the effects and p that of a median so far
        from 0 if none of the roads led to an effect.  Extras: `beside` (per name: largest absolute
        standardised difference left, how many are above 0.1, persons and effective n by arm).

    Raises
    ------
    EstimationError
        Fewer than two results, results that are not effects, or different outcomes, scales or questions.
    DesignError
        A design without a result of its name; fewer than ten units in an arm for the joint test.

    Notes
    -----
    Assumptions: those of each result; agreement is no proof where all share a hidden confounder.  The joint
    test centres each road's resampled estimates at its own, which is the bootstrap under the null that
    specification curves use for observational data (Simonsohn and others 2020).  Designs that use a control
    more than once are not for it (the bootstrap is not valid for them).  Missing data: as in each result.
    Checked against: tests/analysis_effects/test_triangulate.py (size under no effect; a single road gives
    its own bootstrap test).
    References: Simonsohn, Simmons and Nelson 2020, https://doi.org/10.1038/s41562-020-0912-z; Lawlor, Tilling
    and Davey Smith 2016, https://doi.org/10.1093/ije/dyw314.
    """
    recipes = {name: r for name, r in results.items() if callable(r)}
    if recipes and data is None:
        raise EstimationError("data= is needed where results= holds functions of a frame.")
    done: dict[str, Result] = {}
    for name, one in results.items():
        done[name] = one if isinstance(one, Result) else one(_given(data))
    rows, notes = _rows(done)
    extras = {"beside": _beside(done, designs or {})}
    if resamples:
        if len(recipes) < len(results) or treatment is None:
            raise EstimationError(
                "resamples= needs every entry of results= as a function of the frame, and treatment=."
            )
        row, said = _joint(recipes, rows, _given(data), treatment, id, cluster, resamples, seed)
        rows.append(row)
        notes += [Note(n.code, row=len(rows) - 1, values=n.values) for n in said]
    largest = max(done.values(), key=lambda r: r.base.n)
    return Result(
        kind="triangulate",
        estimates=estimates_frame(rows),
        sample=largest.sample,
        method=Method(
            "triangulate_estimator", test="triangulate_joint" if resamples else "", missing="complete_cases",
            seed=seed if resamples else None, references=REFERENCES,
        ),
        base=Base(largest.base.name, largest.base.n, largest.base.predicate),
        notes=tuple(notes),
        extras=extras,
        source=largest.source if data is None else Source.of(frame=data),
    )  # fmt: skip


def _given(data: pd.DataFrame | None) -> pd.DataFrame:
    if data is None:
        raise EstimationError("data= is needed where results= holds functions of a frame.")
    return data


def _rows(done: Mapping[str, Result]) -> tuple[list[dict[str, Any]], list[Note]]:
    if len(done) < 2 or any(r.kind != "effect" for r in done.values()):
        raise EstimationError("results= must hold two or more results of ips.effect, named.")
    rows: list[dict[str, Any]] = []
    for name, result in done.items():
        found = result.estimates[result.estimates["term"] == "difference"]
        if not len(found):
            raise EstimationError(f"results= holds {name!r}, which has no row of a difference.")
        rows.append({str(k): v for k, v in found.iloc[0].items()} | {"term": name})
    questions = {n.code for r in done.values() for n in r.notes if n.code.startswith("question_")}
    if len({(r["outcome"], r["scale"]) for r in rows}) > 1 or len(questions) > 1:
        raise EstimationError(
            "results= mixes outcomes, scales or questions (taking part, offer); give one table to each."
        )
    notes = [
        Note(n.code, row=i, values=n.values)
        for i, r in enumerate(done.values())
        for n in r.notes
        if rows[i]["status"] == "refused" and n.row is not None
        and r.estimates["term"].iloc[n.row] == "difference"
    ]  # fmt: skip
    notes.append(Note("triangulate_shared_bias"))
    estimands = {r.method.estimand for r in done.values()}
    if len(estimands) > 1:
        notes.append(Note("triangulate_estimands", values={"n": len(estimands)}))
    return rows, notes


def _beside(done: Mapping[str, Result], designs: Mapping[str, Design]) -> pd.DataFrame:
    strange = [name for name in designs if name not in done]
    if strange:
        raise DesignError(f"designs= names {', '.join(map(repr, strange))}, which results= does not have.")
    rows = []
    for name, result in done.items():
        design = designs.get(name)
        flow = result.sample[result.sample["step"] == "analysed"]
        last = {str(g): int(n) for g, n in zip(flow["group"], flow["n"], strict=True)}
        row: dict[str, Any] = {"name": name, "estimand": result.method.estimand}
        row |= {f"n_{arm}": last.get(arm, 0) for arm in ("treated", "control")}
        if design is not None:
            balance = design.balance().estimates
            after = balance.loc[balance["group"] == "after", "estimate"].abs()
            row |= {"largest_smd": float(after.max()), "smd_above": int((after > 0.1).sum())}
            for arm, d in (("treated", 1.0), ("control", 0.0)):
                row[f"effective_n_{arm}"] = effective_n(design.weight[(design.d == d) & (design.weight > 0)])
        rows.append(row)
    names = ["name", "estimand", "n_treated", "n_control", "largest_smd", "smd_above", "effective_n_treated",
             "effective_n_control"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _joint(
    recipes: Mapping[str, Recipe], rows: list[dict[str, Any]], data: pd.DataFrame, treatment: str,
    id: str | None, cluster: str | None, resamples: int, seed: int,
) -> tuple[dict[str, Any], list[Note]]:  # fmt: skip
    if resamples < 199:
        raise EstimationError("resamples= must be 199 or more (or 0 for no joint test).")
    require_columns(data, [treatment, *(c for c in (id, cluster) if c)], argument="treatment, id and cluster")
    seen = np.array([r["estimate"] for r in rows], dtype=float)
    used = np.flatnonzero(np.isfinite(seen))
    first = {k: rows[0][k] for k in ("outcome", "n")} | {"term": "joint", "scale": "test"}
    if len(used) < 2:
        return first | {"status": "refused"}, [Note("triangulate_joint_few", values={"n": len(used)})]
    units, strata = _units(data, treatment, cluster)
    names = list(recipes)
    rng = np.random.default_rng(seed)
    middle = float(np.median(seen[used]))
    beyond = failed = 0
    for _ in range(resamples):
        drawn = np.concatenate([units[k] for s in strata for k in rng.choice(s, len(s))])
        frame = data.iloc[drawn].reset_index(drop=True)
        if id:
            frame[id] = np.arange(len(frame))
        if cluster:
            frame[cluster] = _renamed(units, data, drawn)
        try:
            again = np.array([_estimate(recipes[names[k]](frame)) for k in used])
        except IpsevalError:
            failed += 1
            continue
        beyond += abs(float(np.median(again - seen[used]))) >= abs(middle)
    if failed > MOST_FAILED * resamples:
        values = {"n": failed, "of": resamples}
        return first | {"status": "refused"}, [Note("triangulate_joint_failed", values=values)]
    notes = [Note("triangulate_joint_roads", values={"n": len(used), "of": len(rows), "failed": failed})]
    p = tails.resampling_p(beyond, resamples - failed)
    return first | {"statistic": middle, "p_value": p}, notes


def _units(
    data: pd.DataFrame, treatment: str, cluster: str | None
) -> tuple[list[NDArray[np.intp]], list[NDArray[np.intp]]]:
    """Return the rows of each unit, and the units by the arms they hold."""
    d = treatment_of(data[treatment], treatment)
    codes = np.arange(len(data)) if cluster is None else np.asarray(pd.factorize(data[cluster])[0])
    order = np.argsort(codes, kind="stable")
    units = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    share = np.array([d[u].mean() for u in units])
    kind = np.where(share == 0.0, 0, np.where(share == 1.0, 1, 2))
    strata = [np.flatnonzero(kind == k) for k in (0, 1, 2) if (kind == k).any()]
    treated, control = int((kind > 0).sum()), int((kind != 1).sum())
    if min(treated, control) < LEAST_UNITS:
        raise DesignError(
            f"resamples= draws persons or municipalities anew, and only {treated} hold treated and {control} "
            f"controls; at least {LEAST_UNITS} of each are needed, so leave the joint test out."
        )
    return units, strata


def _renamed(units: list[NDArray[np.intp]], data: pd.DataFrame, drawn: NDArray[np.intp]) -> Array:
    """Number the clusters of a resample, one drawn twice being two; rows stand cluster by cluster."""
    start = np.zeros(len(data), dtype=bool)
    start[[u[0] for u in units]] = True
    return np.asarray(np.cumsum(start[drawn]) - 1, dtype=float)


def _estimate(result: Result) -> float:
    found = result.estimates.loc[result.estimates["term"] == "difference", "estimate"]
    value = float(found.iloc[0])
    if not np.isfinite(value):
        raise EstimationError("a resample's effect is refused.")
    return value
