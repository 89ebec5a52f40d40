"""What stands in the education, crime and care registers, and the labour market account."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.weeks import monday
from ipseval.loading.synthetic_registers.lives import ABROAD, DEAD, FIRST, LAST, N_WEEKS, STUDY, Lives
from ipseval.loading.synthetic_registers.truth import PREPARATORY_EVERY
from ipseval.loading.synthetic_registers.world import World, spans

LEVEL_CODES = ("0010", "3970", "5166", "6519")
"""Invented identifiers of highest education, in the order of EDUCATION_LEVELS."""
EDUCATION_LEVELS = ("compulsory", "upper_secondary", "vocational", "higher")
COMPLETED_WEEKS = 40
SOC_STATUS = np.array([513, 131, 511, 318, 313, 136, 318, 513, 351, 411, 0, 0])
_PARENT_LEVEL = np.array([0, 0, 2, 2, 3])


def kotre(world: World) -> pd.DataFrame:
    """Give enrolments; one that is under way has audd 9999 and no end."""
    row, first, last = spans(world.lives.state == STUDY)
    going = last == N_WEEKS - 1
    end = (monday(FIRST + last) + np.timedelta64(6, "D")).astype("datetime64[s]")
    return pd.DataFrame(
        {
            "PNR": world.young[row],
            "ELEV3_VFRA": monday(FIRST + first).astype("datetime64[s]"),
            "ELEV3_VTIL": pd.Series(end).where(~going),
            "UDD": np.where(row % PREPARATORY_EVERY == 0, "1006", "1199"),
            "AUDD": np.where(going, "9999", np.where(row % 3 == 0, "0000", "1199")),
        }
    )


def education_levels() -> pd.DataFrame:
    """Give the level of each code of highest education, as a table of Statistics Denmark would."""
    return pd.DataFrame({"hfaudd": LEVEL_CODES, "level": EDUCATION_LEVELS, "rank": range(len(LEVEL_CODES))})


def _highest(lives: Lives, until: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each young person's level and the week it was reached (-1 before 2015), as of week `until`.

    A completed ordinary enrolment of at least 40 weeks lifts the level by one.
    """
    level = np.where(lives.level >= 2, 1, 0)
    reached = np.full(len(level), -1)
    row, first, last = spans(lives.state == STUDY)
    kept = (row % PREPARATORY_EVERY != 0) & (row % 3 != 0) & (last - first + 1 >= COMPLETED_WEEKS)
    kept &= last < min(until, N_WEEKS - 1)
    np.add.at(level, row[kept], 1)
    np.maximum.at(reached, row[kept], last[kept])
    return np.minimum(level, len(LEVEL_CODES) - 1), reached


def udda(world: World, year: int) -> pd.DataFrame:
    """Give the highest completed education of the young and their parents at the end of September."""
    lives, kin = world.lives, world.families
    until = int((np.datetime64(f"{year}-10-01") - monday(FIRST)).astype(np.int64)) // 7
    level, reached = _highest(lives, until)
    since = np.where(
        reached >= 0,
        monday(FIRST + np.maximum(reached, 0)) + np.timedelta64(6, "D"),
        lives.birth + np.timedelta64(16 * 365, "D"),
    )
    codes = np.array(LEVEL_CODES, dtype=object)
    young = pd.DataFrame(
        {"PNR": world.young, "HFAUDD": codes[level], "HF_VFRA": since.astype("datetime64[s]")}
    )
    young = young[since < np.datetime64(f"{year}-10-01")]
    parents = pd.DataFrame(
        {
            "PNR": world.parents,
            "HFAUDD": codes[_PARENT_LEVEL[kin.parent_level]],
            "HF_VFRA": np.datetime64("1985-06-30").astype("datetime64[s]"),
        }
    )
    return pd.concat([young, parents], ignore_index=True).assign(HF_KILDE="1", HFINSTNR="101001")


