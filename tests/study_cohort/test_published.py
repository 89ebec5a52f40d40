"""Every published count, share and mean, computed anew from the frames against the list of printed numbers."""

from fractions import Fraction
from pathlib import Path

import pytest

import ipseval.study
from ipseval.core.resources import load_yaml
from ipseval.core.rounding import conventions_giving
from ipseval.study.cohort import cohort_frames

FRAMES = cohort_frames()
START, SLUT, REGISTER = FRAMES["start"], FRAMES["slut"], FRAMES["registrering"]
PAIRS = START.merge(SLUT, on="id", suffixes=("_1", "_2"))
PUBLISHED = load_yaml(Path(ipseval.study.__file__).parent / "plans" / "published" / "ips_ung.yaml")
TABLES = {table["id"]: table for table in PUBLISHED["tables"]}
FIGURES = {figure["id"]: figure for figure in PUBLISHED["figures"]}
CLAIMS = {claim["id"]: claim for claim in PUBLISHED["claims"]}

# printed table -> (column, code of each printed row)
COUNTED = {
    "tabel_1": (SLUT["varighed"], [1, 2, 3, 4, 5, 6, 7]),
    "tabel_2_koen": (START["koen"], [1, 2, 3]),
    "tabel_2_uddannelse": (START["uddannelse"], [1, 2, 3, 4, 5, 6, 7]),
    "tabel_2_erfaring": (START["erfaring"], [1, 0]),
    "tabel_3": (REGISTER["reg_status"], [1, 2]),
    "tabel_8": (REGISTER["reg_afslutning"], [1, 2, 3]),
    "bilag5_samlet": (SLUT["samlet"], [1, 2, 3, 4, 5]),
}
SUPPORT = ["psykiatri", "mentor", "psykolog", "udredning", "hjemmevejleder", "andre"]
BATTERIES = {
    "tabel_5": (START, ["motiv_forandring", "motiv_indsats", "motiv_indflydelse"], 4),
    "tabel_6": (START, ["overskud", "tro_arbejde"], 5),
    "tabel_7": (SLUT, ["vurd_stoette", "vurd_indflydelse", "vurd_oensker"], 5),
}
# the printed cells that no whole number of the base can give: (table, row, cell) -> nearest count
IMPOSSIBLE = {("tabel_6", 0, 1): 9, ("tabel_6", 0, 4): 7, ("tabel_6", 1, 2): 15}


def prints(count, n, percent):
    return bool(conventions_giving(Fraction(100 * int(count), int(n)), str(percent)))


@pytest.mark.parametrize("table", COUNTED)
def test_counts_and_percents_of_a_table(table):
    column, codes = COUNTED[table]
    n = int(column.notna().sum())
    for code, row in zip(codes, TABLES[table]["rows"], strict=True):
        count = int((column == code).sum())
        assert count == row["count"], (table, code)
        if row.get("percent") is not None:
            assert prints(count, n, row["percent"]), (table, code)


def test_six_left_out_their_schooling_and_said_why():
    assert START["uddannelse"].notna().sum() == 49
    coded = cohort_frames(coded=True)["start"]["uddannelse"]
    assert sorted(coded[START["uddannelse"].isna()]) == [8, 8, 9, 9, 9, 9]


def test_support_at_the_start():
    for name, row in zip(SUPPORT, TABLES["tabel_4"]["rows"], strict=True):
        count = int(START[f"indsats_{name}"].sum())
        assert count == row["count"]
        assert prints(count, 55, row["percent"])


@pytest.mark.parametrize("table", BATTERIES)
def test_percent_rows(table):
    frame, columns, top = BATTERIES[table]
    for at, (column, row) in enumerate(zip(columns, TABLES[table]["rows"], strict=True)):
        n = int(frame[column].notna().sum())
        for step, percent in enumerate(row.get("percents_from_text") or row["percents"]):
            if percent is None:
                continue
            count = int((frame[column] == top - step).sum())
            if (table, at, step) in IMPOSSIBLE:
                assert not any(prints(k, n, percent) for k in range(n + 1))
                nearest = min(range(n + 1), key=lambda k: abs(Fraction(100 * k, n) - percent))
                # row 2 of table 6 needs 15, not 14, for its five cells to make 55
                assert count == IMPOSSIBLE[table, at, step]
                assert abs(count - nearest) <= 1
            else:
                assert prints(count, n, percent), (table, column, step)


