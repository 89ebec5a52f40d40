"""Every rule on numbers made to break it, and on the nearest numbers that do not."""

import pytest

from ipseval.auditing.audit import audit


def found(rule=None, **sections):
    """Return (level, code) of the findings of one rule."""
    report = sections.pop("report", {"weights": "none"})
    for entries in sections.values():
        for i, entry in enumerate(entries):
            entry.setdefault("id", f"x{i}")
    audited = audit({"report": report, **sections})
    for finding in audited.findings:
        for lang in ("da", "en"):
            text = finding.text(lang) + finding.consistent(lang)
            assert "{" not in text
            assert "audit" not in text
    return [(f.level, f.code) for f in audited.findings if rule is None or f.rule == rule]


def cells(*pairs):
    return [
        {"label": f"c{i}", **({"count": c} if c is not None else {}), **({"percent": p} if p else {})}
        for i, (c, p) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({"percent": "57", "count": 16, "n": 28}, []),
        ({"percent": "58", "count": 16, "n": 28}, [("contradiction", "audit_share_count")]),
        ({"percent": "51", "n": 28}, [("contradiction", "audit_share_alone")]),
        ({"percent": "22", "n": 28}, [("method", "audit_share_alone")]),
        ({"percent": "12", "count": 1, "n": 8}, []),
        ({"percent": "13", "count": 1, "n": 8}, []),
        ({"count": 9, "n": 8}, [("contradiction", "audit_count_beyond")]),
        ({"percent": "101", "n": 8}, [("contradiction", "audit_share_beyond")]),
    ],
)
def test_shares(share, expected):
    assert found("share", shares=[share]) == expected


def test_unknown_weights_leave_no_contradiction_about_whole_persons():
    share = {"percent": "58", "count": 16, "n": 28}
    assert found("share", shares=[share], report={}) == [("method", "audit_share_count")]


@pytest.mark.parametrize(
    ("n", "rows", "expected"),
    [
        (55, cells((24, "44"), (29, "53"), (2, "4")), []),
        (55, cells((24, "44"), (29, "52"), (2, "4")), [("contradiction", "audit_table_no_base")]),
        (
            55,
            cells((4, "8"), (27, "55"), (15, "31"), (1, "2"), (2, "4")),
            [("method", "audit_counts_short"), ("method", "audit_table_other_base")],
        ),
        (50, cells((30, ""), (21, "")), [("contradiction", "audit_counts_beyond")]),
        (
            55,
            cells((None, "18"), (None, "29"), (None, "26"), (None, "22"), (None, "4")),
            [("contradiction", "audit_row_cells")],
        ),
        (43, cells((None, "74"), (None, "23"), (None, "0"), (None, "3")), [("method", "audit_row_cells")]),
    ],
)
def test_whole_rows(n, rows, expected):
    assert found("whole_row", distributions=[{"n": n, "cells": rows}]) == expected


@pytest.mark.parametrize(
    ("percents", "expected"),
    [
        (("33", "33", "33"), [("note", "audit_sum_rounding")]),
        (("50", "52"), [("contradiction", "audit_sum_over")]),
        (("50", "48"), [("method", "audit_sum_under")]),
        (("50", "50"), []),
    ],
)
def test_sums(percents, expected):
    rows = cells(*((None, p) for p in percents))
    assert found("sum", distributions=[{"cells": rows}]) == expected


TABLE = {"id": "t", "n": 43, "cells": cells((17, "40"), (7, "16"), (6, "14"), (3, "7"), (10, "23"))}


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({"percent": "60", "cells": [2, 3, 4, 5]}, []),
        ({"percent": "67", "cells": [2, 3, 4, 5]}, [("contradiction", "audit_text_table")]),
        ({"percent": "37", "cells": [3, 5]}, []),
        ({"percent": "56", "cells": [1, 2]}, []),
        ({"percent": "30", "cells": [2, 3]}, []),
        ({"percent": "21", "cells": [3, 4]}, []),
        ({"count": 26, "cells": [2, 3, 4, 5]}, []),
        ({"count": 25, "cells": [2, 3, 4, 5]}, [("contradiction", "audit_text_count")]),
        ({"count": 5, "cells": [3], "bound": "at_most"}, []),
        ({"count": 7, "cells": [3], "bound": "at_most"}, [("contradiction", "audit_text_count")]),
        ({"said": "66.67", "cells": [2, 3, 4, 5]}, [("method", "audit_words_miss")]),
        ({"said": "60", "cells": [2, 3, 4, 5]}, []),
        ({"said": "50", "bound": "over", "cells": [2, 3, 4, 5]}, []),
        ({"said": "50", "bound": "over", "cells": [1]}, [("contradiction", "audit_words_bound")]),
    ],
)
def test_text_claims(share, expected):
    share |= {"id": "s", "distribution": "t"}
    assert found("text", distributions=[TABLE], shares=[share]) == expected


