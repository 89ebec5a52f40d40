"""Participants, those they are compared with, the work of the consultants, and the questionnaires."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.weeks import monday
from ipseval.loading.synthetic_registers.lives import FIRST, ON_BENEFIT, START, TREATED_MUNICIPALITIES
from ipseval.loading.synthetic_registers.world import World

WAVES = 4
"""Half-yearly: at the start and 26, 52 and 78 weeks later."""
CASELOAD = 20
LATER_TREATED = 0.02
ITEMS = {
    "who5": [f"who5_{k}" for k in range(1, 6)],
    "gad7": [f"gad7_{k}" for k in range(1, 8)],
    "mdi": [f"mdi_{k}" for k in ("1", "2", "3", "4", "5", "6", "7", "8a", "8b", "9", "10a", "10b")],
}
HIGHEST = {"who5": 5, "gad7": 3, "mdi": 5}


def participants(world: World) -> pd.DataFrame:
    """Give the treated: index date (a Monday), end, consultant and first employer contact."""
    lives, who = world.lives, world.lives.treated
    end = _ends(world)
    log = contact_log(world)
    first = log[log["kind"] == "employer"].groupby("pnr")["date"].min()
    made = pd.DataFrame(
        {
            "pnr": world.young[who],
            "index_date": monday(lives.start[who]).astype("datetime64[s]"),
            "end_date": end.astype("datetime64[s]"),
            "municipality": lives.municipality[who],
            "consultant": _consultants(world),
        }
    )
    made["first_employer_contact"] = made["pnr"].map(first)
    return made


def comparison(world: World) -> pd.DataFrame:
    """Give those of age who did not enrol in the week drawn for them, with that week's Monday.

    `qualifying` says who was on a benefit that opens the programme.  Planted: some stand in it who take
    part later; the weeks after their own start are not untreated.
    """
    lives = world.lives
    who, week = lives.compared, lives.candidate[lives.compared]
    later, earlier = _later_treated(world)
    made = pd.DataFrame(
        {
            "pnr": world.young[np.concatenate([who, later])],
            "index_date": monday(np.concatenate([week, earlier])).astype("datetime64[s]"),
            "municipality": lives.municipality[np.concatenate([who, later])],
            "qualifying": np.concatenate([lives.qualifying[who], np.ones(len(later), dtype=bool)]).astype(
                np.int64
            ),
        }
    )
    return made.sort_values("pnr", ignore_index=True)


def _later_treated(world: World) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find participants who were on benefit a year before their start, within the years of enrolment."""
    lives = world.lives
    before = lives.start[lives.treated] - 52
    on = np.isin(lives.state[lives.treated, np.maximum(before - FIRST, 0)], ON_BENEFIT)
    able = np.flatnonzero(on & (before >= START))
    some = able[: max(2, round(len(lives.treated) * LATER_TREATED))]
    return lives.treated[some], before[some]


def _ends(world: World) -> NDArray[np.datetime64]:
    weeks = world.luck(13).integers(26, 105, len(world.lives.treated))
    return np.asarray(monday(world.lives.start[world.lives.treated] + weeks) + np.timedelta64(4, "D"))


def _consultants(world: World) -> NDArray[np.object_]:
    """Share each municipality's participants out in turn among as many consultants as its peak needs."""
    lives = world.lives
    start, end = monday(lives.start[lives.treated]), _ends(world)
    name = np.empty(len(start), dtype=object)
    for place in TREATED_MUNICIPALITIES:
        mine = np.flatnonzero(lives.municipality[lives.treated] == place)
        mine = mine[np.argsort(start[mine], kind="stable")]
        active = [int(((start[mine] <= s) & (end[mine] >= s)).sum()) for s in start[mine]]
        n = max(1, -(-max(active, default=0) // CASELOAD))
        name[mine] = [f"{place}-{k % n + 1}" for k in range(len(mine))]
    return name


def contact_log(world: World) -> pd.DataFrame:
    """Give the consultants' contacts: meetings and calls with participants, and contacts with employers."""
    rng, who = world.luck(14), world.lives.treated
    start, end = monday(world.lives.start[who]), _ends(world)
    days = (end - start).astype(np.int64)
    n = rng.poisson(days / 14) + 1
    row = np.repeat(np.arange(len(who)), n)
    after = np.where(np.arange(len(row)) == np.repeat(np.cumsum(n) - n, n), 0, 1)  # the first is on day 0
    day = start[row] + (after * rng.integers(0, days[row] + 1)).astype("timedelta64[D]")
    kind = np.where(
        after == 0, "meeting", rng.choice(["meeting", "call", "employer"], len(row), p=[0.5, 0.3, 0.2])
    )
    made = pd.DataFrame(
        {
            "pnr": world.young[who[row]],
            "date": day.astype("datetime64[s]"),
            "kind": kind,
            "minutes": rng.integers(1, 13, len(row)) * 10,
        }
    )
    return made.sort_values(["pnr", "date", "kind"], kind="stable", ignore_index=True)


def surveys(world: World) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Give the waves as answered, and what they would have shown had nobody dropped out.

    Whether one answers a later wave hangs on how one felt at the start, which every start answer shows.
    """
    rng, lives = world.luck(15), world.lives
    who = lives.treated
    well = 0.35 * (lives.level[who] - 1) + rng.normal(0, 0.7, len(who))
    waves, whole = {}, {}
    for wave in range(WAVES):
        feeling = well + (0.18 * wave if wave else 0.0) + (rng.normal(0, 0.45, len(who)) if wave else 0.0)
        full = pd.concat([_answers(name, feeling, rng) for name in ITEMS], axis=1)
        whole[wave] = full
        chance = 1.0 if wave == 0 else 1 / (1 + np.exp(-(1.15 + 0.5 * well)))
        answered = np.flatnonzero(rng.random(len(who)) < chance)
        holes = rng.random((len(who), full.shape[1])) < 0.01
        day = monday(lives.start[who] + 26 * wave) + rng.integers(0, 14, len(who)).astype("timedelta64[D]")
        frame = full.astype("Int64").mask(pd.DataFrame(holes, columns=full.columns)).iloc[answered]
        frame.insert(0, "pnr", world.young[who[answered]])
        frame.insert(1, "wave", wave)
        frame.insert(2, "date", day[answered].astype("datetime64[s]"))
        waves[f"survey_wave{wave}"] = frame.reset_index(drop=True)
    last = WAVES - 1
    change = 4 * (whole[last][ITEMS["who5"]].sum(axis=1) - whole[0][ITEMS["who5"]].sum(axis=1))
    return waves, {f"who5_change_0_{last}_everyone": float(change.mean()), "n": len(who)}


def _answers(name: str, feeling: NDArray[np.float64], rng: np.random.Generator) -> pd.DataFrame:
    """Give the items of one scale; only WHO-5 rises with how one feels."""
    top = HIGHEST[name]
    sign = 1 if name == "who5" else -1
    centre = top * (0.40 + sign * 0.13 * feeling) if name == "who5" else top * (0.5 + sign * 0.13 * feeling)
    spread = rng.normal(0, 0.16 * top, (len(feeling), len(ITEMS[name])))
    codes = np.clip(np.rint(centre[:, None] + spread), 0, top).astype(np.int64)
    return pd.DataFrame(codes, columns=ITEMS[name])
