"""Invented results in the shape that the verbs give, small enough to check a picture by hand."""

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.core.labels import Labels
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame

BANNER = "Opdigtede personer, tilpasset de trykte tal"
SCALE = ("1", "2", "3", "4", "5")
LABELS = Labels(
    names={
        "who5": {"da": "Trivsel (WHO-5)", "en": "Well-being (WHO-5)"},
        "daily": {
            "da": "Jeg er blevet bedre til at klare mig i hverdagen",
            "en": "I manage daily life better",
        },
        "others": {"da": "Jeg er blevet bedre til at være sammen med andre", "en": "I am better with others"},
        "met": {
            "da": "Jeg har mødt nogen, der kan forstå mine udfordringer",
            "en": "I have met people who understand",
        },
        "overall": {"da": "Samlet påvirkning", "en": "Overall effect"},
        "age": {"da": "Alder", "en": "Age"},
        "band": {"da": "Trivsel i tre kategorier", "en": "Well-being in three categories"},
    },
    values={
        **{
            item: {
                "1": {"da": "I meget høj grad", "en": "Very much"},
                "2": {"da": "I høj grad", "en": "Much"},
                "3": {"da": "I nogen grad", "en": "Somewhat"},
                "4": {"da": "I mindre grad", "en": "A little"},
                "5": {"da": "Slet ikke", "en": "Not at all"},
                "6": {"da": "Ikke relevant for mig", "en": "Not relevant to me"},
            }
            for item in ("daily", "others", "met")
        },
        "overall": {
            "1": {"da": "I en meget negativ retning", "en": "Very negative"},
            "2": {"da": "Hverken negativt eller positivt", "en": "Neither"},
            "3": {"da": "I en positiv retning", "en": "Positive"},
        },
        "band": {
            "a": {"da": "Under 36", "en": "Below 36"},
            "b": {"da": "36-50", "en": "36-50"},
            "c": {"da": "Over 50", "en": "Over 50"},
        },
    },
)


def made(kind, rows, n, *, notes=(), extras=None, level=None):
    return Result(
        kind=kind,
        estimates=estimates_frame(rows),
        sample=sample_frame([("analysed", "", n)]),
        method=Method(estimator="analysed", level=level),
        base=Base(name="in_frame", n=n),
        notes=tuple(notes),
        extras=extras or {},
    )


def change_result(before=49.0, after=51.35, n=40, outcome="who5"):
    return made(
        "change",
        [
            {"outcome": outcome, "term": "before", "scale": "mean", "estimate": before, "n": n,
             "ci_low": before - 5, "ci_high": before + 5, "conf_level": 0.95},
            {"outcome": outcome, "term": "after", "scale": "mean", "estimate": after, "n": n,
             "ci_low": after - 4, "ci_high": after + 6, "conf_level": 0.95},
            {"outcome": outcome, "term": "difference", "scale": "difference", "estimate": after - before,
             "n": n, "ci_low": -2.0, "ci_high": 7.0, "conf_level": 0.95},
        ],
        n,
    )  # fmt: skip


def shares(outcome, counts, group=""):
    n = sum(counts.values())
    return [
        {"outcome": outcome, "group": group, "term": code, "scale": "share", "n": n, "n_events": k,
         "estimate": k / n if n else None, "status": "ok" if n else "refused"}
        for code, k in counts.items()
    ]  # fmt: skip


def mean(outcome, value, n):
    return {"outcome": outcome, "term": "mean", "scale": "mean", "estimate": value, "n": n}


BATTERY = {
    "daily": {"1": 4, "2": 9, "3": 15, "4": 7, "5": 5, "6": 3},
    "others": {"1": 6, "2": 11, "3": 15, "4": 5, "5": 5, "6": 1},
    "met": {"1": 20, "2": 13, "3": 6, "4": 1, "5": 1, "6": 2},
}
MEANS = {"daily": 2.9, "others": 3.19, "met": 4.2}


def likert_result(battery=None):
    battery = battery or BATTERY
    rows = []
    for item, counts in battery.items():
        rows += shares(item, counts)
        if item in MEANS:
            rows.append(mean(item, MEANS[item], 43))
    return made("describe", rows, 43)


def count_result():
    return made("describe", shares("overall", {"1": 0, "2": 4, "3": 39}), 43)


def odds_result():
    rows = [
        {"outcome": "job", "term": "age", "contrast": "", "scale": "odds_ratio", "estimate": 0.96,
         "ci_low": 0.78, "ci_high": 1.18, "conf_level": 0.95, "n": 34},
        {"outcome": "job", "term": "rating", "scale": "odds_ratio", "estimate": 2.12,
         "ci_low": 1.16, "ci_high": 5.27, "conf_level": 0.95, "n": 34},
        {"outcome": "job", "term": "sparse", "scale": "odds_ratio", "estimate": 3.0,
         "ci_low": 0.4, "ci_high": 900.0, "conf_level": 0.95, "n": 33, "status": "flagged"},
        {"outcome": "job", "term": "separated", "scale": "odds_ratio", "n": 34, "status": "refused"},
        {"outcome": "job", "term": "age", "scale": "log_odds", "estimate": -0.04, "n": 34},
    ]  # fmt: skip
    return made("odds_ratios", rows, 34, notes=[Note("analysed", row=3)], level=0.95)


MOVES = {"a": {"a": 7, "b": 2, "c": 2}, "b": {"a": 2, "b": 3, "c": 5}, "c": {"a": 1, "b": 2, "c": 16}}