def test_weighted_counts_may_add_to_more_and_round_apart():
    table = {**TABLE, "n": 42}
    share = {"id": "s", "distribution": "t", "count": 27, "cells": [2, 3, 4, 5]}
    told = found(distributions=[table], shares=[share], report={})
    assert ("method", "audit_counts_beyond") in told
    assert ("method", "audit_text_count") in told
    far = {**share, "count": 30}
    assert ("contradiction", "audit_text_count") in found(distributions=[TABLE], shares=[far], report={})


def test_a_sum_of_rounded_cells_is_told():
    table = {"id": "t", "n": 55, "cells": cells((7, "13"), (9, "16"), (39, "71"))}
    share = {"id": "s", "distribution": "t", "percent": "29", "cells": [1, 2]}
    assert found("text", distributions=[table], shares=[share]) == []
    table = {"id": "t", "n": 40, "cells": cells((3, "8"), (5, "13"), (32, "80"))}
    share = {"id": "s", "distribution": "t", "percent": "21", "cells": [1, 2]}
    assert found("text", distributions=[table], shares=[share]) == [("method", "audit_text_sum_of_rounded")]


def test_words_alone_are_noted():
    assert found("text", shares=[{"said": "25"}]) == [("note", "audit_words_only")]


GROUPS = [
    {"id": "start", "n": 55},
    {"id": "end", "n": 43},
    {"id": "both", "n": 40, "pairs_of": ["start", "end"]},
    {"id": "done", "n": 43},
    {"id": "ongoing", "n": 9, "subset_of": "end"},
]


def test_bases():
    claim = {"id": "s", "percent": "78", "count": 43, "n": 55, "counted": "end", "of": "start"}
    assert found("bases", groups=GROUPS, shares=[claim]) == [
        ("contradiction", "audit_overlap"),
        ("note", "audit_same_n_part"),
    ]
    counts = [{"value": 34, "plus": ["end"], "minus": ["ongoing"]}]
    assert found("bases", groups=GROUPS[:2] + GROUPS[4:], counts=counts) == []
    counts = [{"value": 33, "plus": ["end"], "minus": ["ongoing"]}]
    assert found("bases", groups=GROUPS[:2] + GROUPS[4:], counts=counts) == [
        ("contradiction", "audit_count_of_groups")
    ]
    larger = [{"id": "a", "n": 5}, {"id": "b", "n": 6, "subset_of": "a"}]
    assert found("bases", groups=larger) == [("contradiction", "audit_subset_larger")]


def test_a_share_told_of_everyone_and_a_base_that_shrinks():
    groups = [{"id": "all", "n": 66}, {"id": "done", "n": 43}]
    said = {"id": "s", "count": 26, "n": 43, "base_said": "participants", "base_true": "done"}
    assert found("base_said", groups=groups, shares=[said]) == [("note", "audit_base_said")]
    shrinks = {"id": "s", "count": 9, "n": 14, "base_true": "done"}
    assert found("base_said", groups=groups, shares=[shrinks]) == [("note", "audit_base_shrinks")]


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        ({"value": "8.03", "n": 40, "low": 3, "high": 12}, []),
        (
            {"value": "8.04", "n": 40, "low": 3, "high": 12, "exact_n": True},
            [("contradiction", "audit_mean_impossible")],
        ),
        ({"value": "8.04", "n": 40, "low": 3, "high": 12}, [("method", "audit_mean_impossible")]),
        ({"value": "12.50", "n": 40, "low": 3, "high": 12}, [("contradiction", "audit_mean_outside")]),
        ({"value": "2.68", "n": 40, "items": 3, "summed": False}, []),
        ({"value": "49", "n": 40, "unit": 4}, []),
    ],
)
def test_means(mean, expected):
    assert found("grim", means=[mean]) == expected


