"""The bad input that studies bring, held for every verb of change: one sentence, or a refused row in its place."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

CANARY = 87654.0
VERBS = {
    "change": lambda frame, **options: ips.change(frame, resamples=199, **options),
    "band_change": lambda frame, **options: ips.band_change(frame, **options),
    "reliable_change": lambda frame, **options: ips.reliable_change(frame, reliability=0.8, **options),
}
every_verb = pytest.mark.parametrize("verb", VERBS)


def wide(before, after):
    return pd.DataFrame({"x_start": before, "x_end": after}, dtype=float)


def run(verb, frame, **options):
    return VERBS[verb](frame, **(options or {"before": "x_start", "after": "x_end"}))


def refused(verb, frame, said, **options):
    with pytest.raises(EstimationError) as caught:
        run(verb, frame, **options)
    assert said in str(caught.value)
    assert str(int(CANARY)) not in str(caught.value)


@every_verb
def test_unpaired_rows_are_counted_and_left_out(verb):
    result = assert_result(run(verb, wide([1, 2, 3, np.nan, 4, 1], [2, 4, np.nan, 3, 4, 3])))
    whole = assert_result(run(verb, wide([1, 2, 4, 1], [2, 4, 4, 3])))
    pd.testing.assert_frame_equal(result.estimates, whole.estimates)
    assert result.sample["n"].iloc[0] == 6


@every_verb
def test_an_id_twice_in_a_wave_is_refused(verb):
    long = pd.DataFrame({"id": [1, 1, 2, 2, 2], "t": [1, 2, 1, 2, 2], "s": [1, 2, 1, 2, CANARY]})
    refused(verb, long, "repeats on 1 row(s) within a wave", score="s", wave="t", id="id")


@every_verb
def test_a_wave_label_that_occurs_once_is_told(verb):
    long = pd.DataFrame({"id": [1, 2, 3, 1, 2], "t": ["a", "a", "ab", "b", "b"], "s": CANARY})
    refused(verb, long, "of which 1 on a single row", score="s", wave="t", id="id")


@pytest.mark.parametrize("verb", ["change", "reliable_change"])
def test_infinite_scores_are_refused(verb):
    refused(verb, wide([1, np.inf, CANARY], [1, 2, 3]), "1 infinite value")


@every_verb
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7, 8]),
        ([0] * 8, [0] * 8),
        ([4, 4, 4, 4], [4, 4, 4, 4]),
        ([2], [3]),
        ([2, 3], [3, 5]),
        ([2, 3], [2, 3]),
        ([np.nan, 2], [2, np.nan]),
    ],
    ids=["constant difference", "all zeros", "all alike", "n = 1", "n = 2", "n = 2, none moved", "no pair"],
)
def test_what_cannot_be_computed_keeps_its_row_and_says_why(verb, before, after):
    full = assert_result(run(verb, wide([1, 2, 3, 1, 2, 4, 5, 6], [2, 4, 3, 3, 1, 5, 5, 8])))
    result = assert_result(run(verb, wide(before, after)))
    if verb != "band_change":
        assert list(result.estimates["term"]) == list(full.estimates["term"])
    est = result.estimates
    silent = est["estimate"].isna() & est["p_value"].isna()
    assert (est.loc[silent, "status"] == "refused").all()
    p = est["p_value"].dropna()
    assert (p > 0).all()


def test_a_category_in_one_wave_only_keeps_its_rows_with_a_true_zero():
    frame = pd.DataFrame({"x_start": ["a", "a", "b"], "x_end": ["b", "c", "c"]})
    est = assert_result(run("band_change", frame)).estimates.set_index(["term", "estimand"])
    assert est.loc[("c", "before"), "n_events"] == 0
    assert est.loc[("c", "after"), "n_events"] == 2
    assert est.loc[("a", "after"), "n_events"] == 0


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_numbers_written_as_text_are_refused_and_not_counted_with_in_silence(kind):
    frame = pd.DataFrame({"a": [3, 4, 5, 6], "b": pd.Series(["4", "4", None, "7"], dtype=kind)})
    with pytest.raises(EstimationError, match=r"'b' has 3 row\(s\) with numbers written as text"):
        ips.change(frame, outcomes={"x": ("a", "b")})
    whole = frame.assign(b=pd.Series([4, 4, None, 7], dtype=object))
    assert ips.change(whole, outcomes={"x": ("a", "b")}).estimates["n"].iloc[0] == 3
