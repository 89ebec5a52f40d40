"""MDI: both diagnostic algorithms exhaustively, bounds against brute force, both band conventions."""

import itertools

import numpy as np
import pandas as pd
import pytest

from ipseval.core.errors import ScoringError
from ipseval.instruments import MDI

ITEMS = ["1", "2", "3", "4", "5", "6", "7", "8a", "8b", "9", "10a", "10b"]
PAIRED = {"8": ("8a", "8b"), "10": ("10a", "10b")}
CORE = ["1", "2", "3"]
ACCOMPANYING = ["4", "5", "6", "7", "8", "9", "10"]


def forms(rows):
    return pd.DataFrame(rows, columns=ITEMS)


def score(rows, **options):
    return MDI.score(forms(rows), items=ITEMS, coding="0-5", **options)


def symptom(form, name):
    return max(form[half] for half in PAIRED[name]) if name in PAIRED else form[name]


def icd10_by_hand(form, rule):
    """Written from the printed rule, one form at a time."""
    core = sum(form[name] >= 4 for name in CORE)
    others = sum(symptom(form, name) >= 3 for name in ACCOMPANYING)
    if rule == "mdi":
        if core == 3 and others >= 5:
            return "severe"
        if core >= 2 and others >= 4:
            return "moderate"
        return "mild" if core >= 2 and others >= 2 else "none"
    if core == 3 and core + others >= 8:
        return "severe"
    if core >= 2 and core + others >= 6:
        return "moderate"
    return "mild" if core >= 2 and core + others >= 4 else "none"


def dsm4_by_hand(form):
    merged = max(form["4"], form["5"])
    others = [merged, *(symptom(form, name) for name in ("6", "7", "8", "9", "10"))]
    present = sum(form[name] >= 4 for name in CORE) + sum(value >= 3 for value in others)
    return "yes" if present >= 5 and (form["1"] >= 4 or form["2"] >= 4) else "no"


def every_pattern():
    """All 2 ** 12 patterns of answers just under and just at their thresholds."""
    steps = [(3, 4) if name in CORE else (2, 3) for name in ITEMS]
    return [list(row) for row in itertools.product(*steps)]


@pytest.mark.parametrize("rule", ["mdi", "dcr"])
def test_icd10_over_all_patterns_at_the_thresholds(rule):
    rows = every_pattern()
    found = score(rows, icd10_rule=rule)["mdi_icd10"].tolist()
    assert found == [icd10_by_hand(dict(zip(ITEMS, row, strict=True)), rule) for row in rows]


def test_dsm4_over_all_patterns_at_the_thresholds():
    rows = every_pattern()
    found = score(rows)["mdi_dsm4"].tolist()
    assert found == [dsm4_by_hand(dict(zip(ITEMS, row, strict=True))) for row in rows]


def counts_form(core, others):
    """A form with so many core and accompanying symptoms present."""
    form = [4] * core + [3] * (3 - core)
    singles = [3] * others + [2] * (7 - others)
    four, five, six, seven, eight, nine, ten = singles
    return [*form, four, five, six, seven, eight, 0, nine, 0, ten]


LEVELS = {
    (2, 2): "mild", (2, 3): "mild", (2, 4): "moderate", (2, 5): "moderate", (2, 6): "moderate",
    (2, 7): "moderate", (3, 2): "mild", (3, 3): "mild", (3, 4): "moderate", (3, 5): "severe",
    (3, 6): "severe", (3, 7): "severe",
}  # fmt: skip


def test_every_count_of_core_and_accompanying_symptoms():
    cells = list(itertools.product(range(4), range(8)))
    rows = [counts_form(c, a) for c, a in cells]
    assert score(rows)["mdi_icd10"].tolist() == [LEVELS.get(cell, "none") for cell in cells]


