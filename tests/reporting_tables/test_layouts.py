import re
import runpy
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Base, Note
from ipseval.reporting.layouts import LAYOUTS

from .conftest import LABELS, ratio, result, share


def lines(table):
    """The table itself, as Markdown."""
    return [line for line in table.to_markdown().splitlines() if line.startswith("|")]


def under(table, kind):
    return [note.text for note in table.notes if note.kind == kind]


def test_counts_stack_questions_and_numbers_as_the_report_prints_table_2(background):
    shown = ips.table(
        background,
        labels=LABELS,
        units={"age": "år"},
        decimals={"age": 0},
        order={"term": {"age": ["min", "max", "mean"]}},
    )
    assert lines(shown) == [
        "| Variabel | I alt |",
        "| :-- | --: |",
        "| **Køn** | |",
        "| &emsp;Mand | 24 (44%) |",
        "| &emsp;Kvinde | 29 (53%) |",
        "| &emsp;Andet | 2 (4%) |",
        "| **Alder** | |",
        "| &emsp;Yngst | 16 år |",
        "| &emsp;Ældst | 29 år |",
        "| &emsp;Gennemsnit | 22 år |",
    ]


def test_english_has_its_own_words_and_marks(background):
    shown = ips.table(background, labels=LABELS, lang="en", select=["age"], layout="statistics")
    assert lines(shown) == [
        "| Measure | Mean | Youngest | Oldest | n |".replace("Youngest", "Minimum").replace(
            "Oldest", "Maximum"
        ),
        "| :-- | --: | --: | --: | --: |",
        "| Age | 22.40 | 16 | 29 | 55 |",
    ]
    assert under(shown, "base") == ["young people with a start form (n = 55)"]


def test_categories_nobody_chose_keep_their_row_and_missing_answers_their_reason(education):
    shown = ips.table(education, labels=LABELS)
    assert lines(shown)[2:] == ["| 1 | 4 (8%) |", "| 2 | 45 (92%) |", "| 3 | 0 (0%) |"]
    assert under(shown, "base") == ["unge med startskema (n = 49 af 55)"]
    assert under(shown, "missing") == ["Ved ikke 4, Ikke besvaret 2"]
    assert len(under(shown, "method")) == 1


def test_stacked_results_name_whose_base_and_missing_it_is(background, education):
    shown = ips.table([background, education], labels=LABELS)
    assert [row.label for row in shown.rows if row.section] == [
        "Køn (n = 55)",
        "Alder (n = 55)",
        "Højest afsluttede eksamen (n = 49)",
    ]
    assert under(shown, "base") == [
        "unge med startskema (n = 49–55 efter spørgsmål, af 55)",
    ]
    assert under(shown, "missing") == [
        "Højest afsluttede eksamen: Ved ikke 4, Ikke besvaret 2",
    ]


def test_missing_answers_without_a_reason_are_still_counted():
    made = result([share("sex", "1", 4, 49), share("age", "1", 5, 55)])
    (told,) = under(ips.table(made, labels=LABELS), "missing")
    assert told.startswith("Køn: 6 af grundlaget indgår ikke (uden for spørgsmålet eller uden svar")


def test_questions_with_different_n_say_it_column_by_column():
    rows = [share(q, "1", 1, n, group=g) for q, sizes in (("sex", (20, 30)), ("age", (18, 30)))
            for g, n in zip("01", sizes, strict=True)]  # fmt: skip
    shown = ips.table(result(rows), labels=LABELS, by="treated")
    assert [row.label for row in shown.rows if row.section] == ["Køn (n = 20 / 30)", "Alder (n = 18 / 30)"]


def test_outcomes_and_arms_of_the_house_have_words_without_labels():
    rows = [share(q, "1", 1, 9, group=g) for q in ("any_work", "retained_26") for g in "01"]
    shown = ips.table(result(rows), by="treated", lang="en")
    assert [row.label for row in shown.rows if row.section] == [
        "In paid work at least one week",
        "Still in work or education 26 weeks after the start",
    ]
    assert lines(shown)[0] == "| Variable | Control | Treated |"
    own = Labels(values={"treated": {"0": {"en": "Waiting list"}}})
    assert "Waiting list" in lines(ips.table(result(rows), by="treated", lang="en", labels=own))[0]