def test_bases_of_the_percent_rows():
    assert START[[*BATTERIES["tabel_5"][1], *BATTERIES["tabel_6"][1]]].notna().all(axis=None)
    assert SLUT[["vurd_stoette", "vurd_oensker"]].notna().all(axis=None)
    assert SLUT["vurd_indflydelse"].notna().sum() == 39


def test_no_base_at_all_gives_the_rows_of_table_6():
    """However many of the 55 had answered, no whole persons would print as the two rows."""
    for row in TABLES["tabel_6"]["rows"]:
        for n in range(5, 56):
            counts = [[k for k in range(n + 1) if prints(k, n, p)] for p in row["percents"]]
            assert not all(counts) or sum(map(max, counts)) < n or sum(map(min, counts)) > n


def test_the_fourth_cell_of_influence_needs_39_answers():
    row = TABLES["tabel_7"]["rows"][1]["percents"]
    assert not any(prints(k, 43, row[3]) for k in range(44))
    assert [prints(k, 39, p) for k, p in zip((29, 9, 0, 1, 0), row, strict=True)] == [True] * 5


def test_ages():
    rows = {row["label"]: row["value"] for row in TABLES["tabel_2_alder"]["rows"]}
    age = START["alder"]
    assert (age.min(), age.max()) == (rows["Yngst"], rows["Ældst"])
    assert conventions_giving(Fraction(int(age.sum()), 55), str(rows["Gennemsnit"]))
    assert (age > 20).sum() == CLAIMS["c056"]["count"]


def test_experience_is_a_little_over_three_years():
    assert START["erfaring_aar"].notna().sum() == 47
    assert 3.0 < START["erfaring_aar"].mean() < 3.5


def test_lengths_in_months():
    assert abs(SLUT["varighed_mdr"].mean() - CLAIMS["c041"]["value"]) <= CLAIMS["c041"]["tol"]
    assert prints((SLUT["varighed"] == 7).sum(), 43, CLAIMS["c048"]["percent"])
    assert prints((SLUT["varighed"] <= 2).sum(), 43, CLAIMS["c049"]["percent"])


@pytest.mark.parametrize(
    ("claim", "goal"),
    [("c088", "job"), ("c089", "hverdag"), ("c090", "uddannelse"), ("c091", "forstaaet"), ("c092", "sammen")],
)
def test_goals(claim, goal):
    assert prints(START[f"maal_{goal}"].sum(), 55, CLAIMS[claim]["percent"])


def test_31_want_to_manage_daily_life():
    assert START["maal_hverdag"].sum() == CLAIMS["c089"]["count"]


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("bilag5_oplevelse", 0, "opl_hverdag"),
        ("bilag5_oplevelse", 1, "opl_sammen"),
        ("bilag5_udsagn", 0, "uds_forstaaelse"),
        ("bilag5_udsagn", 1, "uds_tro"),
        ("bilag5_udsagn", 2, "uds_klar"),
    ],
)
def test_appendix_5_means_and_legible_segments(table, row, column):
    printed = TABLES[table]["rows"][row]
    answers = SLUT[column].dropna()
    assert conventions_giving(Fraction(int(answers.sum()), len(answers)), str(printed["mean"]))
    counts = cohort_frames(coded=True)["slut"][column].value_counts()
    assert counts.sum() == printed["n"]
    for segment in printed["segments_legible"]:
        assert any(prints(c, 43, segment) for c in counts), segment