def movement_result():
    rows = [(b, a, n) for b, across in MOVES.items() for a, n in across.items()]
    frame = pd.DataFrame(rows, columns=["before", "after", "n"])
    frame.insert(0, "outcome", "band")
    frame.insert(1, "group", "")
    estimate = {
        "outcome": "band",
        "term": "changed",
        "scale": "share",
        "estimate": 14 / 40,
        "n": 40,
        "n_events": 14,
    }
    return made("band_change", [estimate], 40, extras={"transition": frame})


WHO5_AXIS = {
    "range": (0, 100),
    "bands": [
        {
            "low": 0,
            "high": 35,
            "label": {"da": "0-35: Stor risiko for depression/stressbelastning", "en": "0-35: High risk"},
        },
        {
            "low": 36,
            "high": 50,
            "label": {"da": "36-50: Risiko for depression/stressbelastning", "en": "36-50: Risk"},
        },
    ],
    "reference": {"value": 68, "label": {"da": "Dansk befolkningsgennemsnit (68)", "en": "Danish mean (68)"}},
}


def words_of(ax):
    """Every text that stands in a figure, whoever set it."""
    from matplotlib.text import Text

    return [t.get_text() for t in ax.get_figure().findobj(Text) if t.get_text()]


def reliable_result():
    """Smallest sure change, a cut and counts by twenty points, as `ips.reliable_change` gives them."""
    cells = [(20.0, 20.0, 5), (20.0, 40.0, 9), (40.0, 40.0, 12), (40.0, 60.0, 8), (60.0, 60.0, 6)]
    binned = pd.DataFrame(
        [("who5", "", before, after, 20.0, n) for before, after, n in cells],
        columns=["outcome", "group", "before_from", "after_from", "width", "n"],
    )
    rows = [
        {"outcome": "who5", "term": "mdc", "scale": "points", "estimate": 15.2, "n": 40},
        {"outcome": "who5", "term": "cut_score", "scale": "points", "estimate": 50.0, "n": 40},
    ]
    return made("reliable_change", rows, 40, extras={"binned": binned})


def compared():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"who": range(60), "ips": np.arange(60) % 2, "age": rng.integers(18, 30, 60)})
    return frame.assign(weeks=rng.normal(20, 8, 60), cost=rng.gamma(2.0, 9_000, 60))


def balance_result():
    return ips.match("ips ~ age", compared(), id="who").balance()


def flow_result():
    frame = compared()
    return ips.effect(ips.match("ips ~ age", frame, id="who"), outcome="weeks", data=frame)


def cost_result():
    return ips.cost_effectiveness(
        compared(), cost="cost", effect="weeks", treatment="ips", willingness=[900], resamples=99
    )


def states_result(kind="distribution"):
    """Four persons in DREAM over five weeks."""
    codes = [[0, 0, 720, 720, 651], [720, 720, 730, 0, 0], [0, 720, 0, 720, 720], [651] * 5]
    frame = pd.DataFrame(codes, columns=["y_2050", "y_2051", "y_2052", "y_2053", "y_2101"])
    frame.insert(0, "pnr", ["001", "002", "003", "004"])
    return getattr(ips.dream, kind)(ips.dream.spells(frame, states="group", censor=False))


def weekly_result():
    people = compared().assign(pnr=lambda f: f["who"].astype(str), index_date="2021-03-01")
    days = pd.to_datetime("2021-01-01") + pd.to_timedelta(people["who"] * 2, unit="D")
    jobs = pd.DataFrame(
        {"pnr": people["pnr"], "ajo_job_start_dato": days, "ajo_job_slut_dato": days, "ajo_loentimer": 8.0}
    )
    return ips.weekly_shares(people, by="ips", treated=1, jobs=jobs, what=["work"], window=(-8, 8))


def entry_result():
    """Effects by periods since entry, two periods before it and two after."""
    rng = np.random.default_rng(8)
    panel = pd.DataFrame({"who": np.repeat(np.arange(40), 5), "period": np.tile(np.arange(5), 40)})
    panel["on"] = ((panel["who"] < 18) & (panel["period"] >= 3)).astype(int)
    panel["weeks"] = panel["on"] * 2 + panel["period"] + rng.normal(size=200)
    return ips.panel_effect(
        panel, outcome="weeks", id="who", time="period", treatment="on", method="event_study"
    )


def job_result():
    """Four treated and four others, whose shares with a job by week 9 are 75 and 50 %."""
    people = pd.DataFrame(
        {"weeks": [2, 4, 6, 9] * 2, "job": [1, 1, 1, 0, 1, 0, 1, 0], "ips": [1] * 4 + [0] * 4}
    )
    people.loc[5, "weeks"] = 9
    return ips.time_to_event(people, duration="weeks", event="job", by="ips")


def town_result():
    rng = np.random.default_rng(3)
    towns = pd.DataFrame({"town": np.repeat(np.arange(8), 8), "period": np.tile(np.arange(8), 8)})
    towns["on"] = ((towns["town"] == 0) & (towns["period"] > 5)).astype(int)
    towns["share"] = rng.normal(size=64) + towns["period"]
    return ips.synthetic_control(towns, outcome="share", unit="town", time="period", treatment="on")


def roads_result():
    frame = compared()
    design = ips.match("ips ~ age", frame, id="who")
    roads = {
        "matched": ips.effect(design, outcome="weeks", data=frame),
        "adjusted": ips.effect(frame, outcome="weeks", treatment="ips", covariates=["age"]),
    }
    return ips.triangulate(roads, designs={"matched": design})


def unknown_result():
    frame = compared()
    return ips.tipping_point(
        frame.assign(work=(frame["weeks"] > 18).where(frame["who"] > 6)), outcome="work", treatment="ips"
    )
