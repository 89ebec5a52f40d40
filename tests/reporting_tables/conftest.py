"""Results made by hand, so that these tests know what they must show without an analysis."""

import pandas as pd
import pytest

from ipseval.core.labels import Labels
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame

BANNER = "Opdigtede personer, tilpasset de trykte tal"


def result(rows, *, kind="describe", base=None, notes=(), extras=None, sample=None):
    return Result(
        kind=kind,
        estimates=estimates_frame(rows),
        sample=sample_frame(sample or [("in_frame", "", 55), ("analysed", "", 55)]),
        method=Method("complete_cases", missing="available_answers"),
        base=base or Base("start", 55, {"da": "unge med startskema", "en": "young people with a start form"}),
        notes=tuple(notes),
        extras=extras or {},
    )


def share(outcome, term, events, n, **more):
    return {
        "outcome": outcome,
        "term": term,
        "scale": "share",
        "estimate": events / n if n else None,
        "n": n,
        "n_events": events,
        **more,
    }


LABELS = Labels(
    {
        "sex": {"da": "Køn", "en": "Sex"},
        "age": {"da": "Alder", "en": "Age"},
        "education": {"da": "Højest afsluttede eksamen", "en": "Highest education"},
        "rating": {"da": "Vurdering af forløbets betydning", "en": "Rating"},
    },
    {
        "sex": {
            "1": {"da": "Mand", "en": "Man"},
            "2": {"da": "Kvinde", "en": "Woman"},
            "3": {"da": "Andet", "en": "Other"},
        },
        "age": {"min": {"da": "Yngst", "en": "Youngest"}, "max": {"da": "Ældst", "en": "Oldest"}},
    },
)


@pytest.fixture
def background():
    """Sex and age of 55, as table 2 of the report."""
    rows = [share("sex", "1", 24, 55), share("sex", "2", 29, 55), share("sex", "3", 2, 55)]
    for term, scale, value in (("mean", "mean", 22.4), ("min", "minimum", 16.0), ("max", "maximum", 29.0)):
        rows.append({"outcome": "age", "term": term, "scale": scale, "estimate": value, "n": 55})
    return result(rows)


@pytest.fixture
def education():
    """A question that six did not answer, for two reasons."""
    rows = [share("education", "1", 4, 49), share("education", "2", 45, 49), share("education", "3", 0, 49)]
    missing = pd.DataFrame(
        [("education", "", "dont_know", 4), ("education", "", "not_answered", 2)],
        columns=["outcome", "group", "reason", "n"],
    )
    return result(rows, extras={"missing": missing})


def ratio(term, estimate=None, low=None, high=None, p=None, **more):
    return {
        "outcome": "job",
        "contrast": "multivariable",
        "term": term,
        "scale": "odds_ratio",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "conf_level": 0.95 if low is not None else None,
        "p_value": p,
        "n": 34,
        "n_events": 21,
        **more,
    }


@pytest.fixture
def odds():
    rows = [
        ratio("Intercept", 0.1, 0.01, 0.9, 0.04),
        ratio("age", 0.97, 0.78, 1.18, 0.61),
        ratio("rating", 2.118, 1.16, 5.27, 0.0078),
        ratio("load", 3.0, 0.2, float("inf"), 1e-9),
        ratio("lonely", status="refused"),
    ]
    return result(
        rows,
        kind="odds_ratios",
        base=Base("end", 43, "afsluttede unge"),
        notes=[
            Note("nobody_answered", row=4, values={"outcome": "lonely"}),
            Note("nobody_changed", values={"outcome": "age"}),
        ],
        sample=[("in_frame", "", 43), ("analysed", "", 34)],
    )


@pytest.fixture
def labels():
    return LABELS


@pytest.fixture
def banner():
    return BANNER