def grades(world: World) -> pd.DataFrame:
    """Give the mean grade of the final examination (from -3 to 12) of those who took it."""
    rng, lives = world.luck(9), world.lives
    took = np.flatnonzero(rng.random(world.persons) < 0.92)
    mean = 4.0 + 1.1 * lives.level[took] + rng.normal(0, 1.8, len(took))
    day = lives.birth[took].astype("datetime64[Y]") + 16
    return pd.DataFrame(
        {
            "PNR": world.young[took],
            "BEVISDATO": (day.astype("datetime64[D]") + np.timedelta64(174, "D")).astype("datetime64[s]"),
            "KARAKTER": np.round(np.clip(mean, -3, 12), 1),
        }
    )


def amrun(world: World, year: int) -> pd.DataFrame:
    """Give the status periods of a year; the dead and the emigrated have none."""
    lives = world.lives
    first = max(int((np.datetime64(f"{year}-01-01") - monday(FIRST)).astype(np.int64)) // 7, 0)
    last = min(int((np.datetime64(f"{year + 1}-01-01") - monday(FIRST)).astype(np.int64)) // 7, LAST - FIRST)
    state = lives.state[:, first : last + 1]
    changed = np.ones(state.shape, dtype=bool)
    changed[:, 1:] = state[:, 1:] != state[:, :-1]
    row, week = np.nonzero(changed)
    stop = np.append(week[1:], 0) - 1
    stop[np.append(row[1:] != row[:-1], True)] = state.shape[1] - 1
    code = state[row, week]
    low, high = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31")
    start = np.maximum(monday(FIRST + first + week), low)
    end = np.minimum(monday(FIRST + first + stop) + np.timedelta64(6, "D"), high)
    kept = ~np.isin(code, (ABROAD, DEAD)) & (start <= end)
    return pd.DataFrame(
        {
            "PNR": world.young[row[kept]],
            "FRA_DATO": start[kept].astype("datetime64[s]"),
            "TIL_DATO": end[kept].astype("datetime64[s]"),
            "SOC_STATUS_KODE": SOC_STATUS[code[kept]],
            "TILSTAND_GRAD_AMR": np.where(code[kept] == 1, np.round(lives.hours[row[kept]] / 37, 4), 1.0),
            "STOETTE_BESK_KODE": np.where(code[kept] == 5, "1", "0"),
            "BOPAEL_KOM_KODE": lives.municipality[row[kept]].astype(str),
        }
    )


def dated(
    world: World, stream: int, chance: tuple[float, ...]
) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    """Draw dated events of the young: person and day, the yearly number being Poisson in the level."""
    rng, lives = world.luck(stream), world.lives
    n = rng.poisson(10.0 * np.array(chance)[lives.level])
    row = np.repeat(np.arange(world.persons), n)
    day = monday(FIRST) + rng.integers(0, 7 * N_WEEKS, len(row)).astype("timedelta64[D]")
    return row, day


def charges(world: World) -> pd.DataFrame:
    """Give criminal charges."""
    row, day = dated(world, 11, (0.08, 0.05, 0.02, 0.01, 0.005))
    return pd.DataFrame(
        {"PNR": world.young[row], "SIG_GER7": "1289110", "SIG_SIGTDTO": day.astype("datetime64[s]")}
    )


def decisions(world: World) -> pd.DataFrame:
    """Give decisions in criminal cases, half a year after every second charge."""
    made = charges(world)
    made = made[np.arange(len(made)) % 2 == 0].reset_index(drop=True)
    return pd.DataFrame(
        {
            "PNR": made["PNR"],
            "AFG_GER7": made["SIG_GER7"],
            "AFG_AFGOEDTO": made["SIG_SIGTDTO"] + pd.Timedelta(days=182),
        }
    )


def placements(world: World) -> pd.DataFrame:
    """Give placements in care, all before the eighteenth birthday."""
    rng, lives = world.luck(12), world.lives
    row = np.flatnonzero(rng.random(world.persons) < np.array([0.15, 0.08, 0.03, 0.01, 0.005])[lives.level])
    age = rng.integers(4 * 365, 16 * 365, len(row)).astype("timedelta64[D]")
    start = lives.birth[row] + age
    return pd.DataFrame(
        {
            "PNR": world.young[row],
            "ANB_START": start.astype("datetime64[s]"),
            "ANB_SLUT": (start + np.timedelta64(400, "D")).astype("datetime64[s]"),
        }
    )