def test_a_refused_difference_between_arms_is_named_in_its_note_as_in_the_table():
    row = {
        **share("weeks_worked", "difference", 0, 9, status="refused"),
        "scale": "difference", "contrast": "treated - control", "estimand": "ATT",
    }  # fmt: skip
    mean = {**row, "term": "mean_treated", "scale": "mean", "contrast": "", "status": "ok"}
    notes = [Note("registers_nobody_seen", row=1, values={"outcome": "weeks_worked"})]
    shown = ips.table(result([mean, row], notes=notes), layout="estimates")
    assert under(shown, "note") == ["Forskel: Ingen i gruppen kan ses for Uger med lønnet arbejde."]


def test_groups_are_columns_with_their_own_n():
    rows = [
        share("education", t, k, n, group=g)
        for g, n, ks in (("1", 24, (6, 18)), ("2", 29, (29, 0)))
        for t, k in zip("ab", ks, strict=True)
    ]
    shown = ips.table(result(rows), labels=LABELS, by="sex")
    assert lines(shown) == [
        "| Højest afsluttede eksamen | Mand | Kvinde |",
        "| :-- | --: | --: |",
        "| a | 6 (25%) | 29 (100%) |",
        "| b | 18 (75%) | 0 (0%) |",
    ]
    assert under(shown, "base") == ["unge med startskema (n = 55); Mand n = 24, Kvinde n = 29"]


def test_a_refused_row_keeps_its_place_and_says_why():
    rows = [share("sex", "1", 0, 0, status="refused"), share("sex", "2", 3, 5, status="flagged")]
    shown = ips.table(
        result(rows, notes=[Note("nobody_answered", row=0, values={"outcome": "sex"})]), labels=LABELS
    )
    assert lines(shown)[2:] == ["| Mand | – |", "| Kvinde | 3 (60%)† |"]
    assert under(shown, "note") == ["Mand: Ingen i gruppen har besvaret Køn."]
    assert len(under(shown, "legend")) == 2


def test_a_note_on_all_rows_of_a_question_names_the_question_once():
    rows = [share("sex", t, 0, 0, status="refused") for t in "12"] + [share("education", "1", 2, 2)]
    notes = [Note("nobody_answered", row=i, values={"outcome": "sex"}) for i in (0, 1)]
    shown = ips.table(result(rows, notes=notes), labels=LABELS)
    assert under(shown, "note") == ["Ingen i gruppen har besvaret Køn."]


def test_likert_has_items_as_rows_and_answers_as_columns():
    rows = [
        share(item, term, k, 55)
        for item, ks in (("i1", (34, 16, 5, 0)), ("i2", (43, 12, 0, 0)))
        for term, k in zip("1234", ks, strict=True)
    ]
    rows.append({"outcome": "i1", "term": "mean", "scale": "mean", "estimate": 1.47, "n": 55})
    shown = ips.table(result(rows), layout="likert")
    assert lines(shown) == [
        "| Udsagn | 1 | 2 | 3 | 4 | Gennemsnit |",
        "| :-- | --: | --: | --: | --: | --: |",
        "| i1 | 62% | 29% | 9% | 0% | 1,47 |",
        "| i2 | 78% | 22% | 0% | 0% |  |",
    ]
    assert lines(ips.table(result(rows[:4]), layout="likert", cells="both"))[2] == (
        "| i1 | 34 (62%) | 16 (29%) | 5 (9%) | 0 (0%) |"
    )


