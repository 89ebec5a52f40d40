"""Tests that a sound design must pass: start dates before the start, outcomes that treatment cannot move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.change import holm
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.effect import effect
from ipseval.analysis.effects.panel import panel_effect
from ipseval.core.checks import require_columns, require_level, require_one_kind, require_whole
from ipseval.core.errors import DesignError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

CONTROL_REFERENCES = ("https://doi.org/10.1097/EDE.0b013e3181d61eeb",)
START_REFERENCES = ("https://doi.org/10.1257/jel.20191597", "https://doi.org/10.1257/aeri.20210236")


def negative_controls(
    source: pd.DataFrame | Design,
    *,
    outcomes: Sequence[str],
    data: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
    **options: Any,
) -> Result:
    """Estimate the effect on outcomes that treatment cannot have moved; a sound design finds none.

    Parameters
    ----------
    source, data, id
        A frame or a design, as for `ips.effect`.
    outcomes
        Columns that treatment cannot move: measured before it began, or of another kind altogether, yet
        subject to the same selection.
    level
        Confidence level, between 0 and 1.
    options
        Passed to `ips.effect`: treatment, covariates, method, cluster, question, ...

    Returns
    -------
    Result
        A row `negative_control` per outcome, its interval and p as `ips.effect` gives them.  Extras:
        `adjusted` (p by Holm over all outcomes).  A note says whether any is told from 0 after correction.

    Raises
    ------
    DesignError
        No outcomes, or what `ips.effect` refuses.
    EstimationError
        Unknown columns.

    Notes
    -----
    Assumptions: treatment truly cannot move these outcomes, and the unseen that disturbs the real outcome
    would disturb them too; passing is no proof.  Missing data: complete rows for each outcome.
    Checked against: tests/analysis_effects/test_placebo.py (`ips.effect` row by row; a bed with an unseen
    confounder fails).
    References: Lipsitch, Tchetgen Tchetgen and Cohen 2010, https://doi.org/10.1097/EDE.0b013e3181d61eeb.
    """
    require_level(level)
    if isinstance(outcomes, str) or not outcomes:
        raise DesignError("outcomes= must list columns that treatment cannot have moved.")
    found = [
        effect(source, outcome=o, data=data, id=id, level=level, **options) if isinstance(source, Design)
        else effect(source, outcome=o, id=id, level=level, **options)
        for o in outcomes
    ]  # fmt: skip
    return _collected(
        found, [str(o) for o in outcomes], "negative_control", level, "negative_controls", CONTROL_REFERENCES
    )


def placebo_starts(
    frame: pd.DataFrame,
    *,
    outcome: str,
    id: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    question: str = "taking_part",
    least_before: int = 1,
    level: float = 0.95,
) -> Result:
    """Pretend that treatment began earlier than it did: before the true start there is no effect to find.

    Parameters
    ----------
    frame, outcome, id, time, treatment, cluster, question
        As for `ips.panel_effect`: one row per person and period, treatment 1 from the period of entry on.
    least_before
        Periods that must lie before a pretended start, 1 or more.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        A row `placebo_start` per pretended start (`contrast`): change from before to after it, ever treated
        minus never treated, in the periods before anybody's true entry only.  Extras: `adjusted` (Holm).

    Raises
    ------
    DesignError
        Fewer than two periods before the first entry, or a panel that `ips.panel_effect` refuses.

    Notes
    -----
    Assumptions: nothing moves before entry but what would have moved anyway; a dip just before entry shows
    here as an effect of the last start.  Missing data: only persons measured in every period.
    Checked against: tests/analysis_effects/test_placebo.py (`ips.panel_effect` on the cut panel).
    References: Roth 2022, https://doi.org/10.1257/aeri.20210236 (what passing such a test is worth).
    """
    require_level(level)
    require_columns(frame, [outcome, id, time, treatment], argument="outcome, id, time and treatment")
    require_whole(least_before, argument="least_before")
    require_one_kind(frame, time, argument="time")
    on = frame[treatment] == 1
    if not on.any():
        raise DesignError(f"treatment={treatment!r} is 1 in no row; there is no start to move.")
    before = frame[frame[time] < frame.loc[on, time].min()]
    periods = np.sort(before[time].unique())
    if len(periods) < least_before + 1:
        raise DesignError(
            f"only {len(periods)} period(s) of time={time!r} lie before the first entry; "
            f"least_before={least_before} needs {least_before + 1}."
        )
    ever = before[id].isin(frame.loc[on, id])
    found, names = [], []
    for start in periods[least_before:]:
        moved = before.assign(**{treatment: (ever & (before[time] >= start)).astype(int)})
        found.append(
            panel_effect(
                moved,
                outcome=outcome,
                id=id,
                time=time,
                treatment=treatment,
                cluster=cluster,
                method="did",
                question=question,
                level=level,
            )
        )
        names.append(str(start))
    result = _collected(found, names, "placebo_start", level, "placebo_starts", START_REFERENCES)
    est = result.estimates.assign(contrast=names)
    return replace(result, estimates=est, source=Source.of(frame=frame))


def _collected(
    found: Sequence[Result], names: Sequence[str], term: str, level: float, code: str,
    references: tuple[str, ...],
) -> Result:  # fmt: skip
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for k, one in enumerate(found):
        here = one.estimates[one.estimates["term"] == "difference"]
        place = int(here.index[0])
        rows.append({str(a): v for a, v in here.iloc[0].items()} | {"term": term})
        notes += [replace(n, row=k) for n in one.notes if n.row == place]
    shown = [k for k, row in enumerate(rows) if row["p_value"] == row["p_value"]]
    p = np.array([rows[k]["p_value"] for k in shown], dtype=float)
    corrected = holm(p)
    table = pd.DataFrame(
        {"name": [names[k] for k in shown], "p_value": p, "p_holm": corrected, "family_size": len(p)}
    )
    told = int((corrected < 1.0 - level).sum())
    if len(p):
        notes.append(Note("placebo_fails" if told else "placebo_passes", values={"n": told, "of": len(p)}))
    least = max(found, key=lambda r: r.base.n)
    first = found[0].method
    return Result(
        kind="placebo",
        estimates=estimates_frame(rows),
        sample=least.sample,
        method=replace(first, estimator=code, references=references) if first.test else Method(
            code, first.estimand, "", level, "", first.missing, None, references),
        base=Base("in_frame", least.base.n),
        notes=tuple(notes),
        extras={"adjusted": table},
        source=least.source,
    )  # fmt: skip
