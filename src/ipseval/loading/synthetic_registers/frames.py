"""The invented lives as register extracts, hazards included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.weeks import monday, yyww
from ipseval.loading.synthetic_registers.lives import CODES, FIRST, LAST, PAID, STUDY, Lives

YEARS = range(2015, 2025)
BLANK_TEXTS = ("", ".", " ")


def person_ids(n: int, seed: int) -> NDArray[np.object_]:
    """Give invented pseudonyms: twelve digits, many with leading zeros, no two alike."""
    order = np.random.default_rng([seed, 2]).permutation(n).astype(np.int64) + 1
    numbers = order * 618_033_989 % 10**12  # 618 033 989 and 10 have no common factor, so none repeats
    return np.array([f"{k:012d}" for k in numbers], dtype=object)


def dream(lives: Lives, ids: NDArray[np.object_], seed: int) -> pd.DataFrame:
    """Give wide DREAM: blank weeks as missing, 0, "." or blank text; who never had a benefit has no row."""
    rng = np.random.default_rng([seed, 3])
    codes = CODES[lives.state]
    there = np.flatnonzero((codes != 0).any(axis=1) & (rng.random(len(codes)) > 0.01))
    codes = codes[there]
    columns: dict[str, Any] = {"PNR": ids[there], "koen": lives.sex[there].astype(str)}
    for week in range(LAST - FIRST + 1):
        columns[f"y_{yyww(FIRST + week)}"] = _week(codes[:, week], week, rng)
    columns |= _months(lives.state[there])
    for year in YEARS:
        columns[f"nykom{year}"] = lives.municipality[there].astype(str)
    return pd.DataFrame(columns)


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


def spans(flags: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give person, first and last week of every run of true weeks."""
    steps = np.diff(np.pad(flags.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, first = np.nonzero(steps == 1)
    last = np.nonzero(steps == -1)[1] - 1
    return row, first, last


def bfl(lives: Lives, ids: NDArray[np.object_], seed: int) -> pd.DataFrame:
    """Give job-months: main jobs, small jobs beside benefit, overlapping jobs, negative corrections."""
    rng = np.random.default_rng([seed, 4])
    row, first, last = spans(PAID[lives.state])
    start, end = monday(FIRST + first), monday(FIRST + last) + np.timedelta64(6, "D")
    per_week = rng.choice([12.0, 20.0, 30.0, 37.0], len(row))
    employer = rng.integers(1, 5000, len(row))
    side = _side_jobs(lives, rng)
    row, start, end, per_week, employer = (
        np.concatenate(pair) for pair in zip((row, start, end, per_week, employer), side, strict=True)
    )
    frame = _job_months(row, start, end, per_week, employer)
    doubled = frame[rng.random(len(frame)) < 0.03].copy()
    doubled["ajo_arbejdsgiver"] += 10_000
    doubled["ajo_loentimer"] = (doubled["ajo_loentimer"] / 4).round(2)
    corrected = frame[rng.random(len(frame)) < 0.01].copy()
    corrected["ajo_loentimer"] = -corrected["ajo_loentimer"]
    whole = pd.concat([frame, doubled, corrected], ignore_index=True)
    whole.insert(0, "pnr", ids[whole.pop("row").to_numpy()])
    whole["ajo_fuldtid_beskaeftiget"] = whole["ajo_loentimer"] / 160.33
    whole["ajo_smalt_loenbeloeb"] = (whole["ajo_loentimer"] * 145.0).round(2)
    whole["ajo_arbejdsgiver"] = whole["ajo_arbejdsgiver"].astype(str)
    return whole.sort_values(
        ["pnr", "ajo_job_slut_dato", "ajo_arbejdsgiver"], kind="stable", ignore_index=True
    )


def _side_jobs(lives: Lives, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
    """Small paid jobs in weeks on education help or social assistance."""
    row, first, last = spans(np.isin(lives.state, (3, 6)))
    some = (rng.random(len(row)) < 0.08) & (last - first >= 4)
    row, first, last = row[some], first[some], last[some]
    start, end = monday(FIRST + first), monday(FIRST + last) + np.timedelta64(6, "D")
    return row, start, end, np.full(len(row), 6.0), rng.integers(5000, 6000, len(row))


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
            "ajo_loentimer": np.round(per_week[again] * days / 7, 2),
            "ajo_arbejdsgiver": employer[again],
        }
    )


def bef(lives: Lives, ids: NDArray[np.object_], year: int, seed: int) -> pd.DataFrame:
    """Give the population at the end of a year; some rows stand twice, some persons have moved."""
    rng = np.random.default_rng([seed, 5, year])
    last = min((year - 2014) * 52, lives.state.shape[1] - 1)
    here = np.flatnonzero(~np.isin(lives.state[:, last], (10, 11)))
    municipality = lives.municipality[here].copy()
    if year >= 2022:
        moved = np.isin(here, lives.treated[::50])
        municipality[moved] = np.where(municipality[moved] == 101, 175, 101)
    frame = pd.DataFrame(
        {
            "PNR": ids[here],
            "FOED_DAG": lives.birth[here].astype("datetime64[s]"),
            "KOEN": lives.sex[here],
            "KOM": municipality,
            "IE_TYPE": np.where(here % 11 == 0, 2, 1),
        }
    )
    twice = frame[rng.random(len(frame)) < 0.005]
    return pd.concat([frame, twice], ignore_index=True)


def kotre(lives: Lives, ids: NDArray[np.object_]) -> pd.DataFrame:
    """Give enrolments; one that is under way has audd 9999 and no end."""
    row, first, last = spans(lives.state == STUDY)
    going = last == lives.state.shape[1] - 1
    end = (monday(FIRST + last) + np.timedelta64(6, "D")).astype("datetime64[s]")
    return pd.DataFrame(
        {
            "PNR": ids[row],
            "ELEV3_VFRA": monday(FIRST + first).astype("datetime64[s]"),
            "ELEV3_VTIL": pd.Series(end).where(~going),
            "UDD": np.where(row % 5 == 0, "1006", "1199"),
            "AUDD": np.where(going, "9999", np.where(row % 3 == 0, "0000", "1199")),
        }
    )


def participants(lives: Lives, ids: NDArray[np.object_]) -> pd.DataFrame:
    """Give the treated with their index dates (Mondays)."""
    who = lives.treated
    return pd.DataFrame(
        {
            "pnr": ids[who],
            "index_date": monday(lives.start[who]).astype("datetime64[s]"),
            "municipality": lives.municipality[who],
        }
    )


def psychiatry(lives: Lives, ids: NDArray[np.object_], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give contacts before March 2019 (PSYK) and from then on (LPR3)."""
    rng = np.random.default_rng([seed, 6])
    row, week = np.nonzero(rng.random(lives.state.shape) < 0.002)
    day = monday(FIRST + week)
    old = day < np.datetime64("2019-03-01")
    before = pd.DataFrame(
        {"RECNUM": np.arange(int(old.sum())).astype(str), "PNR": ids[row[old]], "C_PATTYPE": "2",
         "D_INDDTO": day[old].astype("datetime64[s]"), "D_UDDTO": day[old].astype("datetime64[s]")}
    )  # fmt: skip
    after = pd.DataFrame(
        {"DW_EK_KONTAKT": np.arange(int((~old).sum())).astype(str), "PNR": ids[row[~old]],
         "DATO_START": day[~old].astype("datetime64[s]"), "DATO_SLUT": day[~old].astype("datetime64[s]"),
         "HOVEDSPECIALE_ANS": "psykiatri"}
    )  # fmt: skip
    return before, after
