"""What must hold for any answers to any shipped instrument."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.instruments.instrument import shipped, shipped_ids

FEW = settings(max_examples=40, deadline=None)
MISSING = None


def columns(instrument):
    return [f"c{i}" for i in range(len(instrument.items))]


def coding_of(instrument):
    low, high = instrument.items[0].low, instrument.items[0].high
    return "1-4" if low is None else f"{low}-{high}"


def ends(instrument):
    low, high = coding_of(instrument).split("-")
    return int(low), int(high)


def score(instrument, row, **options):
    frame = pd.DataFrame([row], columns=columns(instrument), dtype=float)
    options.setdefault("coding", coding_of(instrument))
    return instrument.score(frame, items=columns(instrument), **options).iloc[0]


@st.composite
def forms(draw, holes=True):
    """An instrument with a form filled in, possibly with unanswered items."""
    instrument = shipped(draw(st.sampled_from(shipped_ids())))
    low, high = ends(instrument)
    answer = st.integers(low, high)
    answers = st.one_of(answer, answer, answer, st.none()) if holes else answer
    n = len(instrument.items)
    return instrument, draw(st.lists(answers, min_size=n, max_size=n)), draw(st.integers(0, n - 1))


def better_answer(instrument, at, answer):
    """One step up after keying."""
    return answer - 1 if instrument.items[at].reversed else answer + 1


@FEW
@given(forms())
def test_totals_rise_with_every_item_after_keying(form):
    instrument, row, at = form
    low, high = ends(instrument)
    if row[at] is None or not low <= better_answer(instrument, at, row[at]) <= high:
        return
    more = list(row)
    more[at] = better_answer(instrument, at, row[at])
    before, after = score(instrument, row), score(instrument, more)
    for part in instrument.scores:
        if pd.notna(before[part.id]):
            pairs = any(len(p) > 1 for p in part.parts)
            concerned = any(at in p for p in part.parts)
            assert after[part.id] >= before[part.id]
            assert pairs or not concerned or after[part.id] > before[part.id]


@FEW
@given(forms(), st.randoms(use_true_random=False))
def test_order_does_not_matter_among_items_of_the_same_key_and_role(form, random):
    instrument, row, _ = form
    turned = [i for i, item in enumerate(instrument.items) if item.reversed]
    single = {p[0] for p in instrument.scores[0].parts if len(p) == 1}
    straight = [i for i in sorted(single) if i not in turned]
    shuffled = list(row)
    for group in (turned, straight):
        moved = list(group)
        random.shuffle(moved)
        for to, source in zip(group, moved, strict=True):
            shuffled[to] = row[source]
    before, after = score(instrument, row), score(instrument, shuffled)
    main = instrument.scores[0].id
    assert (before[main] == after[main]) or (np.isnan(before[main]) and np.isnan(after[main]))
    assert before[f"{main}_{instrument.count_name}"] == after[f"{main}_{instrument.count_name}"]


@FEW
@given(forms(holes=False))
def test_a_prorated_score_equals_the_complete_one_when_the_missing_item_is_the_mean_of_the_rest(form):
    instrument, row, at = form
    k = len(instrument.scores[0].parts)
    if k != len(instrument.items) or k < 2:
        return
    low, high = ends(instrument)
    keyed = [low + high - a if item.reversed else a for a, item in zip(row, instrument.items, strict=True)]
    rest = [a for i, a in enumerate(keyed) if i != at]
    if sum(rest) % len(rest):
        return
    mean = sum(rest) // len(rest)
    complete, holed = list(row), list(row)
    complete[at] = low + high - mean if instrument.items[at].reversed else mean
    holed[at] = MISSING
    main = instrument.scores[0].id
    assert score(instrument, holed, max_missing=1)[main] == score(instrument, complete)[main]


@FEW
@given(forms())
def test_scores_lie_between_their_bounds_and_within_the_range(form):
    instrument, row, _ = form
    found = score(instrument, row, extras=["bounds"])
    for part in instrument.scores:
        if pd.notna(found[part.id]):
            assert found[f"{part.id}_lowest"] <= found[part.id] + 1e-9
            assert found[part.id] <= found[f"{part.id}_highest"] + 1e-9
        if found[f"{part.id}_{instrument.count_name}"] == len(part.parts) and not any(
            len(p) > 1 for p in part.parts
        ):
            assert found[f"{part.id}_lowest"] == found[part.id] == found[f"{part.id}_highest"]


@FEW
@given(forms())
def test_a_reversed_coding_of_turned_codes_changes_nothing(form):
    instrument, row, _ = form
    low, high = ends(instrument)
    codes = [None if a is None else low + high - a for a in row]
    plain = score(instrument, row)
    turned = score(instrument, codes, coding=f"{low}-{high} reversed")
    pd.testing.assert_series_equal(plain, turned)


@FEW
@given(forms())
def test_symptom_rules_never_fall_when_an_answer_rises(form):
    instrument, row, at = form
    if not instrument.rules or row[at] is None or row[at] >= ends(instrument)[1]:
        return
    more = list(row)
    more[at] += 1
    frame = pd.DataFrame([row, more], columns=columns(instrument), dtype=float)
    found = instrument.score(frame, items=columns(instrument), coding=coding_of(instrument))
    for rule in instrument.rules:
        values = found[f"{instrument.id}_{rule.id}"]
        if "undetermined" not in values.tolist():
            assert values.cat.codes[0] <= values.cat.codes[1]
