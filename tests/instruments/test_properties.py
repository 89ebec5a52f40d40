"""What must hold for every shipped instrument, whatever is answered."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.instruments.instrument import shipped, shipped_ids

OFTEN = settings(max_examples=25, deadline=None)
IDS = st.sampled_from(shipped_ids())
MASTERY_CODES = (1, 4)


def ends(identifier):
    item = shipped(identifier).items[0]
    return MASTERY_CODES if item.low is None else (int(item.low), int(item.high))


def run(identifier, rows, **options):
    low, high = ends(identifier)
    columns = [item.id for item in shipped(identifier).items]
    frame = pd.DataFrame(rows, columns=columns, dtype=float)
    return shipped(identifier).score(frame, items=columns, coding=f"{low}-{high}", **options)


@st.composite
def forms(draw, missing=False):
    """An instrument and a form, some answers of which may be missing."""
    identifier = draw(IDS)
    low, high = ends(identifier)
    answer = st.integers(low, high)
    answer = st.one_of(answer, st.just(np.nan)) if missing else answer
    n = len(shipped(identifier).items)
    return identifier, draw(st.lists(answer, min_size=n, max_size=n))


@OFTEN
@given(forms(), st.data())
def test_a_higher_answer_after_keying_never_lowers_a_total(made, data):
    identifier, form = made
    low, high = ends(identifier)
    at = data.draw(st.integers(0, len(form) - 1))
    turned = shipped(identifier).items[at].reversed
    higher = list(form)
    higher[at] = max(form[at] - 1, low) if turned else min(form[at] + 1, high)
    totals = run(identifier, [form, higher])[identifier]
    assert totals[1] >= totals[0]
    in_a_pair = any(at in part for part in shipped(identifier).scores[0].parts if len(part) > 1)
    if higher != form and not in_a_pair:
        assert totals[1] - totals[0] == float(shipped(identifier).scores[0].multiply)


@OFTEN
@given(forms(missing=True), st.data())
def test_items_of_the_same_key_and_role_may_change_places(made, data):
    identifier, form = made
    score = shipped(identifier).scores[0]
    in_pairs = {at for part in score.parts if len(part) > 1 for at in part}
    turned = data.draw(st.booleans())
    alike = [
        at
        for at, item in enumerate(shipped(identifier).items)
        if item.reversed == turned and at not in in_pairs
    ]
    mixed = list(form)
    for at, source in zip(alike, data.draw(st.permutations(alike)), strict=True):
        mixed[at] = form[source]
    main = [identifier, f"{identifier}_{shipped(identifier).count_name}", f"{identifier}_prorated"]
    main += [f"{identifier}_band"] if score.bands else []
    out = run(identifier, [form, mixed], max_missing=len(score.parts) - 1)[main]
    pd.testing.assert_frame_equal(out.iloc[[0]], out.iloc[[1]].set_axis([0]))


@OFTEN
@given(forms(missing=True))
def test_a_prorated_total_is_the_mean_of_the_answered_parts_times_their_number(made):
    identifier, form = made
    instrument = shipped(identifier)
    low, high = ends(identifier)
    keyed = [low + high - a if item.reversed else a for item, a in zip(instrument.items, form, strict=True)]
    score = instrument.scores[0]
    answered = [[keyed[at] for at in part if not np.isnan(keyed[at])] for part in score.parts]
    highest = [Fraction(int(max(part))) for part in answered if part]
    k = len(score.parts)
    out = run(identifier, [form], max_missing=k - 1).iloc[0]
    if not highest:
        assert np.isnan(out[identifier])
    else:
        assert out[identifier] == float(sum(highest) / len(highest) * k * score.multiply)
    assert out[f"{identifier}_prorated"] == (0 < len(highest) < k)


@OFTEN
@given(st.sampled_from([i for i in shipped_ids() if i not in ("loneliness", "burden")]), st.data())
def test_a_missing_answer_that_equals_the_mean_of_the_rest_changes_nothing(identifier, data):
    low, high = ends(identifier)
    instrument = shipped(identifier)
    answer = data.draw(st.integers(low, high))
    keyed = [low + high - answer if item.reversed else answer for item in instrument.items]
    lift = data.draw(st.integers(0, min(answer - low, high - answer)))
    parts = instrument.scores[0].parts
    if len(parts) > 2:  # two parts leave the mean as it is
        for part, change in ((parts[0], lift), (parts[1], -lift)):
            for at in part:
                keyed[at] += -change if instrument.items[at].reversed else change
    gone = [np.nan if at in parts[-1] else a for at, a in enumerate(keyed)]
    out = run(identifier, [keyed, gone], max_missing=1)
    assert out[identifier][0] == out[identifier][1]
    assert out[f"{identifier}_prorated"].tolist() == [False, True]


@OFTEN
@given(forms(missing=True), st.data())
def test_what_is_missing_lies_between_the_bounds(made, data):
    identifier, form = made
    low, high = ends(identifier)
    filled = [data.draw(st.integers(low, high)) if np.isnan(a) else a for a in form]
    out = run(identifier, [form], extras=["bounds", "cuts"]).iloc[0]
    whole = run(identifier, [filled], extras=["bounds", "cuts"]).iloc[0]
    if not np.isnan(out[f"{identifier}_lowest"]):
        assert out[f"{identifier}_lowest"] <= whole[identifier] <= out[f"{identifier}_highest"]
    for rule in shipped(identifier).rules:
        name = f"{identifier}_{rule.id}"
        if pd.notna(out[name]) and out[name] != "undetermined":
            assert whole[name] == out[name]


@pytest.mark.parametrize("identifier", shipped_ids())
def test_rows_are_scored_each_for_themselves(identifier):
    low, high = ends(identifier)
    n = len(shipped(identifier).items)
    answers = np.random.default_rng(11).integers(low, high + 1, (25, n)).astype(float)
    answers[np.random.default_rng(12).random(answers.shape) < 0.1] = np.nan
    together = run(identifier, answers)
    back = run(identifier, answers[::-1])
    pd.testing.assert_frame_equal(together, back.iloc[::-1].reset_index(drop=True))