def test_odds_print_as_table_9_and_keep_every_number(odds):
    shown = ips.table(odds, layout="odds", labels=LABELS)
    assert lines(shown) == [
        "| Variabel | Odds ratio | 95% konfidensinterval | n |",
        "| :-- | --: | --: | --: |",
        "| Alder | n.s. | \\[0,78; 1,18\\] | 34 |",
        "| Vurdering af forløbets betydning\\*\\* | 2,12 | \\[1,16; 5,27\\] | 34 |",
        "| load\\*\\*\\* | 3,00 | \\[0,20; ∞\\] | 34 |",
        "| lonely | – | – | 34 |",
    ]
    held = {n.field: n.value for n in (n for c in shown.rows[0].cells for n in c.numbers)}
    assert held == {"estimate": 0.97, "low": 0.78, "high": 1.18, "p": 0.61, "n": 34, "events": 21}
    assert "Konstantleddet er udeladt af tabellen." in under(shown, "legend")
    assert under(shown, "missing") == ["9 indgår ikke (i data 43 → analyseret 34)"]
    assert under(shown, "note") == [
        "Ingen i gruppen har besvaret lonely.",
        "Ingen har ændret sig i Alder.",
    ]


@pytest.mark.parametrize(
    ("p", "printed"),
    [(0.05, "n.s."), (0.0499, "2,00"), (0.01, "2,00"), (0.00999, "2,00"), (None, "2,00")],
)
def test_stars_and_ns_follow_the_rows_own_p(p, printed):
    shown = ips.table(result([ratio("x", 2.0, 0.9, 4.0, p)], kind="odds_ratios"), layout="odds")
    row = shown.rows[0]
    assert row.cells[0].shown("da") == printed
    assert row.mark == {0.0499: "*", 0.01: "*", 0.00999: "**"}.get(p, "")


def test_full_odds_have_a_set_of_columns_per_model_and_know_reference_and_joint_test():
    rows = [
        ratio("c", scale="test", p=0.03),
        ratio("c[1]", 1.0),
        ratio("c[2]", 2.0, 1.1, 4.0, 0.02),
        ratio("c[2]", 1.5, 0.9, 3.0, 0.2, contrast="univariable"),
    ]
    shown = ips.table(result(rows, kind="odds_ratios"), lang="en")
    assert [c.group for c in shown.columns] == ["Multivariable"] * 5 + ["Univariable"] * 5
    assert lines(shown)[2:] == [
        "| c (all levels at once) |  |  | 0.030 | 34 | 21 |  |  |  |  |  |",
        "| c: 1 | 1.00 (reference) |  |  | 34 | 21 |  |  |  |  |  |",
        "| c: 2 | 2.00\\* | \\[1.10, 4.00\\] | 0.020 | 34 | 21 | 1.50 | \\[0.90, 3.00\\] | 0.200 | 34 | 21 |",
    ]


def change_rows():
    rows = []
    for outcome, before, after, p in (("mastery", 7.85, 8.03, 0.4), ("who5", 49.0, 51.0, 0.0001)):
        rows.append({"outcome": outcome, "term": "before", "scale": "mean", "estimate": before, "n": 40})
        rows.append({"outcome": outcome, "term": "after", "scale": "mean", "estimate": after, "n": 40})
        rows.append(
            {
                "outcome": outcome,
                "term": "difference",
                "contrast": "after - before",
                "scale": "difference",
                "estimate": after - before,
                "ci_low": -1.0,
                "ci_high": 3.0,
                "conf_level": 0.9,
                "p_value": p,
                "n": 40,
            }
        )
    return rows


def test_change_stands_side_by_side_one_row_per_outcome():
    shown = ips.table(result(change_rows(), kind="change", base=Base("pairs", 40, "par")))
    assert lines(shown) == [
        "| Mål | Før | Efter | Ændring – Estimat | Ændring – 90% KI | Ændring – p | n |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
        "| mastery | 7,85 | 8,03 | +0,18 | \\[−1,00; 3,00\\] | 0,400 | 40 |",
        "| who5 | 49,00 | 51,00 | +2,00 | \\[−1,00; 3,00\\] | <0,001 | 40 |".replace("<", "&lt;"),
    ]