def test_the_two_icd10_rules_differ_in_two_cells_only():
    cells = list(itertools.product(range(4), range(8)))
    rows = [counts_form(c, a) for c, a in cells]
    danish = score(rows, icd10_rule="mdi")["mdi_icd10"].astype(str)
    research = score(rows, icd10_rule="dcr")["mdi_icd10"].astype(str)
    differ = {cell: (d, r) for cell, d, r in zip(cells, danish, research, strict=True) if d != r}
    assert differ == {(3, 1): ("none", "mild"), (3, 3): ("mild", "moderate")}


@pytest.mark.parametrize("rule", ["mdi", "dcr"])
@pytest.mark.parametrize("n_missing", [1, 2, 3])
def test_bounds_under_missing_answers_against_brute_force(rule, n_missing):
    random = np.random.default_rng(n_missing)
    for _ in range(40):
        row = random.integers(0, 6, 12).astype(float)
        holes = random.choice(12, n_missing, replace=False)
        row[holes] = np.nan
        fills = []
        for answers in itertools.product((0, 2, 3, 4, 5), repeat=n_missing):
            filled = row.copy()
            filled[holes] = answers
            fills.append(dict(zip(ITEMS, filled, strict=True)))
        out = score([row], icd10_rule=rule)
        levels = {icd10_by_hand(form, rule) for form in fills}
        assert out["mdi_icd10"][0] == (levels.pop() if len(levels) == 1 else "undetermined")
        answers = {dsm4_by_hand(form) for form in fills}
        assert out["mdi_dsm4"][0] == (answers.pop() if len(answers) == 1 else "undetermined")


@pytest.mark.parametrize(
    ("bands", "total", "band"),
    [
        ("2015", 20, "none"), ("2015", 21, "mild"), ("2015", 25, "mild"), ("2015", 26, "moderate"),
        ("2015", 30, "moderate"), ("2015", 31, "severe"), ("2003", 19, "none"), ("2003", 20, "mild"),
        ("2003", 24, "mild"), ("2003", 25, "moderate"), ("2003", 29, "moderate"), ("2003", 30, "severe"),
        ("2015", 0, "none"), ("2003", 50, "severe"), ("2015", 50, "severe"),
    ],
)  # fmt: skip
def test_every_band_edge(bands, total, band):
    answers = [total // 10 + (i < total % 10) for i in range(10)]
    one, two, three, four, five, six, seven, eight, nine, ten = answers
    out = score([[one, two, three, four, five, six, seven, eight, 0, nine, 0, ten]], bands=bands)
    assert out["mdi"][0] == total
    assert out["mdi_band"][0] == band


def test_a_pair_counts_by_its_higher_half_and_half_a_pair_is_flagged():
    row = [0] * 7 + [2, 5, 0, 4, np.nan]
    out = score([row])
    assert out["mdi"][0] == 9
    assert out["mdi_n_answered"][0] == 10
    assert not out["mdi_prorated"][0]
    assert out["mdi_half_pair"][0]
    assert not score([[0] * 12])["mdi_half_pair"][0]


def test_a_prorated_total_on_a_band_edge_is_decided_exactly():
    eighteen = [2, 2, 2, 2, 2, 2, 2, 2, 0, 2, np.nan, np.nan]
    out = score([eighteen], bands="2003")
    assert (out["mdi"][0], out["mdi_band"][0], bool(out["mdi_prorated"][0])) == (20.0, "mild", True)


def test_the_only_prorated_total_between_two_bands_is_mild_unless_rounded():
    sum_23 = [3, 3, 3, 3, 3, 2, 2, 2, 0, 2, np.nan, np.nan]
    assert score([sum_23])["mdi"][0] == pytest.approx(230 / 9, rel=1e-15)
    assert score([sum_23])["mdi_band"][0] == "mild"
    assert score([sum_23], rounding="half_up")["mdi_band"][0] == "moderate"


@pytest.mark.parametrize(("n_missing", "scored"), [(0, True), (1, True), (2, False), (3, False), (9, False)])
def test_every_missing_count(n_missing, scored):
    names = ["1", "2", "3", "4", "5", "6", "7", "9", "8a", "10a"][:n_missing]
    form = dict.fromkeys(ITEMS, 1.0)
    form.update(dict.fromkeys(names, np.nan))
    for name, other in (("8a", "8b"), ("10a", "10b")):
        if name in names:
            form[other] = np.nan
    out = score([[form[name] for name in ITEMS]])
    assert out["mdi"].notna()[0] == scored
    assert out["mdi_n_answered"][0] == 10 - n_missing
    assert bool(out["mdi_prorated"][0]) == (scored and n_missing > 0)


def test_a_blank_form_is_nothing_and_not_zero():
    out = score([[np.nan] * 12])
    assert out[["mdi", "mdi_band", "mdi_icd10", "mdi_dsm4"]].isna().all(axis=None)


def test_every_threshold_is_a_parameter():
    others_at_three = [[4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3]]
    assert score(others_at_three)["mdi_icd10"][0] == "severe"
    assert score(others_at_three, accompanying_threshold=4)["mdi_icd10"][0] == "none"
    assert score(others_at_three, core_threshold=5)["mdi_icd10"][0] == "none"
    assert score(others_at_three, dsm4_other_threshold=4)["mdi_dsm4"][0] == "no"
    own = [{"level": "any", "total": 1}]
    assert score([counts_form(1, 0)], icd10_levels=own)["mdi_icd10"][0] == "any"


def test_energy_counts_for_dsm4_but_does_not_open_the_gate():
    energy_only = [[3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]]
    assert score(energy_only)["mdi_dsm4"][0] == "no"
    gate_and_energy = [[4, 0, 4, 3, 0, 3, 3, 0, 0, 0, 0, 0]]
    assert score(gate_and_energy)["mdi_dsm4"][0] == "yes"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bands": "2014"}, "2015"),
        ({"icd10_rule": "icd11"}, "'mdi', 'dcr'"),
        ({"acompanying_threshold": 4}, "accompanying_threshold"),
        ({"core_threshold": "high"}, "core_threshold"),
        ({"icd10_levels": [{"core": 3}]}, "icd10_levels"),
    ],
)
def test_a_wrong_option_gives_one_sentence_with_a_way_out(options, said):
    with pytest.raises(ScoringError, match=said):
        score([[0] * 12], **options)


