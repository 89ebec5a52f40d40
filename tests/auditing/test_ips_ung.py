"""The IPS UNG report: the tool misses nothing of the pencil list that was made before it."""

from pathlib import Path

import pytest

import ipseval
from ipseval.auditing.audit import audit

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(ipseval.__file__).parent / "study" / "plans" / "published" / "ips_ung.yaml"
WORDS = ROOT / "docs" / "audit" / "ips_ung_words.yaml"

# Line of the pencil list -> findings (item, code) that say it.
PENCIL = {
    1: [("c027", "audit_overlap")],
    2: [("c047", "audit_text_table"), ("c011", "audit_words_miss")],
    3: [
        ("tabel_6_1", "audit_row_cells"),
        ("tabel_6_2", "audit_row_cells"),
        ("tabel_6_1", "audit_sum_rounding"),
        ("tabel_6_2", "audit_sum_rounding"),
    ],
    4: [
        ("c095", "audit_text_sum_of_rounded"),
        ("c100", "audit_text_sum_of_rounded"),
        ("tabel_6_2", "audit_row_cells"),
    ],
    5: [("tabel_2_uddannelse", "audit_counts_short"), ("tabel_2_uddannelse", "audit_table_other_base")],
    6: [("tabel_7_2", "audit_row_cells"), ("tabel_7_1", "audit_row_unread")],
    7: [("c124", "audit_share_alone"), ("c125", "audit_share_alone"), ("c124", "audit_set_untold")],
    8: [("followup_survey", "audit_same_n_part")],
    9: [("c013", "audit_base_said"), ("c135", "audit_target_needs")],
    10: [("c139", "audit_base_said")],
    11: [("tabel_8", "audit_counts_untold")],
    12: [("c111", "audit_base_shrinks"), ("c113", "audit_base_shrinks"), ("w_sources", "audit_two_sources")],
    13: [("c129", "audit_repeated"), ("c130", "audit_repeated")],
    14: [("c152", "audit_scale")],
    15: [("figur_1_t2", "audit_rounding_left")],
    16: [("figur_4_t1", "audit_decimals")],
    17: [("figur_3_t1", "audit_cutoff_mean")],
    18: [(f"figur_{i}_t1", "audit_no_test_range") for i in (1, 2, 3, 4)],
    19: [("c041", "audit_duration_open"), ("c041", "audit_duration_censored")],
    20: [("figur_1_t1", "audit_no_test_range")],
    21: [("tabel_9", f"audit_model_{what}") for what in ("no_n_events", "many", "no_p", "footnotes")],
    22: [("tabel_9_10", "audit_excludes_one_ns"), ("tabel_9_10", "audit_p_not_interval")],
    23: [("tabel_9_7", "audit_excludes_one_no_star")],
    24: [("tabel_9_6", "audit_not_wald"), ("tabel_9_7", "audit_not_wald")],
    25: [("tabel_9_4", "audit_floor_near")],
    26: [("tabel_9_5", "audit_floor")],
    27: [("w_level", "audit_level_or_change")],
    28: [("c178", "audit_risk_for_odds")],
    29: [("tabel_9", "audit_model_hidden")],
    30: [("w_dropout", "audit_no_difference")],
    31: [("c133", "audit_words_only"), ("c134", "audit_words_only")],
    32: [("w_effect", "audit_no_counterfactual")],
    33: [("w_case_3", "audit_ages")],
    34: [("w_case_1_jobs", "audit_same_differ")],
    35: [("w_case_1", "audit_age_outside")],
}


@pytest.fixture(scope="module")
def audited():
    return audit(FILE, WORDS)


@pytest.mark.parametrize("line", sorted(PENCIL))
def test_nothing_of_the_pencil_list_is_missed(audited, line):
    said = {(f.item, f.code) for f in audited.findings}
    assert set(PENCIL[line]) <= said


def test_every_line_of_the_pencil_list_is_compared():
    text = (ROOT / "docs" / "audit" / "pencil_list_ips_ung.md").read_text(encoding="utf-8")
    lines = [int(part.split(".")[0]) for part in text.splitlines() if part[:1].isdigit() and "." in part[:4]]
    assert lines == sorted(PENCIL)


def test_what_is_called_a_contradiction(audited):
    assert {f.item for f in audited.findings if f.level == "contradiction"} == {
        "c027",
        "c047",
        "w_case_3",
        "w_case_1_jobs",
    }


def test_arithmetic_of_the_pencil_list(audited):
    by = {(f.item, f.code): f for f in audited.findings}
    assert "26/43 = 60.47 %" in by["c047", "audit_text_table"].arithmetic
    assert by["c027", "audit_overlap"].arithmetic == "40/55 = 72.73 %"
    assert by["tabel_2_uddannelse", "audit_table_other_base"].values["bases"] == "49"
    assert "14/66 = 21.21 %" in by["c139", "audit_base_said"].arithmetic
    assert "23/43 = 53.49 %" in by["c135", "audit_target_needs"].arithmetic
    assert by["tabel_9_4", "audit_floor_near"].values["least"] == "2.69"
    mastery = by["figur_1_t1", "audit_no_test_range"].values
    assert (mastery["p_low"], mastery["p_high"]) == ("0.006", "0.898")
    assert audited.conventions == ("r4",)


@pytest.mark.parametrize("lang", ["da", "en"])
def test_pages(audited, lang):
    for text in (audited.to_html(lang), audited.to_markdown(lang), audited.to_text(lang)):
        assert "audit_" not in text
        assert "{" not in text.partition("</style>")[2] if "</style>" in text else "{" not in text
    page = audited.to_html(lang)
    assert page.count("<article") == len(audited.findings) == len(audited.frame(lang))
    assert f'<html lang="{lang}">' in page
    assert "<script" not in page
    assert ("60,47" in page) == (lang == "da")


def test_repr_says_counts_only(audited):
    assert repr(audited) == "Audit(4 contradiction, 19 method, 2 source, 41 note)"
    assert audited._repr_html_().startswith("<h1>")
    assert not audited.holds


def test_what_the_check_by_hand_disagreed_with_is_mended(audited):
    sex = next(f for f in audited.findings if f.code == "audit_floor_near")
    # Three answers coded as one number give up to 12.5 in place of 34/4, and with ten predictors 2.60 < 2.90.
    assert "not yes/no" in sex.consistent("en")
    assert "ikke er ja/nej" in sex.consistent("da")
    who = next(f for f in audited.findings if f.item == "figur_3_t1" and f.code == "audit_no_test_range")
    assert "from <0.001 to 0.945" in who.text("en")
    assert "fra <0,001 til 0,945" in who.text("da")