def test_one_outcome_of_many_kinds_is_one_row_per_estimate():
    shown = ips.table(result(change_rows()[:3], kind="change"), lang="en", layout="estimates")
    assert [row.label for row in shown.rows] == ["Before", "After", "Change"]


def test_results_of_several_bases_name_whose_base_it_is(background):
    other = result([share("end", "1", 1, 43)], base=Base("end", 43, "unge med slutskema"))
    assert under(ips.table([background, other], labels=LABELS), "base") == [
        "Køn, Alder: unge med startskema (n = 55)",
        "end: unge med slutskema (n = 43)",
    ]


def test_one_outcome_asked_of_some_more_and_some_fewer_has_one_line_of_base_and_method():
    bases = [Base("end", n, "unge med slutskema") for n in (28, 34, 33)]
    shown = ips.table([result([share("job", "1", 9, base.n)], base=base) for base in bases])
    assert under(shown, "base") == ["unge med slutskema (n = 28–34)"]
    assert len(under(shown, "method")) == 1
    uncounted = [replace(base, unit="number") for base in bases]
    shown = ips.table([result([share("job", "1", 9, base.n)], base=base) for base in uncounted])
    assert under(shown, "base") == ["unge med slutskema"]


def test_change_shows_four_columns_and_keeps_the_rest_for_files():
    extra = [
        {"outcome": "who5", "term": "d_z", "scale": "standardised", "estimate": 0.11, "n": 40},
        {"outcome": "who5", "term": "d_av", "scale": "standardised", "estimate": 0.09, "n": 40},
    ]
    shown = ips.table(result([*change_rows()[3:], *extra], kind="change"))
    assert lines(shown)[2] == "| who5 | 49,00 | 51,00 | +2,00 | \\[−1,00; 3,00\\] | &lt;0,001 | +0,11 | 40 |"
    assert [c.head for c in shown.columns if c.data_only] == ["Cohens d_av"]
    assert under(shown, "legend") == [
        "KI: konfidensinterval.",
        "Flere mål for ændringen står i regnearket og csv-filen til tabellen.",
    ]


def test_units_and_decimals_of_an_outcome_are_for_numbers_in_its_own_unit():
    extra = {"outcome": "who5", "term": "d_z", "scale": "standardised", "estimate": 0.11, "n": 40}
    shown = ips.table(
        result([*change_rows()[3:], extra], kind="change"),
        units={"who5": "point"},
        decimals={"who5": 0, "ratio": 1},
    )
    assert lines(shown)[2] == (
        "| who5 | 49 point | 51 point | +2 point | \\[−1; 3\\] | &lt;0,001 | +0,11 | 40 |"
    )


def test_groups_are_compared_side_by_side_with_difference_and_p():
    rows = []
    for group, n, k, mean in (("yes", 40, 19, 22.03), ("no", 15, 5, 21.93)):
        rows.append(share("sex", "1", k, n, group=group))
        rows.append(share("sex", "2", n - k, n, group=group))
        rows.append(
            {"outcome": "age", "group": group, "term": "mean", "scale": "mean", "estimate": mean, "n": n}
        )
        rows.append({"outcome": "age", "group": group, "term": "sd", "scale": "sd", "estimate": 3.5, "n": n})
    for outcome, term, value in (("sex", "1", 0.29), ("sex", "2", -0.29), ("age", "smd", 0.03)):
        rows.append({"outcome": outcome, "term": term, "scale": "standardised", "estimate": value, "n": 55})
    rows.append(
        {
            "outcome": "sex",
            "term": "exact_test",
            "scale": "cramers_v",
            "estimate": 0.33,
            "p_value": 0.094,
            "n": 55,
        }
    )
    rows.append(
        {
            "outcome": "age",
            "term": "rank_sum",
            "scale": "probability",
            "estimate": 0.5,
            "p_value": 0.97,
            "n": 55,
        }
    )
    shown = ips.table(result(rows, kind="attrition"), labels=LABELS, lang="en")
    assert lines(shown) == [
        "| Variable | yes | no | Standardised difference | p |",
        "| :-- | --: | --: | --: | --: |",
        "| Sex | n = 40 | n = 15 |  | 0.094 |",
        "| &emsp;Man | 19 (48%) | 5 (33%) | +0.29 |  |",
        "| &emsp;Woman | 21 (53%) | 10 (67%) | −0.29 |  |",
        "| Age, mean (SD) | 22.03 (3.50) | 21.93 (3.50) | +0.03 | 0.970 |",
    ]
    held = [n.value for row in shown.rows for n in row.cells[-1].numbers]
    assert held == [0.33, 0.5]