def test_item_nine_may_be_asked_in_two_halves():
    thirteen = MDI.with_halves("sleep", halves=("less_sleep", "more_sleep"))
    names = [*ITEMS[:9], "9a", "9b", *ITEMS[10:]]
    rows = every_pattern()[::7]
    wide = [[*row[:9], 0, row[9], *row[10:]] for row in rows]
    out = thirteen.score(pd.DataFrame(wide, columns=names), items=names, coding="0-5")
    pd.testing.assert_frame_equal(out, score(rows), check_categorical=True)
    assert len(MDI.items) == 12
    for arguments, said in ((("sleeep", ("a", "b")), "sleep"), (("sleep", ("a", "a")), "two new")):
        with pytest.raises(ScoringError, match=said):
            MDI.with_halves(arguments[0], halves=arguments[1])


def test_bounds_of_a_half_answered_pair_reach_from_the_answered_half_to_the_top():
    row = [0] * 7 + [2, np.nan, 0, np.nan, np.nan]
    out = score([row], extras=["bounds"])
    assert out.loc[0, ["mdi_lowest", "mdi_highest"]].tolist() == [2, 10]
    assert out["mdi_n_answered"][0] == 9


def test_a_threshold_between_two_answers_takes_the_higher():
    row = [[4, 4, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0]]
    assert score(row, core_threshold=3.5)["mdi_icd10"][0] == "mild"
    assert score([[3, *row[0][1:]]], core_threshold=3.5)["mdi_icd10"][0] == "none"


def test_the_output_names_the_band_convention_where_there_are_several():
    frame = pd.DataFrame([[2] * 12], columns=[f"m{i}" for i in range(12)])
    told = MDI.score(frame, items=list(frame.columns))
    assert list(told["mdi_band_convention"]) == ["2015"]
    chosen = MDI.score(frame, items=list(frame.columns), bands="2003")
    assert list(chosen["mdi_band_convention"]) == ["2003"]
