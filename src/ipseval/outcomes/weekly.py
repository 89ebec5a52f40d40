"""Week by week around the index date: shares in work and education, and their difference with one band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core import tails
from ipseval.core.checks import require_columns, require_level, require_one_row_each, require_option
from ipseval.core.errors import DesignError
from ipseval.core.people import WHOLE, person_hashes
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.outcomes import engine
from ipseval.outcomes.calendar import Window, as_window, index_weeks
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.coverage import widest
from ipseval.outcomes.jobs import (
    JobColumns,
    JobMonths,
    net_months,
    outside_rows,
    require_months,
    weekly_hours,
)
from ipseval.outcomes.weekly_evidence import chosen_by, rest_on_cells, weekly_evidence

WHAT = ("work", "education", "work_or_education", "benefit", "self_support")
BATCH = 65_536
DRAWS = 10_000
Flags = NDArray[np.bool_]


Numbers = NDArray[np.float64]


@dataclass
class _Sums:
    """Running sums of one outcome in one group.

    Persons and their events by week; then of weights: their sum, by week of those with the event, and the
    same of squared weights, with how weeks go together.  `mark` and `marks` are sums of the persons' hashes.
    """

    events: Numbers
    total: Numbers
    squares: Numbers
    cross: Numbers
    marks: NDArray[np.uint64]
    n: int = 0
    mark: int = 0
    weight: float = 0.0
    square: float = 0.0


def weekly_shares(
    people: pd.DataFrame,
    *,
    by: str,
    treated: str | float | bool,
    jobs: pd.DataFrame,
    dream: Any = None,
    education: pd.DataFrame | None = None,
    what: Sequence[str] = ("work", "work_or_education"),
    index: str = "index_date",
    id: str = "pnr",
    window: Window | tuple[int, int] = (-104, 104),
    weights: str | None = None,
    level: float = 0.95,
    seed: int = 1,
    columns: JobColumns | None = None,
    codes: CodeList | None = None,
) -> Result:
    """Show the share in work or education week by week, before and after the index date, for both arms.

    The weeks before show whether the arms were alike; the first weeks after show lock-in; the band of the
    difference holds for all weeks at once, so that no week is picked out by its own interval.

    Parameters
    ----------
    people
        One row per person with `id`, `index` and `by`.
    by, treated
        Column of the arm, and its value for the treated; all others are the control.
    jobs, dream, education, columns, codes
        As for `ips.employment`.
    what
        "work" (paid hours), "education" (enrolled in ordinary education, or student grant where
        `education` is not given), "work_or_education", "benefit" (a code that is not grant, work, death or
        emigration),
        "self_support" (no code).
    index, id
        Columns of `people`.
    window
        Weeks around the index week.
    weights
        Column of weights of 0 or more, such as those of a matched comparison: shares and band are weighted,
        who weighs nothing is left out and counted.
    level
        Level of the band over all weeks.
    seed
        Seed of the band's simulation.

    Returns
    -------
    Result
        Per outcome and week (`term`): the share of each arm (`scale` share, `n_events` persons; with weights
        weighted_share, which is no number of persons), and the
        difference treated minus control (`scale` risk_difference) with its standard error and the
        simultaneous interval.

    Raises
    ------
    DesignError
        If an arm is empty, a weight is missing or below 0, or something asked for needs a register that was
        not given.

    Assumptions
    -----------
    Persons are independent; weeks of one person may go together in any way (sup-t band from the
    estimated correlation of the weeks).  Weights are taken as known.

    Missing data
    ------------
    Persons whose window DREAM does not cover whole are left out and counted.

    References
    ----------
    Montiel Olea JL, Plagborg-Møller M. doi:10.1002/jae.2656 (sup-t band).  Agresti A, Caffo B.
    doi:10.1080/00031305.2000.10474560 (shares with one more person on either side, which the band is laid
    round: it is not in the middle of the estimate).
    """
    require_columns(people, [id, index, by], argument="people", error=DesignError)
    require_level(level, error=DesignError)
    wanted = as_window(window)
    for one in what:
        require_option(one, WHAT, argument="what", error=DesignError)
        if dream is None and (one in ("benefit", "self_support") or (education is None and one != "work")):
            raise DesignError(
                f"what={one!r} needs dream= (or education= for education); give it or leave it out."
            )
    require_one_row_each(people, id, argument="people", error=DesignError)
    everybody = people
    people, weight = _weighed(people, weights)
    arm = (people[by] == treated).to_numpy()
    if not arm.any() or arm.all():
        raise DesignError(
            f"by={by!r}: {int(arm.sum())} of {len(people)} persons are treated (treated= is "
            f"{type(treated).__name__}, the column {people[by].dtype}), and both the treated and the control "
            "need at least one person; for one group alone use ips.employment, or give it controls with "
            "index dates from ips.pseudo_index_dates."
        )
    months = net_months(jobs, people[id], columns or JobColumns(id=id))
    weeks = index_weeks(people, index)
    asked = (wanted.first, wanted.last)
    require_months(months, weeks, asked, len(people), f"window={asked}")
    benefit = engine.benefit_of(dream, people[id], codes)
    more = engine.More(engine.enrolments(education, people[id], id), None)
    sums = _empty(what, wanted.length)
    hashes = person_hashes(people[id])
    seen_of = {True: 0, False: 0}
    weights_of: dict[str, list[Numbers]] = {"treated": [], "control": []}
    for low in range(0, len(people), BATCH):
        rows = (low, min(low + BATCH, len(people)))
        grids, seen = _grids(months, weeks, benefit, more, rows, wanted, what)
        for group in (True, False):
            mine = seen & (arm[rows[0] : rows[1]] == group)
            seen_of[group] += int(mine.sum())
            weights_of["treated" if group else "control"].append(weight[slice(*rows)][mine])
            for one in what:
                _add(sums[one, group], grids[one][mine], *(of[slice(*rows)][mine] for of in (weight, hashes)))
    for group, name in ((True, "treated"), (False, "control")):
        if not seen_of[group]:
            assert benefit.spells is not None  # without DREAM everybody is seen
            fits = widest(weeks[arm == group], benefit.spells.first_week, benefit.spells.last_week)
            raise DesignError(
                f"window=({wanted.first}, {wanted.last}): none of the {int((arm == group).sum())} {name} "
                f"persons is covered by DREAM through the whole window; of these, {fits}: shorten window=."
            )
    used = everybody[[id, index, by, *([weights] if weights else [])]]
    made = _result(sums, seen_of, what, wanted, level, seed, used, len(people))
    followed = {"treated": seen_of[True], "control": seen_of[False]}
    span = f"{wanted.first} to {wanted.last}" + (
        f" with {chosen_by(weight, people.index)}" if weights else ""
    )
    all_arms = (everybody[by] == treated).to_numpy()
    told_of = weekly_evidence(
        made.estimates, used, all_arms, followed, (id, index, by, span), _marks(sums, wanted)
    )
    if weights:
        made = replace(made, estimates=_as_weighted(made.estimates))
        told_of = rest_on_cells(told_of, {arm: np.concatenate(each) for arm, each in weights_of.items()})
    registers = (("DREAM", dream), ("KOTRE", education))
    given = tuple(name for name, register in registers if register is not None)
    beyond = outside_rows(months, weeks, wanted.first, wanted.last)
    told = (("registers_jobs_end", beyond), ("registers_hours_from_ratio", months.n_from_ratio))
    made = replace(made, base=replace(made.base, registers=("BFL", *given)), evidence=told_of)
    return made.with_notes(*(Note(code, values={"n": n}) for code, n in told if n))


def _marks(sums: Mapping[tuple[str, bool], _Sums], window: Window) -> dict[tuple[str, str, str], int]:
    """Sums of hashes by arm, outcome and week, and by arm alone."""
    found = {}
    for (one, group), own in sums.items():
        arm = "treated" if group else "control"
        found[arm, "", ""] = own.mark
        found |= {
            (arm, one, str(week)): int(mark) for week, mark in zip(window.relative(), own.marks, strict=True)
        }
    return found


def _weighed(people: pd.DataFrame, weights: str | None) -> tuple[pd.DataFrame, Numbers]:
    """Give those who weigh anything, with their weights; 1 for everybody where none are named."""
    if weights is None:
        return people, np.ones(len(people))
    require_columns(people, [weights], argument="people", error=DesignError)
    weight = pd.to_numeric(people[weights], errors="coerce").to_numpy(dtype=np.float64)
    wrong = int((~np.isfinite(weight) | (weight < 0)).sum())
    if wrong:
        raise DesignError(
            f"weights={weights!r}: {wrong} of {len(people)} persons have a weight that is missing, infinite "
            "or below 0; give each a number, 0 for who is not in the comparison."
        )
    return people[weight > 0], weight[weight > 0]


def _as_weighted(estimates: pd.DataFrame) -> pd.DataFrame:
    """Call weighted shares so: they are not the persons with the event among all persons."""
    shares = estimates["scale"] == "share"
    return estimates.assign(
        scale=estimates["scale"].mask(shares, "weighted_share"), n_events=estimates["n_events"].mask(shares)
    )


def _empty(what: Sequence[str], length: int) -> dict[tuple[str, bool], _Sums]:
    return {
        (one, group): _Sums(
            np.zeros(length),
            np.zeros(length),
            np.zeros(length),
            np.zeros((length, length)),
            np.zeros(length, dtype=np.uint64),
        )
        for one in what
        for group in (True, False)
    }


def _add(sums: _Sums, grid: Flags, weight: Numbers, hashes: NDArray[np.uint64]) -> None:
    # Weights of 1 need no more than four bytes: the counts of a batch are below 2**24, so they are exact.
    narrow = weight.astype(np.float32) if (weight == 1.0).all() else weight
    own: NDArray[Any] = grid * narrow[:, None]
    sums.n += len(grid)
    sums.mark = (sums.mark + int(hashes.sum())) % WHOLE
    sums.marks += hashes @ grid
    sums.weight += float(weight.sum())
    sums.square += float((weight**2).sum())
    sums.events += grid.sum(axis=0)
    sums.total += own.sum(axis=0, dtype=np.float64)
    sums.squares += weight @ own
    sums.cross += own.T @ own


def _grids(
    months: JobMonths,
    weeks: NDArray[np.int64],
    benefit: engine.Benefit,
    more: engine.More,
    rows: tuple[int, int],
    window: Window,
    what: Sequence[str],
) -> tuple[dict[str, Flags], Flags]:
    """Give one batch's weeks for each outcome, and who is seen through the whole window."""
    first = weeks[rows[0] : rows[1]] + window.first
    work = weekly_hours(months.of(*rows), first, window.length) > 0
    grids: dict[str, Flags] = {"work": work}
    seen: Flags = np.ones(len(work), dtype=bool)
    study = (
        None if more.enrolments is None else engine.enrolled(more.enrolments, rows, first, window.length)[0]
    )
    if benefit.spells is not None:
        codes = benefit.grid(rows, first, window.length)
        seen = np.asarray(engine.seen_weeks(codes).all(axis=1))
        student = benefit.flags(codes, "student")
        study = student if study is None else study
        grids["self_support"] = codes == 0
        grids["benefit"] = benefit.on_benefit(codes)
    if study is not None:
        grids |= {"education": study, "work_or_education": work | study}
    return {one: grids[one] for one in what}, seen