@pytest.mark.parametrize(
    ("sd", "expected"),
    [
        ("1.41", []),
        ("1.58", []),
        ("1.60", [("contradiction", "audit_sd_impossible")]),
        ("9.99", [("contradiction", "audit_sd_impossible")]),
    ],
)
def test_sds(sd, expected):
    mean = {"value": "3.00", "sd": sd, "n": 5, "low": 1, "high": 5, "exact_n": True}
    assert found("grimmer", means=[mean]) == expected


def test_yes_no_sd():
    base = {"value": "0.40", "n": 10, "low": 0, "high": 1, "exact_n": True}
    assert found("debit", means=[{**base, "sd": "0.52"}]) == []
    assert found("debit", means=[{**base, "sd": "0.55"}]) == [("contradiction", "audit_sd_binary")]
    assert found("debit", means=[{**base, "sd": "0.49"}]) == [("method", "audit_sd_binary")]


def test_scale():
    assert found("scale", scales=[{"items": 3, "low": 4, "high": 12}]) == [("method", "audit_scale")]
    assert found("scale", scales=[{"items": 3, "low": 3, "high": 12}]) == []


def test_series_and_rounding():
    base = {"n": 40, "low": 3, "high": 12, "series": "a"}
    means = [{"id": "a", "value": "7.85", **base}, {"id": "b", "value": "8.03", **base}]
    assert found("series", means=means) == [("note", "audit_no_test_range")]
    means[1] |= {"p": "0.4"}
    assert found("series", means=means) == []
    ties = [{"id": i, "value": v, "n": 40} for i, v in (("a", "8.03"), ("b", "2.83"), ("c", "3.22"))]
    audited = audit({"means": ties})
    assert audited.conventions == ("r4",)
    assert [f.code for f in audited.findings if f.rule == "rounding"] == ["audit_rounding_left"]
    apart = [
        {"id": i, "value": v, "n": 8} for i, v in (("a", "1.12"), ("b", "1.38"), ("c", "1.13"), ("d", "1.37"))
    ]
    assert ("method", "audit_rounding_none") in found("rounding", means=apart)


MODEL = {"id": "m", "n": 34, "events": 17, "stars": ["0.05", "0.01", "0.001"]}


@pytest.mark.parametrize(
    ("ratio", "codes"),
    [
        ({"value": "2.00", "low": "1.00", "high": "4.00"}, []),
        ({"value": "2.24", "low": "1.28", "high": "4.73"}, ["audit_not_wald", "audit_excludes_one_no_star"]),
        ({"value": "2.24", "low": "4.73", "high": "1.28", "mark": "*"}, ["audit_interval_crossed"]),
        ({"value": "5.00", "low": "1.28", "high": "4.73", "mark": "*"}, ["audit_outside_interval"]),
        (
            {"low": "0.22", "high": "0.95", "hidden": True, "p": "0.053"},
            ["audit_excludes_one_ns", "audit_p_not_interval"],
        ),
        ({"value": "2.00", "low": "0.90", "high": "4.44", "mark": "*"}, ["audit_includes_one_star"]),
        ({"value": "2.00", "low": "1.10", "high": "3.64", "mark": "***"}, ["audit_star_too_strong"]),
        ({"value": "2.00", "low": "1.10", "high": "3.64", "mark": "*", "p": "0.023"}, []),
        ({"value": "2.00", "low": "1.10", "high": "3.64", "mark": "*", "p": "0.003"}, ["audit_star_not_p"]),
        ({"value": "0.90", "low": "0.66", "high": "1.24", "binary": "elsewhere"}, ["audit_floor"]),
    ],
)
def test_ratios(ratio, codes):
    ratio |= {"id": "r", "model": "m"}
    model = {**MODEL}
    rules = ("ratio", "marks", "floor")
    audited = audit({"models": [model], "ratios": [ratio]})
    assert sorted(f.code for f in audited.findings if f.rule in rules) == sorted(codes)


def test_the_floor_is_a_contradiction_only_where_all_is_stated():
    ratio = {"id": "r", "model": "m", "value": "0.90", "low": "0.66", "high": "1.24", "binary": "stated"}
    wald = {**MODEL, "interval": "wald"}
    assert found("floor", models=[wald], ratios=[ratio]) == [("contradiction", "audit_floor")]
    assert found("floor", models=[{**wald, "interval": "penalised"}], ratios=[ratio]) == []


