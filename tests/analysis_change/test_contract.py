"""What every verb of change promises: words in both languages, the caller's frame untouched, no value shown."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError
from ipseval.core.language import words

from support.contract import assert_result

CANARY = 987654321


def people():
    rng = np.random.default_rng(11)
    start = 4.0 * rng.integers(3, 20, 48)
    end = np.clip(start + 4.0 * rng.integers(-3, 7, 48), 0, 100)
    frame = pd.DataFrame({"id": np.arange(48), "who5_start": start, "who5_end": end})
    frame["arm"] = np.where(frame["id"] % 2 == 0, "ips", "usual")
    frame["risk_start"], frame["risk_end"] = (start <= 50).astype(int), (end <= 50).astype(int)
    frame.loc[frame["id"] % 7 == 0, "who5_end"] = np.nan
    frame["answered"] = frame["who5_end"].notna().astype(int)
    frame["gain"] = frame["who5_end"] - frame["who5_start"]
    return frame


def long():
    parts = [people()[["id", "arm"]].assign(month=m, who5=people()["who5_start"] + m / 2) for m in (0, 6, 12)]
    frame = pd.concat(parts, ignore_index=True)
    rng = np.random.default_rng(2)
    return frame.assign(who5=frame["who5"] + rng.normal(0, 5, len(frame)))


WIDE = {"before": "who5_start", "after": "who5_end", "id": "id"}
TARGET = {"mic": 10, "mdc": 20, "margin": 5, "range": (0, 100), "selection": {"mean": 60, "reliability": 0.7}}
CALLS = {
    "describe": lambda f: ips.describe(f, columns=["who5_start", "arm"], by="arm", id="id"),
    "attrition": lambda f: ips.attrition(
        f, answered="answered", by=["who5_start", "arm"], arm="arm", id="id"
    ),
    "attrition_bounds": lambda f: ips.attrition_bounds(
        f,
        outcome="gain",
        range=(-100, 100),
        treatment="arm",
        covariates=["who5_start"],
        id="id",
        resamples=49,
    ),
    "change": lambda f: ips.change(f, **WIDE, by="arm", target=TARGET, resamples=199),
    "band_change": lambda f: ips.band_change(
        f, before="risk_start", after="risk_end", levels=[0, 1], id="id"
    ),
    "reliable_change": lambda f: ips.reliable_change(
        f, **WIDE, reliability=ips.Reliability(0.8, "retest"), cut=50, mic=10, methods=("jacobson_truax",)
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_row_has_words_in_both_languages_and_the_frame_stays(name):
    frame = people()
    copy = frame.copy()
    result = assert_result(CALLS[name](frame))
    pd.testing.assert_frame_equal(frame, copy)
    known = words()
    codes = {"arm", "0", "1", "ips", "usual", "who5_start"}
    rows = result.estimates
    terms = set(rows.loc[~rows["estimand"].isin(["before", "after"]), "term"]) - codes
    scales = set(rows["scale"])
    lacking = [f"table_term_{t}" for t in terms] + [f"table_scale_{s}" for s in scales]
    assert not sorted(code for code in lacking if code not in known)


@pytest.mark.parametrize("name", CALLS)
def test_a_value_that_breaks_a_call_is_never_repeated(name):
    frame = people().astype({"id": object})
    broken = {
        "describe": ("who5_start", np.inf),
        "attrition": ("answered", CANARY),
        "attrition_bounds": ("gain", CANARY),
        "change": ("who5_end", f"ca. {CANARY}"),
        "band_change": ("risk_end", CANARY),
        "reliable_change": ("who5_end", f"ca. {CANARY}"),
    }
    column, value = broken[name]
    frame[column] = frame[column].astype(object)
    frame.loc[5, column] = value
    if name == "describe":
        frame[column] = frame[column].astype(float)
    with pytest.raises(EstimationError) as caught:
        CALLS[name](frame)
    seen = caught.value
    while seen is not None:
        assert str(CANARY) not in str(seen)
        seen = seen.__cause__
    assert "row(s)" in str(caught.value) or "value(s)" in str(caught.value)


@pytest.mark.parametrize("method", ["mixed", "gee"])
def test_repeated_waves_have_words_and_leave_the_frame(method):
    frame = long()
    copy = frame.copy()
    result = assert_result(ips.repeated(frame, score="who5", wave="month", id="id", arm="arm", method=method))
    pd.testing.assert_frame_equal(frame, copy)
    assert {"table_term_waves_test", "table_term_arm_by_wave_test", "table_scale_test"} <= set(words())
    assert result.estimates["p_value"].notna().any()


@pytest.mark.parametrize("name", CALLS)
def test_order_and_labels_of_persons_do_not_matter(name):
    frame = people()
    mixed = frame.sample(frac=1, random_state=4).assign(id=lambda f: "p" + (900 - f["id"]).astype(str))
    first, again = CALLS[name](frame).tidy(), CALLS[name](mixed).tidy()
    drawn = first["term"].str.fullmatch(r"[dg]_(av|rm|start)|lee_.*")
    pd.testing.assert_frame_equal(first[~drawn], again[~drawn], rtol=1e-8)