def _result(
    sums: Mapping[tuple[str, bool], _Sums],
    seen_of: Mapping[bool, int],
    what: Sequence[str],
    window: Window,
    level: float,
    seed: int,
    used: pd.DataFrame,
    n_weighed: int,
) -> Result:
    rows: list[dict[str, Any]] = []
    for one in what:
        treated, control = sums[one, True], sums[one, False]
        for name, arm in (("treated", treated), ("control", control)):
            rows += [
                {"outcome": one, "group": name, "term": str(week), "scale": "share", "n": arm.n,
                 "n_events": int(events), "estimate": total / arm.weight}
                for week, events, total in zip(window.relative(), arm.events, arm.total, strict=True)
            ]  # fmt: skip
        rows += _differences(one, treated, control, window, level, seed)
    left_out = n_weighed - sum(seen_of.values())
    weighed = [("registers_weighed", "", n_weighed)] if n_weighed < len(used) else []
    notes = [Note("weekly_band", values={"n": DRAWS})]
    if left_out:
        notes.append(Note("registers_unseen", values={"n": left_out}))
    return Result(
        kind="weekly_shares",
        estimates=estimates_frame(rows),
        sample=sample_frame(
            [("registers_people", "", len(used)), *weighed, ("registers_seen", "treated", seen_of[True]),
             ("registers_seen", "control", seen_of[False])]
        ),
        method=Method(
            "weekly_estimator", interval="sup_t_band", level=level, missing="weekly_missing", seed=seed,
            references=("10.1002/jae.2656", "10.1080/00031305.2000.10474560"),
        ),
        base=Base("registers_people", sum(seen_of.values())),
        notes=tuple(notes),
        source=Source.of(people=used),
    )  # fmt: skip