def test_the_floor_knows_the_level_and_the_share():
    ratio = {"id": "r", "model": "m", "low": "0.18", "high": "3.27", "hidden": True, "binary": "stated"}
    report = {"models": [{**MODEL, "level": "0.90"}], "ratios": [{**ratio, "low": "0.66", "high": "1.24"}]}
    at_90 = [f for f in audit(report).findings if f.rule == "floor"]
    assert at_90[0].arithmetic == "ln(1.24/0.66) = 0.63; 8 x 1.64 / sqrt(34) = 2.26"
    assert found("floor", models=[MODEL], ratios=[ratio]) == []
    # 4 x 1.96 / sqrt(34 x 0.855 x 0.145) = 3.82, and the print has 2.90.
    assert found("floor", models=[MODEL], ratios=[{**ratio, "share": "85"}]) == [("method", "audit_floor")]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"n": 400, "events": 90}, []),
        ({"n": 400}, ["audit_model_no_events"]),
        ({"n_most": 400, "events": 90}, ["audit_model_no_n"]),
        ({"n_most": 400}, ["audit_model_no_n_events"]),
    ],
)
def test_what_a_model_leaves_out_is_named(model, expected):
    assert [code for _, code in found("model", models=[model])] == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"kind": "t", "value": "2,20", "df": "28", "p": "0,04"}, []),
        ({"kind": "t", "value": "2.20", "df": "28", "p": "0.02"}, [("method", "audit_p_one_sided")]),
        ({"kind": "t", "value": "2.20", "df": "28", "p": "0.06"}, [("method", "audit_p_larger")]),
        ({"kind": "t", "value": "1.80", "df": "28", "p": "0.01"}, [("contradiction", "audit_p_wrong_side")]),
        ({"kind": "chi2", "value": "3.84", "df": "1", "p": "0.05"}, []),
        ({"kind": "F", "value": "4.00", "df": "2", "df2": "30", "p": "0.029"}, []),
        (
            {"kind": "F", "value": "4.00", "df": "2", "df2": "30", "p": "0.01"},
            [("contradiction", "audit_p_wrong")],
        ),
        ({"kind": "z", "value": "1.96", "p": "0.05"}, []),
        ({"kind": "r", "value": "0.50", "df": "18", "p": "0.025"}, []),
        ({"kind": "t", "value": "9.00", "df": "28", "p": "0.000"}, [("note", "audit_p_zero")]),
        ({"kind": "t", "value": "2.20", "df": "28", "p": "0.05", "p_sign": "<"}, []),
        (
            {"kind": "t", "value": "1.20", "df": "28", "p": "0.05", "p_sign": "<"},
            [("contradiction", "audit_p_wrong_side")],
        ),
    ],
)
def test_statistics(test, expected):
    assert found("test", tests=[test]) == expected


def test_targets():
    table = {"id": "t", "n": 43, "complete": False, "cells": cells((9, ""), (3, ""), (14, ""))}
    target = {"percent": "60", "distribution": "t", "cells": [1, 2, 3]}
    assert found("target", distributions=[table], targets=[target]) == [("note", "audit_target_needs")]
    assert found("target", distributions=[table], targets=[{**target, "percent": "70"}]) == [
        ("note", "audit_target_missed")
    ]


def test_durations():
    rows = [
        {"label": "a", "count": 5, "low": "0", "high": "6"},
        {"label": "b", "count": 5, "low": "6", "high": "12"},
    ]
    table = {"id": "t", "n": 10, "cells": rows}
    duration = {"value": "6", "distribution": "t"}
    assert found("duration", distributions=[table], durations=[duration]) == []
    assert found("duration", distributions=[table], durations=[{**duration, "value": "10"}]) == [
        ("contradiction", "audit_duration_outside")
    ]
    rows[1].pop("high")
    assert found("duration", distributions=[table], durations=[{**duration, "censored": 9}]) == [
        ("note", "audit_duration_open"),
        ("note", "audit_duration_censored"),
    ]


def test_ages_periods_and_hours():
    readings = [{"age": 26, "when": "2024-11"}, {"age": 26, "when": "2023-01", "until": "2023-03"}]
    assert found("ages", ages=[{"readings": readings}]) == [("contradiction", "audit_ages")]
    readings[1]["age"] = 25
    assert found("ages", ages=[{"readings": readings}]) == []
    readings[1]["age"] = 24
    assert found("ages", ages=[{"readings": readings, "youngest": 15, "oldest": 25}]) == [
        ("note", "audit_age_outside")
    ]
    assert found("period", periods=[{"start": "2023-03", "end": "2025-02", "months": 24}]) == []
    assert found("period", periods=[{"start": "2023-03", "end": "2025-02", "months": 26}]) == [
        ("contradiction", "audit_months")
    ]
    assert found("period", hours=[{"hours": 18, "days": 3, "start": 19, "end": 25}]) == []
    assert found("period", hours=[{"hours": 20, "days": 3, "start": 19, "end": 25}]) == [
        ("contradiction", "audit_hours")
    ]