def test_rows_that_a_layout_cannot_tell_apart_are_refused_and_shown_in_full_by_estimates():
    rows = [
        share("who5", "low", 19, 60, estimand="before"),
        share("who5", "low", 13, 60, estimand="after"),
    ]
    with pytest.raises(ReportError, match=r"cannot tell 1 row"):
        ips.table(result(rows), layout="counts")
    shown = ips.table(result(rows), layout="estimates", lang="en")
    assert [row.label for row in shown.rows] == ["low, before", "low, after"]


def test_the_same_question_on_two_bases_stands_twice(background):
    shown = ips.table([background, background], labels=LABELS, select="sex")
    assert [row.label for row in shown.rows] == ["Køn", "Mand", "Kvinde", "Andet"] * 2


def test_what_a_layout_leaves_out_is_counted(background):
    assert "3 " in under(ips.table(background, layout="statistics"), "legend")[0]


def test_who_answered_only_once_is_told():
    flow = pd.DataFrame(
        {
            "outcome": ["who5"],
            "group": [""],
            "n_both": [40],
            "n_before_only": [15],
            "n_after_only": [3],
            "n_neither": [0],
        }
    )
    shown = ips.table(result(change_rows()[3:], kind="change", extras={"flow": flow}))
    assert under(shown, "missing") == ["kun før 15, kun efter 3"]


def test_matrix_counts_pairs_with_totals():
    cells = pd.DataFrame({"before": [0, 0, 1, 1], "after": [0, 1, 0, 1], "n": [5, 6, 0, 29]})
    rows = [{"outcome": "who5", "term": "mcnemar", "scale": "difference", "p_value": 0.03, "n": 40}]
    shown = ips.table(result(rows, kind="band_change", extras={"cells": cells}), layout="matrix")
    assert lines(shown)[2:] == ["| 0 | 5 | 6 | 11 |", "| 1 | 0 | 29 | 29 |", "| I alt | 5 | 35 | 40 |"]
    assert shown.columns[0].group == "Efter"


def test_flow_shows_the_sample(odds):
    assert lines(ips.table(odds, layout="flow"))[2:] == ["| i data | 43 |", "| analyseret | 34 |"]


