"""Categories before and after as a table: one row per category, one test, the rest counted."""

import pandas as pd
import pytest

import ipseval as ips
from ipseval.reporting.formats import NOTHING

BEFORE = ["low"] * 20 + ["middle"] * 15 + ["high"] * 10
AFTER = ["low"] * 8 + ["middle"] * 9 + ["high"] * 3 + ["middle"] * 7 + ["high"] * 8 + ["high"] * 9 + ["low"]


def moved(**more):
    frame = pd.DataFrame({"id": range(45), "before": BEFORE, "after": AFTER} | more)
    levels = ["low", "middle", "high"]
    return ips.band_change(frame, before="before", after="after", id="id", levels=levels,
                           by="sex" if "sex" in more else None)  # fmt: skip


def rows_of(table):
    return [line for line in table.to_markdown().splitlines() if line.startswith("| &emsp;")]


@pytest.mark.parametrize(
    ("lang", "low"), [("da", "20 (44%) | 9 (20%) | −24"), ("en", "20 (44%) | 9 (20%) | −24")]
)
def test_a_category_stands_on_one_row_with_its_change(lang, low):
    result = moved()
    shown = ips.table(result, lang=lang)
    lines = rows_of(shown)
    assert len(lines) == 4
    assert low in lines[0]
    told = result.estimates.set_index(["term", "estimand"]).loc[("low", "difference_tango")]
    assert told["estimate"] == pytest.approx((9 - 20) / 45)
    assert f"{told['p_value']:.3f}".replace(".", "," if lang == "da" else ".") in lines[0]


def test_what_is_left_out_is_counted_and_the_method_names_what_is_shown():
    result = moved()
    text = ips.table(result, lang="en").to_markdown()
    assert f"{len(result.estimates) - 10} estimates of other kinds" in text
    assert "Tango's score interval" in text
    assert "Newcombe" not in text
    assert "Newcombe" in ips.table(result, lang="en", layout="estimates").to_markdown()


def test_groups_have_heads_of_their_own():
    text = ips.table(moved(sex=["f", "m"] * 22 + ["f"]), lang="en").to_markdown()
    heads = [line for line in text.splitlines() if line.startswith("| **")]
    assert [line.split("**")[1] for line in heads] == ["after, f", "after, m"]


def test_nobody_with_both_answers_keeps_the_rows():
    frame = pd.DataFrame({"id": range(4), "before": ["low", None] * 2, "after": [None, "high"] * 2})
    result = ips.band_change(frame, before="before", after="after", id="id", levels=["low", "high"])
    lines = rows_of(ips.table(result, lang="en"))
    assert lines
    assert NOTHING in lines[0]