def _differences(
    one: str, treated: _Sums, control: _Sums, window: Window, level: float, seed: int
) -> list[dict[str, Any]]:
    estimate = treated.total / treated.weight - control.total / control.weight
    cover = _covariance(treated) + _covariance(control)
    error = np.sqrt(np.maximum(np.diag(cover), 0.0))
    (own, spread), (other, more) = _adjusted(treated), _adjusted(control)
    half = sup_t(cover, level, seed, min(treated.n, control.n) - 1) * np.sqrt(spread + more)
    low, high = np.maximum(own - other - half, -1.0), np.minimum(own - other + half, 1.0)
    return [
        {"outcome": one, "contrast": "treated - control", "term": str(week), "scale": "risk_difference",
         "estimate": estimate[k], "std_error": error[k], "ci_low": low[k], "ci_high": high[k],
          "conf_level": level, "n": treated.n + control.n}
        for k, week in enumerate(window.relative())
    ]  # fmt: skip


def _covariance(sums: _Sums) -> NDArray[np.float64]:
    """Give the covariance of the weekly shares of one arm, persons being independent."""
    share = sums.total / sums.weight
    mixed = np.outer(share, sums.squares)
    spread = sums.cross - mixed - mixed.T + sums.square * np.outer(share, share)
    cover = spread / sums.weight**2 * (sums.n / max(sums.n - 1, 1))
    # A week in which nobody or everybody is in the state does not vary; rounding must not say that it does.
    fixed = (sums.events == 0) | (sums.events == sums.n)
    cover[fixed, :] = cover[:, fixed] = 0.0
    return np.asarray(cover)