def test_select_and_order_choose_rows(background):
    shown = ips.table(
        background, labels=LABELS, select={"outcome": "sex", "term": ["3", 1]}, order={"term": ["3"]}
    )
    assert [row.label for row in shown.rows] == ["Andet", "Mand"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"select": ["sexx"]}, "did you mean 'sex'"),
        ({"select": {"term": {"agee": ["min"]}}}, "did you mean 'age'"),
        ({"order": {"trem": ["1"]}}, "choose one of"),
        ({"layout": "odd"}, "choose one of"),
        ({"layout": "odds"}, "choose another layout"),
        ({"layout": "matrix"}, 'extras["transition"]'),
        ({"lang": "sv"}, "lang='sv'"),
        ({"cells": "share"}, "choose one of"),
        ({"id": "Tabel 1"}, "cannot name a table"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(background, options, said):
    with pytest.raises(ReportError) as refused:
        ips.table(background, **options)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("bad", [[], pd.DataFrame(), ["x"]])
def test_only_results_make_a_table(bad):
    with pytest.raises(ReportError):
        ips.table(bad)


def test_the_result_is_not_changed(background):
    before = background.tidy()
    ips.table(background, order={"term": {"age": ["max"]}}, select=["age"])
    pd.testing.assert_frame_equal(before, background.estimates)


def test_a_table_is_the_same_whenever_it_is_made(odds):
    one, other = (ips.table(odds, layout="odds", label="Tabel 9") for _ in range(2))
    assert one == other
    assert one.to_html() == other.to_html()
    assert one.id == "tabel_9"
    assert repr(one) == "<Table tabel_9: 4 rows, 5 columns>"


def test_numbers_in_notes_have_the_marks_of_the_language():
    note = Note("equivalence_margin", values={"outcome": "sex", "margin": 2.5})
    made = result([share("sex", "1", 1, 2)], notes=[note])
    assert "±2,5" in under(ips.table(made), "note")[0]
    assert "±2.5" in under(ips.table(made, lang="en"), "note")[0]


def test_a_frame_becomes_a_table_with_words_numbers_and_merged_columns():
    from ipseval.reporting.tables import FrameColumn

    frame = pd.DataFrame(
        {
            "nr": ["c1", "c2"],
            "page": ["a", "b"],
            "ours": [0.4363, None],
            "low": [1.0, 2.0],
            "high": [3.0, 4.5],
            "year": [2025, 2024],
            "why": [None, "afrunding"],
        }
    )
    shown = ips.table_from_frame(
        frame,
        columns={
            "nr": "Nr.",
            "ours": FrameColumn("Vores", "percent", decimals=1),
            "range": FrameColumn("Spænd", "number", pattern="{low}; {high}", decimals=1),
            "year": FrameColumn("År", "plain"),
            "why": "Grund",
        },
        section="page",
        notes=["Beregnet."],
    )
    assert lines(shown) == [
        "| Nr. | Vores | Spænd | År | Grund |",
        "| :-- | --: | --: | --: | :-- |",
        "| **a** | | | | |",
        "| &emsp;c1 | 43,6% | 1,0; 3,0 | 2025 |  |",
        "| **b** | | | | |",
        "| &emsp;c2 | – | 2,0; 4,5 | 2024 | afrunding |",
    ]
    with pytest.raises(ReportError, match="did you mean 'ours'"):
        ips.table_from_frame(frame, columns={"nr": "Nr.", "our": "Vores"})
    with pytest.raises(ReportError, match="holds words"):
        ips.table_from_frame(frame, columns={"nr": "Nr.", "page": FrameColumn("x", "count")})


def test_an_answer_that_is_called_mean_stays_an_answer():
    answers = pd.DataFrame({"x": ["after", "mean", "after", "min"]})
    shown = ips.table(ips.describe(answers, columns=["x"]), lang="da")
    assert [row.label for row in shown.rows] == ["after", "mean", "min"]


def test_the_method_names_only_what_the_table_shows():
    answers = pd.DataFrame({"x": ["a", "b", "a", "b"]})
    (line,) = [
        n.text for n in ips.table(ips.describe(answers, columns=["x"]), lang="en").notes if n.kind == "method"
    ]
    assert "interval" not in line
    full = ips.table(ips.describe(answers, columns=["x"]), lang="en", layout="estimates")
    assert any("interval" in n.text for n in full.notes if n.kind == "method")


def test_every_layout_stands_in_the_help_of_a_table():
    assert [name for name in LAYOUTS if f'"{name}"' not in ips.table.__doc__] == []


def test_the_page_of_layouts_is_what_its_tool_writes_and_every_layout_file_has_a_layout_on_it():
    root = Path(__file__).parents[2]
    tool = runpy.run_path(str(root / "tools" / "write_layouts.py"))
    page = (root / "docs" / "table_layouts.md").read_text(encoding="utf-8")
    assert page == tool["page"](), "run python tools/write_layouts.py"
    folder = root / "src" / "ipseval" / "reporting" / "layouts"
    given = re.compile(r"^def [a-z]\w*\([^)]*\) -> Body:", re.M)
    files = {path.name for path in folder.glob("*.py") if given.search(path.read_text(encoding="utf-8"))}
    assert {name for name in files if f"`{name}`" not in page} == set()
    assert page.count("\n| `") == len(LAYOUTS)
