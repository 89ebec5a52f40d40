"""Bundles of several verbs on the same people.

A table, odds ratios, an effect, bands before and after, a panel, weeks, bars and a curve of the same few persons:
each is another way to say who there is by sex, arm, job and band.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.instruments import Norm

CODES = {
    "sex": ("f", "m"), "arm": ("0", "1"), "job": ("0", "1"), "first": ("hi", "lo"), "last": ("hi", "lo"),
    "took": ("0", "1"), "heard": ("hi", "lo", "-"),
}  # fmt: skip
"""What people are; some did not answer what is called `heard`."""
LONGEST = 52


@dataclass(frozen=True)
class Mixed:
    """People and the threshold, and which verbs speak of them in which release."""

    k: int
    people: pd.DataFrame
    releases: tuple[tuple[str, ...], ...]


def mixed(seed: int) -> Mixed:
    """Draw people of whom some cells are small, and three to five verbs in one or two releases."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(50, 130))
    people = pd.DataFrame(
        {
            "id": np.arange(n),
            "sex": rng.choice(CODES["sex"], n, p=[0.75, 0.25]),
            "arm": rng.permutation(np.arange(n) % 2),
            "job": (rng.random(n) < rng.uniform(0.08, 0.5)).astype(int),
            "first": rng.choice(CODES["first"], n, p=[0.6, 0.4]),
            "last": rng.choice(CODES["last"], n, p=[0.85, 0.15]),
        }
    )
    # Nobody is lost to follow-up, so that a curve at the end is a share: the most that it can tell.
    people["weeks"] = np.where(people["job"] == 1, rng.integers(1, LONGEST, n), LONGEST).astype(float)
    people["took"] = np.where(rng.random(n) < 0.2, 1 - people["arm"], people["arm"])
    heard = pd.Series(rng.choice(["hi", "lo"], n, p=[0.85, 0.15]))
    people["heard"] = heard.mask(rng.random(n) < rng.uniform(0.02, 0.2))
    verbs = list(rng.permutation(list(VERBS)))[: int(rng.integers(3, 6))]
    cut = int(rng.integers(1, len(verbs))) if rng.random() < 0.4 else len(verbs)
    return Mixed(
        int(rng.choice((3, 5))),
        people,
        tuple(t for t in (tuple(map(str, verbs[:cut])), tuple(map(str, verbs[cut:]))) if t),
    )


def _counts(column: str, by: str | None, codes: tuple[str, ...] = ()):
    codes = codes or CODES[column]

    def make(people: pd.DataFrame) -> ips.Result:
        return ips.describe(
            people,
            columns=[column],
            by=by,
            id="id",
            levels={column: [int(c) if c.isdigit() else c for c in codes]},
        )

    return make


VERBS = {
    "counts__job__sex": _counts("job", "sex"),
    "counts__job__arm": _counts("job", "arm"),
    "counts__job__all": _counts("job", None),
    "counts__sex__all": _counts("sex", None),
    "counts__last__sex": _counts("last", "sex"),
    "odds__sex": lambda p: ips.odds_ratios("job ~ C(sex)", p, id="id", influence=False, method="ml"),
    "odds__arm": lambda p: ips.odds_ratios("job ~ C(arm)", p, id="id", influence=False, method="ml"),
    "effect__arm": lambda p: ips.effect(p, outcome="job", treatment="arm", id="id"),
    "bands__sex": lambda p: ips.band_change(
        p, before="first", after="last", by="sex", id="id", levels=["lo", "hi"]
    ),
    "curve__arm": lambda p: ips.time_to_event(
        p, duration="weeks", event="job", by="arm", id="id", times=[LONGEST]
    ),
}