def _adjusted(sums: _Sums) -> tuple[Numbers, Numbers]:
    """Give shares and their variance with one more person in the state and one more out of it.

    In small arms few are in the state, and the plain error is the smaller the fewer they happen to be.
    """
    n = sums.weight**2 / sums.square
    share = (sums.total / sums.weight * n + 1.0) / (n + 2.0)
    return share, share * (1.0 - share) / (n + 2.0)


def sup_t(cover: NDArray[np.float64], level: float, seed: int, df: float = np.inf) -> float:
    """Give the factor on the standard errors that makes a band hold for all weeks at once.

    `df` are the degrees of freedom of the errors, which all weeks share.
    """
    error = np.sqrt(np.maximum(np.diag(cover), 0.0))
    moving = error > 0
    if not moving.any():
        return float(tails.normal_quantile(level))
    scaled = cover[np.ix_(moving, moving)] / np.outer(error[moving], error[moving])
    values, vectors = np.linalg.eigh(scaled)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    widest = np.abs(rng.standard_normal((DRAWS, len(values))) @ root.T).max(axis=1)
    if np.isfinite(df):
        widest = widest / np.sqrt(rng.chisquare(max(df, 1), DRAWS) / max(df, 1))
    return float(max(np.quantile(widest, level), tails.normal_quantile(level)))