def test_same_numbers_and_repeats():
    assert found("same", same=[{"values": ["3.1", "3.10"]}]) == []
    assert found("same", same=[{"values": ["3.1", "3.22"]}]) == [("contradiction", "audit_same_differ")]
    assert found("same", same=[{"values": ["1", "0"], "whole": True}]) == [
        ("contradiction", "audit_same_differ")
    ]
    first = {"id": "a", "percent": "57", "count": 16, "n": 28}
    assert found("same", shares=[first, {**first, "id": "b", "repeats": "a"}]) == [("note", "audit_repeated")]
    assert found("same", shares=[first, {**first, "id": "b", "repeats": "a", "n": 29}]) == [
        ("contradiction", "audit_repeat_differs")
    ]


def test_wordings():
    ratios = [
        {"id": "r", "model": "m", "what": "T: self-esteem", "value": "2.24", "low": "1.2", "high": "4.1"}
    ]
    level = {"kind": "level_or_change", "of": ["r"], "name": "change in self-esteem"}
    risk = {"id": "y", "kind": "risk_for_odds"}
    none = {"id": "z", "kind": "no_difference", "values": ["15", "40"]}
    codes = [c for _, c in found("wording", models=[MODEL], ratios=ratios, wordings=[level, risk, none])]
    assert codes == ["audit_level_or_change", "audit_risk_for_odds", "audit_no_difference"]


def test_a_doubtful_reading_is_never_an_accusation():
    share = {"percent": "51", "n": 28, "doubt": "OCR"}
    assert found("share", shares=[share]) == [("source", "audit_share_alone")]


def test_numbers_without_power_are_said():
    assert ("note", "audit_no_power") in found("no_power", shares=[{"percent": "51", "n": 5000}])


def test_a_question_told_in_pieces():
    shares = [{"id": i, "percent": p, "n": 28, "question": "q"} for i, p in (("a", "60"), ("b", "45"))]
    assert found("question", shares=shares) == [("contradiction", "audit_sum_over")]
    shares[1]["percent"] = "25"
    assert ("note", "audit_set_untold") in found("question", shares=shares)


def test_no_two_by_two_table_is_under_the_floor():
    """Brute force: Wald intervals of every 2 x 2 table of up to 16 people keep to the floor, with their share."""
    import math

    from ipseval.auditing.rules.ratio_floor import floor

    for n in range(4, 17):
        for n1 in range(2, n - 1):
            for a in range(1, n1):
                for c in range(1, n - n1):
                    cells = (a, n1 - a, c, n - n1 - c)
                    width = 2 * 1.959964 * math.sqrt(sum(1 / x for x in cells))
                    assert width >= floor(n, 0.95, n1 / n) - 1e-5
                    assert floor(n, 0.95, n1 / n) >= floor(n, 0.95) - 1e-9


def test_with_no_weights_the_impossible_rows_of_ips_ung_are_contradictions():
    from pathlib import Path

    import ipseval

    file = Path(ipseval.__file__).parent / "study" / "plans" / "published" / "ips_ung.yaml"
    items = {
        f.item for f in audit(file, {"report": {"weights": "none"}}).findings if f.level == "contradiction"
    }
    assert items == {"c027", "c047", "c124", "tabel_6_1", "tabel_6_2"}


def test_a_correlation_beyond_one():
    test = {"kind": "r", "df": "20", "p": "0.001"}
    assert found("test", tests=[{**test, "value": "1.40"}]) == [("contradiction", "audit_r_beyond")]
    assert found("test", tests=[{**test, "value": "1.0", "p_sign": "<"}]) == []


def test_a_percent_that_no_whole_number_of_people_gives_is_said_so():
    share = {"id": "x", "what": "stayed", "count": 14, "n": 28, "percent": "51"}
    (finding,) = audit({"report": {"weights": "none"}, "shares": [share]}).findings
    assert "No whole number of 28 people is 51 %" in finding.consistent("en")
    assert "Intet helt antal af 28 personer er 51 %" in finding.consistent("da")