SCORES = {
    "figur_1": (["mestring_1", "mestring_2", "mestring_3"], 1),
    "figur_2": (["ensomhed"], 1),
    "figur_3": ([f"who5_{i}" for i in range(1, 6)], 4),
    "figur_4": (["belastning"], 1),
}
PRINTED_MEANS = {
    "figur_1": ("7.85", "8.03"),
    "figur_2": ("2.83", "2.70"),
    "figur_3": ("49", "51"),
    "figur_4": ("3.1", "3.22"),
}


def score(figure, wave):
    items, times = SCORES[figure]
    return times * PAIRS[[f"{item}_{wave}" for item in items]].sum(axis=1)


@pytest.mark.parametrize("figure", SCORES)
def test_means_of_the_40_pairs(figure):
    assert len(PAIRS) == FIGURES[figure]["n"] == 40
    for wave, printed in zip((1, 2), PRINTED_MEANS[figure], strict=True):
        assert float(printed) == FIGURES[figure]["values"][f"t{wave}"]
        # R's rounding is the one convention that gives all of the report's means at once
        assert "r4" in conventions_giving(Fraction(int(score(figure, wave).sum()), 40), printed)


def test_well_being_bands():
    for wave in (1, 2):
        index = score("figur_3", wave)
        counts = [(index < 36).sum(), index.between(36, 50).sum(), (index > 50).sum()]
        assert [100 * c / 40 for c in counts] == FIGURES["figur_3"]["shares"][f"t{wave}"]


def test_placement():
    placed, without = SLUT[SLUT["praktik"] == 1], SLUT[SLUT["praktik"] == 0]
    assert (len(placed), len(without), (without["varighed"] <= 2).sum()) == (28, 15, 5)
    high = placed["praktik_hensyn"].isin([4, 5]).sum()
    assert (high, (placed["praktik_hensyn"] == 1).sum()) == (CLAIMS["c127"]["count"], CLAIMS["c128"]["count"])
    together = placed["praktik_faellesskab"]
    assert prints(together.isin([3, 4, 5]).sum(), 28, 68)
    assert prints(together.isin([1, 2]).sum(), 28, 18)
    wiser = placed["praktik_afklaring"]
    assert (wiser.isin([3, 4, 5]).sum(), wiser.isin([1, 2]).sum()) == (
        15,
        7,
    )  # "a little over half", "a quarter"
    welcome = placed["praktik_modtagelse"]
    assert prints(welcome.isin([1, 2]).sum(), 28, 14)
    for codes, percent in (([4, 5], 51), ([3], 22)):
        assert not any(prints(k, 28, percent) for k in range(29))
        nearest = min(range(29), key=lambda k: abs(Fraction(100 * k, 28) - percent))
        assert welcome.isin(codes).sum() == nearest


@pytest.mark.parametrize(
    ("claim", "column"), [("c111", "psyk_dialog"), ("c112", "psyk_stoette"), ("c113", "psyk_betydning")]
)
def test_psychiatry(claim, column):
    told = SLUT[SLUT["psyk_kontakt"] == 1]
    assert len(told) == 16
    answers = told[column].dropna()
    assert ((answers >= 4).sum(), len(answers)) == (CLAIMS[claim]["count"], CLAIMS[claim]["n"])


def test_the_programmes_own_registration():
    assert len(REGISTER) == 66
    assert REGISTER["reg_psykiatri"].sum() == 33
    assert REGISTER["reg_virksomhed"].sum() == 48
    active = REGISTER[REGISTER["reg_afsluttet"] == 0]
    assert (len(active), active["reg_virksomhed"].sum()) == (23, 19)
    ended = REGISTER.loc[REGISTER["reg_afsluttet"] == 1, "reg_afslutning"]
    assert (len(ended), (ended <= 3).sum()) == (43, 26)


def test_sums_of_cells_in_the_text():
    for column, codes, percent, met in (
        ("overskud", [4, 5], 24, True), ("tro_arbejde", [4, 5], 47, True),
        ("overskud", [1, 2], 30, False), ("tro_arbejde", [1, 2], 26, False),
    ):  # fmt: skip
        assert prints(START[column].isin(codes).sum(), 55, percent) is met
        assert any(prints(k, 55, percent) for k in range(56)) is met