NORM = Norm(0.5, 0.5, "everybody", "invented")
RECOVERY = {
    "case_at_start": ({}, {"first": "hi"}),
    "reliable_improvement": ({}, {"first": "hi", "last": "lo"}),
    "reliable_deterioration": ({}, {"first": "lo", "last": "hi"}),
    "recovery": ({"first": "hi"}, {"first": "hi", "last": "lo"}),
    "reliable_recovery": ({"first": "hi"}, {"first": "hi", "last": "lo"}),
}
"""Whom a share of `recovery` counts, and of whom: a case is "hi", and from one to the other is a reliable change."""
VERBS |= {
    "costs__arm": lambda p: ips.cost_effectiveness(
        p.assign(cost=1000.0 + 37.0 * (p["id"] * 7919 % 101)), cost="cost", effect="job", treatment="arm", id="id",
        willingness=[0, 5000], resamples=199,
    ),
    "amount__arm": lambda p: ips.count_effect(
        p, outcome="job", treatment="arm", id="id", quantiles=[], resamples=199
    ),
    "movement__all": lambda p: ips.continua_movement(
        p.assign(**{c: pd.Categorical(p[c], ["lo", "hi"]) for c in ("first", "last")}), before="first", after="last",
        id="id",
    ),
    "recovery__all": lambda p: ips.recovery(
        p.assign(**{f"points {c}": p[c].map({"lo": 4, "hi": 12}) for c in ("first", "last")}),
        measures={"gad7": ("points first", "points last")}, id="id",
    ),
    "norm__sex": lambda p: ips.compare_with_norm(p, score="job", norm=NORM, by="sex", id="id"),
    "norm__all": lambda p: ips.compare_with_norm(p, score="job", norm=NORM, id="id"),
}  # fmt: skip

BARS = {"lo": 1, "hi": 5, "0": 0, "1": 10}
"""Points of a score: those of `first` and of `job` added up."""
EDGES = (0, 3, 8, 13, 20)
WEEKS = (3, 4)
"""In week 3 those work who were "hi" at first, in week 4 those with a job."""
FILLED = 3


def _long(people: pd.DataFrame) -> pd.DataFrame:
    """Both answers of each person, yes for "hi", a row each; the arm begins with the second."""
    waves = [
        people.assign(wave=at, y=people[c].eq("hi").astype(int), on=people["arm"] * at)
        for at, c in enumerate(("first", "last"))
    ]
    return pd.concat(waves)[["id", "arm", "wave", "y", "on"]]


def _panel(method: str) -> Callable[[pd.DataFrame], ips.Result]:
    return lambda p: ips.panel_effect(
        _long(p), outcome="y", id="id", time="wave", treatment="on", method=method
    )


def _weekly(people: pd.DataFrame) -> ips.Result:
    months = {"2021-02": people["first"].eq("hi"), "2021-03": people["job"].eq(1)}
    jobs = [
        pd.DataFrame(
            {
                "id": people.loc[has, "id"],
                "ajo_job_start_dato": pd.Timestamp(f"{month}-01"),
                "ajo_job_slut_dato": pd.Timestamp(f"{month}-01") + pd.offsets.MonthEnd(),
                "ajo_loentimer": 120.0,
            }
        )
        for month, has in months.items()
    ]
    started = people.assign(index_date=pd.Timestamp("2021-02-01"))
    return ips.weekly_shares(
        started, by="arm", treated=1, jobs=pd.concat(jobs), what=["work"], window=WEEKS, id="id"
    )


def _heard(people: pd.DataFrame) -> pd.DataFrame:
    return people.assign(heard=people["heard"].map({"hi": 1.0, "lo": 0.0}))


def _pooled(people: pd.DataFrame) -> ips.Result:
    columns = ["heard", "arm", "sex", "first"]
    filled = ips.impute(_heard(people)[["id", *columns]], columns=columns, m=FILLED, sweeps=2, seed=1)
    return filled.pool(lambda frame: ips.effect(frame, outcome="heard", treatment="arm", id="id"))


VERBS |= {
    "iv__arm": lambda p: ips.effect(
        p, outcome="job", treatment="took", instrument="arm", method="iv", id="id"
    ),
    "panel__did": _panel("did"),
    "panel__cohorts": _panel("group_time"),
    "waves__arm": lambda p: ips.repeated(
        _long(p), score="y", wave="wave", id="id", arm="arm", kind="yes_no"
    ),
    "bars__arm": lambda p: ips.histogram(
        p.assign(points=p["first"].map(BARS) + 10 * p["job"]), column="points", edges=EDGES, by="arm", id="id",
        least=2,
    ),
    "balance__arm": lambda p: ips.match("arm ~ sex + job", p, id="id").balance(data=p),
    "weekly__arm": _weekly,
    "pooled__arm": _pooled,
    "heard__arm": _counts("heard", "arm", ("hi", "lo")),
    "heard__sex": _counts("heard", "sex", ("hi", "lo")),
    "known__arm": lambda p: ips.effect(_heard(p), outcome="heard", treatment="arm", id="id"),
}  # fmt: skip
