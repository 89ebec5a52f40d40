"""The invented lives as DREAM, BFL and BEF, hazards included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.weeks import monday, week_of_date, yyww
from ipseval.loading.synthetic_registers.lives import ABROAD, BESIDE, CODES, DEAD, FIRST, LAST, PAID
from ipseval.loading.synthetic_registers.truth import SECOND, SIDE_HOURS
from ipseval.loading.synthetic_registers.world import YEAR_OF_WEEK, YEARS, World, spans

BLANK_TEXTS = ("", ".", " ")
Rows = tuple[NDArray[np.int64], NDArray[np.datetime64], NDArray[np.datetime64], NDArray[np.float64], Any]


def dream(world: World) -> pd.DataFrame:
    """Give wide DREAM: blank weeks as missing, 0, "." or blank text; who never had a benefit has no row."""
    rng, lives, kin = world.luck(3), world.lives, world.families
    codes = CODES[lives.state]
    there = np.flatnonzero((codes != 0).any(axis=1))
    old = np.flatnonzero((kin.parent_code != 0).any(axis=1))
    every = np.concatenate([codes[there], kin.parent_code[old][:, YEAR_OF_WEEK]])
    blank = pd.Series([None] * len(old), dtype="str")
    sex = np.concatenate([lives.sex[there], np.where(old < kin.mothers, 2, 1)])
    columns: dict[str, Any] = {
        "PNR": np.concatenate([world.young[there], world.parents[old]]),
        "koen": sex.astype(str),
    }
    for week in range(LAST - FIRST + 1):
        columns[f"y_{yyww(FIRST + week)}"] = _week(every[:, week], week, rng)
    for name, column in _months(lives.state[there]).items():
        empty = blank if name.startswith("branche") else pd.Series(np.full(len(old), np.nan))
        columns[name] = pd.concat([pd.Series(column), empty], ignore_index=True)
    for year in YEARS:
        columns[f"nykom{year}"] = _texts(lives.municipality[there].astype(str), blank)
        columns[f"ak{year % 100}"] = _texts(np.where(there % 4 == 0, "07", ""), blank)
        columns |= _visitation(lives.state[there], lives.level[there], year, blank)
    return pd.DataFrame(columns)


def _texts(texts: NDArray[Any], rest: pd.Series) -> pd.Series:
    return pd.concat([pd.Series(texts, dtype="str"), rest], ignore_index=True)


def _week(code: NDArray[np.int16], week: int, rng: np.random.Generator) -> Any:
    """Write one week the way one of many extracts does."""
    if week % 40 == 7:
        text = code.astype(str).astype(object)
        text[code == 0] = rng.choice(BLANK_TEXTS, int((code == 0).sum()))
        return pd.array(text, dtype="str")
    if week % 40 == 21:
        return pd.array(code, dtype="Int16")
    return pd.Series(code, dtype="Int16").mask(code == 0)


def _months(state: NDArray[np.uint8]) -> dict[str, Any]:
    """Give industry and employment ratio per month from the weeks whose Thursday is in it."""
    months = monday(np.arange(FIRST, LAST + 1)) + np.timedelta64(3, "D")
    of_week = months.astype("datetime64[M]")
    columns: dict[str, Any] = {}
    for month in np.unique(of_week):
        share = PAID[state[:, of_week == month]].mean(axis=1)
        name = str(month).replace("-", "_")
        columns[f"branche_{name}"] = pd.Series("471120", index=range(len(share)), dtype="str").where(
            share > 0
        )
        columns[f"grad_{name}"] = np.where(share > 0, share, np.nan)
    return columns


def _visitation(
    state: NDArray[np.uint8], level: NDArray[np.int64], year: int, rest: pd.Series
) -> dict[str, pd.Series]:
    """Give the visitation group at the end of each quarter: invented 1 (ready), 2 (ready for activity)."""
    columns = {}
    for quarter in range(1, 5):
        day = np.datetime64(f"{year}-{3 * quarter:02d}-28")
        week = min(int(week_of_date(day)) - FIRST, state.shape[1] - 1)
        on = np.isin(state[:, week], (3, 4, 5, 6))
        group = np.where(on, np.where(level >= 3, "1", "2"), "")
        columns[f"visit{quarter:02d}kv{year}"] = _texts(group, rest)
    return columns


def bfl(world: World) -> pd.DataFrame:
    """Give job-months: main jobs, small jobs beside benefit, overlapping jobs, pay that was taken back.

    Hours belong to the person, so that paid weeks and hours are those of `true_effect`; a correction takes
    back pay of a job that never was.
    """
    rng, lives = world.luck(4), world.lives
    row, first, last = spans(PAID[lives.state])
    main = _spell_rows(row, first, last, lives.hours[row], rng.integers(1, 5000, len(row)))
    row, first, last = spans(np.isin(lives.state, BESIDE) & lives.side[:, None])
    small = _spell_rows(row, first, last, np.full(len(row), SIDE_HOURS), rng.integers(5000, 6000, len(row)))
    frame = _job_months(*(np.concatenate(pair) for pair in zip(main, small, strict=True)))
    second = frame[lives.second[frame["row"].to_numpy()] & (frame["ajo_arbejdsgiver"] < 5000)].copy()
    second["ajo_arbejdsgiver"] += 10_000
    second["ajo_loentimer"] = second["ajo_loentimer"] * (SECOND - 1)
    whole = pd.concat([frame, second, _taken_back(world.persons, rng)], ignore_index=True)
    whole.insert(0, "pnr", world.young[whole.pop("row").to_numpy()])
    whole["ajo_fuldtid_beskaeftiget"] = whole["ajo_loentimer"] / 160.33
    whole["ajo_smalt_loenbeloeb"] = (whole["ajo_loentimer"] * 145.0).round(2)
    whole["ajo_arbejdsgiver"] = whole["ajo_arbejdsgiver"].astype(str)
    ordered: pd.DataFrame = whole.sort_values(
        ["pnr", "ajo_job_slut_dato", "ajo_arbejdsgiver", "ajo_loentimer"], kind="stable", ignore_index=True
    )
    return ordered


def _spell_rows(
    row: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    per_week: NDArray[np.float64],
    employer: Any,
) -> Rows:
    return row, monday(FIRST + first), monday(FIRST + last) + np.timedelta64(6, "D"), per_week, employer


def _taken_back(persons: int, rng: np.random.Generator) -> pd.DataFrame:
    """Pay reported by mistake and the negative row that takes it back: together nothing."""
    n = max(persons // 2, 20)
    month = np.datetime64("2015-01") + rng.integers(0, 120, n).astype("timedelta64[M]")
    start = month.astype("datetime64[D]")
    end = (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    made = pd.DataFrame(
        {"row": rng.integers(0, persons, n), "ajo_job_start_dato": start.astype("datetime64[s]"),
         "ajo_job_slut_dato": end.astype("datetime64[s]"), "ajo_loentimer": 37.0,
         "ajo_arbejdsgiver": 20_000 + np.arange(n)}
    )  # fmt: skip
    return pd.concat([made, made.assign(ajo_loentimer=-37.0)], ignore_index=True)


def _job_months(
    row: NDArray[np.int64],
    start: NDArray[np.datetime64],
    end: NDArray[np.datetime64],
    per_week: NDArray[np.float64],
    employer: NDArray[np.int64],
) -> pd.DataFrame:
    month = start.astype("datetime64[M]")
    n = (end.astype("datetime64[M]") - month).astype(np.int64) + 1
    again = np.repeat(np.arange(len(row)), n)
    within = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    first_of = month[again] + within
    begin = np.maximum(first_of.astype("datetime64[D]"), start[again])
    finish = np.minimum((first_of + 1).astype("datetime64[D]") - np.timedelta64(1, "D"), end[again])
    days = (finish - begin).astype(np.int64) + 1
    return pd.DataFrame(
        {
            "row": row[again],
            "ajo_job_start_dato": begin.astype("datetime64[s]"),
            "ajo_job_slut_dato": finish.astype("datetime64[s]"),
            "ajo_loentimer": per_week[again] * days / 7,
            "ajo_arbejdsgiver": employer[again],
        }
    )


def bef(world: World, year: int, month: int = 12) -> pd.DataFrame:
    """Give the young and their children at the end of a quarter; some rows stand twice, some have moved."""
    rng, lives, kin = world.luck(5, 100 * year + month), world.lives, world.families
    day = (np.datetime64(f"{year}-{month:02d}") + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    week = min(int(week_of_date(day)) - FIRST, lives.state.shape[1] - 1)
    here = np.flatnonzero(~np.isin(lives.state[:, week], (ABROAD, DEAD)))
    municipality = lives.municipality[here].copy()
    if year >= 2022:
        moved = np.isin(here, lives.treated[::50])
        municipality[moved] = np.where(municipality[moved] == 101, 175, 101)
    born = np.flatnonzero(kin.child_birth <= day)
    parent = kin.child_of[born]
    own = np.bincount(parent, minlength=world.persons)[here]
    young = pd.DataFrame(
        {
            "PNR": world.young[here],
            "FOED_DAG": lives.birth[here].astype("datetime64[s]"),
            "KOEN": lives.sex[here],
            "KOM": municipality,
            "IE_TYPE": np.where(here % 11 == 0, 2, 1),
            "CIVST": np.where(lives.birth[here] < np.datetime64("1993-01-01"), "G", "U"),
            "ANTBOERNF": own,
            "MOR_ID": _parent_ids(world, kin.mother[here]),
            "FAR_ID": _parent_ids(world, kin.father[here]),
        }
    )
    woman = lives.sex[parent] == 2
    children = pd.DataFrame(
        {
            "PNR": world.children[born],
            "FOED_DAG": kin.child_birth[born].astype("datetime64[s]"),
            "KOEN": born % 2 + 1,
            "KOM": lives.municipality[parent],
            "IE_TYPE": 1,
            "CIVST": "U",
            "ANTBOERNF": 1,
            "MOR_ID": np.where(woman, world.young[parent], ""),
            "FAR_ID": np.where(woman, "", world.young[parent]),
        }
    )
    twice = young[rng.random(len(young)) < 0.005]
    return pd.concat([young, twice, children], ignore_index=True)


def _parent_ids(world: World, number: NDArray[np.int64]) -> NDArray[np.object_]:
    return np.where(number >= 0, world.parents[np.maximum(number, 0)], "")
