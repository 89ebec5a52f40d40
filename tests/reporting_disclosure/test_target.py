"""A target's three rows leave together or not at all: any two of them give the third."""

import pandas as pd
import pytest

import ipseval as ips


def released(reached, missed, unknown, tmp_path):
    """Those who reached a target by row, as far as they leave."""
    answers = [1.0] * reached + [0.0] * missed + [None] * unknown
    frame = pd.DataFrame({"id": [str(i) for i in range(len(answers))], "job": answers})
    out = ips.release(
        {"goal": ips.target(frame, outcome="job", share=0.6, id="id")}, tmp_path / "out", profile="dst-5"
    )
    assert not out.statuses()["status"].eq("person").any()
    rows = pd.read_csv(out.folder / "goal.csv", sep=";", decimal=",").dropna(subset="Kategori")
    return dict(zip(rows["Kategori"], rows["Antal"], strict=True)) if "Antal" in rows else {}


def test_counts_of_five_or_more_leave(tmp_path):
    assert released(40, 20, 6, tmp_path) == {"of_known": 40, "of_all": 40, "if_all_unknown": 46}


@pytest.mark.parametrize(("reached", "missed", "unknown"), [(2, 50, 8), (40, 2, 10), (40, 3, 0), (3, 30, 4)])
def test_few_who_reached_or_missed_it_are_in_no_row(reached, missed, unknown, tmp_path):
    assert not pd.Series(released(reached, missed, unknown, tmp_path), dtype=float).notna().any()
