"""Every shipped instrument against a table written by hand: range, keys, bands, missing rule, codings."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments import IPS25, IPS_Y, K6, K10, PHQ9, T_ILS, WHO5, Instrument
from ipseval.instruments.instrument import shipped, shipped_ids

# id: (items, lowest answer, highest answer, lowest score, highest score, reversed positions, max_missing)
TABLE = {
    "who5": (5, 0, 5, 0, 100, (), 1),
    "gad7": (7, 0, 3, 0, 21, (), 1),
    "gad2": (2, 0, 3, 0, 6, (), 0),
    "mdi": (12, 0, 5, 0, 50, (), 1),
    "mastery": (3, 1, 4, 3, 12, (), 0),
    "loneliness": (1, 1, 5, 1, 5, (), 0),
    "burden": (1, 1, 5, 1, 5, (), 0),
    "t_ils": (3, 1, 3, 3, 9, (), 0),
    "phq9": (9, 0, 3, 0, 27, (), 2),
    "k10": (10, 1, 5, 10, 50, (), 1),
    "k6": (6, 0, 4, 0, 24, (), 0),
    "rses": (10, 0, 3, 0, 30, (2, 5, 6, 8, 9), 1),
    "gse": (10, 1, 4, 10, 40, (), 3),
    "pearlin": (7, 1, 4, 7, 28, (1, 2, 3, 5, 7), 1),
    "pss10": (10, 0, 4, 0, 40, (4, 5, 7, 8), 1),
    "wemwbs": (14, 1, 5, 14, 70, (), 3),
    "ips25": (25, 1, 5, 25, 125, (), 0),
    "ips15": (15, 1, 5, 15, 75, (), 0),
    "ips_y": (35, 1, 5, 35, 175, (), 0),
}
# id and convention: the published lower bounds of the bands, tried just under and just at
BANDS = {
    ("gad7", "spitzer_2006"): {"minimal": 0, "mild": 5, "moderate": 10, "severe": 15},
    ("mdi", "2015"): {"none": 0, "mild": 21, "moderate": 26, "severe": 31},
    ("mdi", "2003"): {"none": 0, "mild": 20, "moderate": 25, "severe": 30},
    ("phq9", "kroenke_2001"): {
        "minimal": 0,
        "mild": 5,
        "moderate": 10,
        "moderately_severe": 15,
        "severe": 20,
    },
    ("t_ils", "denmark"): {"none": 3, "moderate": 5, "severe": 7},
    ("t_ils", "moderate_from_4"): {"none": 3, "moderate": 4, "severe": 7},
    ("ips25", "manual"): {"not_ips": 25, "fair": 74, "good": 100, "exemplary": 115},
    ("ips15", "manual"): {"not_supported_employment": 15, "fair": 56, "good": 66},
}


def names(instrument):
    return [f"c{i}" for i in range(len(instrument.items))]


def declared(identifier):
    _, low, high, *_ = TABLE[identifier]
    return f"{low}-{high}"


def run(identifier, rows, **options):
    instrument = shipped(identifier)
    frame = pd.DataFrame(rows, columns=names(instrument))
    options.setdefault("coding", declared(identifier))
    return instrument.score(frame, items=names(instrument), **options)


def best_form(identifier, share=1.0):
    """Answers that give the highest score (share 1) or the lowest (share 0)."""
    n, low, high, _, _, turned, _ = TABLE[identifier]
    return [(low if share else high) if i + 1 in turned else (high if share else low) for i in range(n)]


def form_with_total(identifier, total):
    """Answers of an instrument without reversed items or pairs that add up to `total`."""
    n, low, high, *_ = TABLE[identifier]
    if identifier == "mdi":
        ten = form_of(total, 10, low, high)
        return [*ten[:8], 0, ten[8], 0, ten[9]]
    return form_of(total, n, low, high)


def form_of(total, n, low, high):
    rest = total - n * low
    answers = []
    for _ in range(n):
        step = min(rest, high - low)
        answers.append(low + step)
        rest -= step
    assert rest == 0
    return answers


def test_the_table_names_every_shipped_instrument():
    untold = set(shipped_ids()) ^ set(TABLE)
    assert not untold, f"write a row of TABLE in this file by hand, from the source, for {sorted(untold)}"


def test_every_fault_of_an_instrument_file_is_told_at_once():
    raw = {
        "id": "mine", "titel": "Mine", "better": "up",
        "items": {"range": [0, 3], "reversed": ["overwelmed"], "list": [{"id": "calm"}, {"id": "overwhelmed"}]},
        "scores": [{"id": "mine", "max_mising": 0, "items": ["clam", "overwhelmed"], "bands": {"own": {"a": "low"}}}],
        "norms": {"denmark": {"mean": 3}},
    }  # fmt: skip
    with pytest.raises(SchemaError) as refusal:
        Instrument.from_fields(raw)
    said = str(refusal.value).split("\n")
    assert all(line.startswith("mine") for line in said)
    for part in (
        "'titel' is not known: did you mean 'title'", "better must be one of", "did you mean 'overwhelmed'?",
        "'max_mising' is not known: did you mean 'max_missing'?", "must have an id and max_missing",
        "'clam' is no item of it: did you mean 'calm'?", "a number was expected where a word stands", "'sd' is missing",
    ):  # fmt: skip
        assert sum(part in line for line in said) == 1, part
    assert len(said) == 8


def test_a_score_without_a_title_is_called_as_its_instrument():
    raw = {
        "id": "mine", "title": {"da": "Hverdag", "en": "Everyday"},
        "items": {"range": [0, 3], "list": [{"id": "calm"}]}, "scores": [{"id": "mine", "max_missing": 0}],
    }  # fmt: skip
    assert Instrument.from_fields(raw).scores[0].title == {"da": "Hverdag", "en": "Everyday"}


@pytest.mark.parametrize("identifier", TABLE)
def test_range_and_keys(identifier):
    _, _, _, lowest, highest, _, _ = TABLE[identifier]
    out = run(identifier, [best_form(identifier, 0.0), best_form(identifier, 1.0)])
    assert out[identifier].tolist() == [lowest, highest]


@pytest.mark.parametrize("identifier", TABLE)
def test_each_reversed_item_is_reversed_and_no_other(identifier):
    n, low, high, _, _, turned, _ = TABLE[identifier]
    floor = best_form(identifier, 0.0)
    rows = []
    for i in range(n):
        row = list(floor)
        row[i] = low if i + 1 in turned else high
        rows.append(row)
    gained = run(identifier, rows)[identifier] - run(identifier, [floor])[identifier][0]
    assert (gained == float((high - low) * shipped(identifier).scores[0].multiply)).all()


@pytest.mark.parametrize("identifier", TABLE)
def test_every_missing_count_of_every_instrument(identifier):
    n, _, _, _, highest, _, allowed = TABLE[identifier]
    k = len(shipped(identifier).scores[0].parts)
    forms = []
    for n_missing in range(k + 1):
        form = [float(a) for a in best_form(identifier)]
        for part in shipped(identifier).scores[0].parts[:n_missing]:
            for item in part:
                form[item] = np.nan
        forms.append(form)
    out = run(identifier, forms)
    count = shipped(identifier).count_name
    assert out[f"{identifier}_{count}"].tolist() == [k - m for m in range(k + 1)]
    assert out[identifier].notna().tolist() == [m <= allowed and m < k for m in range(k + 1)]
    assert out[f"{identifier}_prorated"].tolist() == [0 < m <= allowed for m in range(k + 1)]
    np.testing.assert_allclose(out[identifier].dropna(), highest, rtol=1e-15)
    assert len(forms[0]) == n


@pytest.mark.parametrize(
    ("key", "bounds"), BANDS.items(), ids=lambda v: "-".join(v) if isinstance(v, tuple) else ""
)
def test_every_band_edge_of_every_convention(key, bounds):
    identifier, convention = key
    edges = list(bounds.items())
    for at, (band, lower) in enumerate(edges):
        out = run(identifier, [form_with_total(identifier, lower)], bands=convention)
        assert out[f"{identifier}_band"][0] == band
        if at:
            under = run(identifier, [form_with_total(identifier, lower - 1)], bands=convention)
            assert under[f"{identifier}_band"][0] == edges[at - 1][0]


@pytest.mark.parametrize("identifier", [i for i in TABLE if i != "mastery"])
def test_every_coding_in_use_gives_the_same_scores(identifier):
    instrument = shipped(identifier)
    n, low, high, *_ = TABLE[identifier]
    answers = np.random.default_rng(n).integers(low, high + 1, (40, n))
    expected = run(identifier, answers)
    for coding in instrument.codings:
        first, last = (int(c) for c in coding.removesuffix(" reversed").split("-"))
        codes = last - (answers - low) if coding.endswith("reversed") else answers - low + first
        pd.testing.assert_frame_equal(run(identifier, codes, coding=coding), expected)
        if instrument.coding is not None:
            frame = pd.DataFrame(answers, columns=names(instrument))
            pd.testing.assert_frame_equal(instrument.score(frame, items=names(instrument)), expected)


@pytest.mark.parametrize("identifier", TABLE)
def test_every_instrument_tells_its_sources_doubts_and_licence_in_two_languages(identifier):
    instrument = shipped(identifier)
    assert instrument.references
    assert instrument.doubts
    assert instrument.licence
    assert instrument.better in ("higher", "lower")
    texts = [
        instrument.title,
        instrument.window,
        *instrument.doubts,
        *(item.topic for item in instrument.items),
    ]
    texts += [band.label for score in instrument.scores for bands in score.bands.values() for band in bands]
    assert all(set(text) == {"da", "en"} for text in texts)


def test_phq9_algorithm_counts_item_nine_from_one_and_needs_a_gate():
    with_item_9 = [2, 0, 2, 2, 2, 0, 0, 0, 1]
    rows = [with_item_9, [*with_item_9[:8], 0], [1, 1, 2, 2, 2, 2, 2, 2, 3], [0, 2, 2, 2, 2, 2, 0, 0, 0]]
    assert run("phq9", rows)["phq9_major"].tolist() == ["yes", "no", "no", "yes"]
    open_form = [[2, 0, 2, 2, 2, 0, 0, 0, np.nan]]
    assert run("phq9", open_form)["phq9_major"].tolist() == ["undetermined"]
    assert PHQ9.rules[0].option == "major_rule"


def test_three_answers_of_t_ils_may_settle_the_cut_although_one_is_missing():
    out = run("t_ils", [[3, 3, np.nan], [1, 1, np.nan], [3, 2, np.nan]], extras=["cuts", "bounds"])
    assert out["t_ils"].isna().all()
    assert out["t_ils_lonely"].tolist() == ["yes", "no", "undetermined"]
    assert out["t_ils_band_certain"].tolist() == ["severe", "undetermined", "undetermined"]
    assert T_ILS.scores[0].max_missing == 0


def test_k6_is_made_of_six_items_of_k10():
    topics = {item.id for item in K6.items}
    assert [at for at, item in enumerate(K10.items, start=1) if item.id in topics] == [2, 4, 5, 8, 9, 10]


def test_k10_and_rses_and_who5_must_be_told_their_coding():
    for identifier in ("k10", "k6", "rses", "who5", "mastery"):
        assert shipped(identifier).coding is None


# --- fidelity ----------------------------------------------------------------------------------------
def test_fidelity_sections_add_up_and_half_points_are_allowed():
    row = [4.5, *[4] * 24]
    out = run("ips25", [row]).iloc[0]
    assert out["ips25"] == 100.5
    assert out["ips25"] == out["ips25_staffing"] + out["ips25_organisation"] + out["ips25_services"]
    assert out["ips25_band"] == "good"
    with pytest.raises(ScoringError, match="between two codes"):
        run("ips25", [[4.25, *[4] * 24]])


def test_a_half_point_under_exemplary_is_good():
    row = [5] * 14 + [4] * 10 + [4.5]
    assert run("ips25", [row]).loc[0, ["ips25", "ips25_band"]].tolist() == [114.5, "good"]


def test_code_nine_leaves_a_provisional_total_without_a_band():
    out = run("ips25", [[9, *[4] * 24]]).iloc[0]
    assert np.isnan(out["ips25"])
    assert pd.isna(out["ips25_band"])
    assert out["ips25_n_rated"] == 24
    assert out["ips25_provisional"] == 100
    assert np.isnan(out["ips25_staffing"])
    assert out["ips25_services"] == 56


def test_ips_y_has_bands_only_if_you_bring_them():
    assert "ips_y_band" not in run("ips_y", [[3] * 35])
    own = run("ips_y", [[3] * 35], bands={"low": 35, "high": 100})
    assert own["ips_y_band"][0] == "high"
    assert not IPS_Y.scores[0].bands


def test_an_adapted_scale_with_added_items_and_its_own_bands(tmp_path):
    import yaml

    from ipseval.core.resources import data_root

    raw = yaml.safe_load((data_root() / "instruments" / "ips25.yaml").read_text(encoding="utf-8"))
    raw["id"] = "reconnect"
    raw["items"]["list"] += [{"id": "groups", "topic": "groups"}, {"id": "school", "topic": "school"}]
    raw["scores"] = [
        {"id": "reconnect", "max_missing": 0, "bands": {"own": {"under": 27, "over": 100}}},
        {"id": "reconnect_added", "items": ["groups", "school"], "max_missing": 0},
    ]
    path = tmp_path / "reconnect.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    adapted = Instrument.from_file(path)
    frame = pd.DataFrame([[4] * 27], columns=[f"r{i}" for i in range(27)])
    out = adapted.score(frame, items=list(frame)).iloc[0]
    assert (out["reconnect"], out["reconnect_band"], out["reconnect_added"]) == (108, "over", 8)
    assert len(IPS25.items) == 25


# --- malformed files ---------------------------------------------------------------------------------
GOOD = {
    "id": "mine",
    "items": {"range": [1, 5], "list": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
    "coding": {"default": "1-5"},
    "scores": [{"id": "mine", "max_missing": 1}],
}


def changed(**changes):
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({k: v for k, v in GOOD.items() if k != "id"}, "'id' is missing"),
        (changed(id="my scale"), "column name"),
        (changed(beter="higher"), "better"),
        (changed(better="up"), "higher, lower"),
        (changed(items=[1, 2]), "range"),
        (changed(items={"range": [1, 5], "list": [{"id": "a"}, {"id": "a"}]}), "each id once"),
        (changed(items={"range": [1, 5], "list": [{"id": "a"}], "reversed": ["z"]}), "no item"),
        (changed(items={"range": ["x", 5], "list": [{"id": "a"}]}), "a number was expected"),
        (changed(scores=[{"id": "mine"}]), "max_missing"),
        (changed(scores=[{"id": "mine", "max_missing": 0.5}]), "whole number"),
        (changed(scores=[{"id": "mine", "max_missing": 0, "aggregate": "median"}]), "sum or mean"),
        (changed(scores=[{"id": "mine", "max_missing": 0, "items": ["a", "q"]}]), "'q' is no item"),
        (changed(scores=[{"id": "mine", "max_missing": 0, "bands": {"x": {"hi": 5, "lo": 5}}}]), "rise"),
        (
            changed(scores=[{"id": "mine", "max_missing": 0, "bands": {"x": [{"name": "a"}]}}]),
            "one lower bound",
        ),
        (changed(scores=[{"id": "mine", "max_missing": 0, "cuts": [{"name": "a"}]}]), "exactly one of"),
        (
            changed(anchors=[{"item": "a", "relation": "about", "steps": [], "otherwise": 1}]),
            "at_most or at_least",
        ),
        (changed(rules=[{"id": "r"}]), "'groups' is missing"),
        (changed(scores=3), "shape"),
        (changed(norms={"x": {"mean": 1}}), "'sd' is missing"),
        ([1, 2], "must be a map"),
    ],
)
def test_a_malformed_file_gives_one_sentence(tmp_path, raw, said):
    import yaml

    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(SchemaError, match=said):
        Instrument.from_file(path)


def test_a_score_may_be_a_mean_and_an_item_may_have_its_own_range():
    raw = changed(
        items={"range": [1, 5], "list": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
        scores=[{"id": "mine", "max_missing": 1, "aggregate": "mean"}],
    )
    frame = pd.DataFrame([[1, 2, 3], [1, np.nan, 4]], columns=["a", "b", "c"])
    out = Instrument.from_fields(raw).score(frame, items=["a", "b", "c"])
    assert out["mine"].tolist() == [2, 2.5]
    assert Instrument.from_fields(raw).step == Fraction(1)


def test_an_unknown_name_offers_near_ones():
    import ipseval.instruments as room

    with pytest.raises(AttributeError, match="WHO5"):
        getattr(room, "WHO_5")  # noqa: B009 - the name must be looked up at run time
    assert "WHO5" in dir(room)
    assert room.WHO5 is WHO5


def test_many_wide_items_are_added_up_without_overflow():
    n = 30
    raw = changed(
        items={"range": [0, 100], "list": [{"id": f"v{i}"} for i in range(n)]},
        coding={"default": "0-100"},
        scores=[{"id": "mine", "max_missing": 2}],
    )
    answers = np.random.default_rng(6).integers(0, 101, (50, n)).astype(float)
    answers[0], answers[1] = 100, 0
    answers[2, :2] = np.nan
    frame = pd.DataFrame(answers, columns=[f"v{i}" for i in range(n)])
    out = Instrument.from_fields(raw).score(frame, items=list(frame), extras=["bounds"])
    np.testing.assert_allclose(out["mine"], np.nanmean(answers, axis=1) * n, rtol=1e-12)
    assert out["mine_highest"][2] - out["mine_lowest"][2] == 200


def test_answers_below_zero_are_possible_in_a_file_of_your_own():
    raw = changed(items={"range": [-2, 2], "list": [{"id": "a"}, {"id": "b"}]}, coding={"default": "-2-2"})
    raw["scores"] = [{"id": "mine", "max_missing": 1}]
    frame = pd.DataFrame({"a": [-2, 2, -1], "b": [-2, np.nan, 1]})
    assert Instrument.from_fields(raw).score(frame, items=["a", "b"])["mine"].tolist() == [-4, 4, 0]
    whole = frame.astype("Int8")
    assert Instrument.from_fields(raw).score(whole, items=["a", "b"])["mine"].tolist() == [-4, 4, 0]


def test_items_of_one_file_may_differ_in_their_range():
    raw = changed(items={"range": [1, 5], "list": [{"id": "a"}, {"id": "b", "low": 0, "high": 10}]})
    raw["scores"] = [{"id": "mine", "max_missing": 0}]
    frame = pd.DataFrame({"a": [1, 5], "b": [0, 10]})
    with pytest.raises(ScoringError, match="item 'b' of mine has 11"):
        Instrument.from_fields(raw).score(frame, items=["a", "b"])
    raw["coding"] = {"default": "own"}
    raw["items"]["reversed"] = ["b"]
    own = Instrument.from_fields(raw)
    assert own.score(frame, items=["a", "b"])["mine"].tolist() == [11, 5]
    assert own.score_range() == (1, 15)
    with pytest.raises(ScoringError, match=r"'a' \(1 row\(s\), allowed 1 to 5\)"):
        own.score(pd.DataFrame({"a": [6], "b": [6]}), items=["a", "b"])
    with pytest.raises(ScoringError, match="needs a range for every item"):
        shipped("mastery").score(
            pd.DataFrame([[1, 1, 1]], columns=list("abc")), items=list("abc"), coding="own"
        )


def test_the_example_in_the_documentation_is_well_formed(tmp_path):
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "instrument_format.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "belief.yaml"
    path.write_text(example, encoding="utf-8")
    belief = Instrument.from_file(path)
    assert belief.score_range() == (3, 15)
    frame = pd.DataFrame({"a": [5, 9], "b": [1, 2], "c": [4, 3]})
    out = belief.score(frame, items=["a", "b", "c"], extras=["cuts"])
    assert out["belief"].tolist() == [14, 10.5]
    assert out["belief_ready"].tolist() == ["yes", "no"]


def test_bounds_of_a_pair_whose_halves_differ_in_their_range():
    items = {"range": [1, 5], "list": [{"id": "a", "low": 0, "high": 3}, {"id": "b"}, {"id": "c"}]}
    raw = changed(items=items, coding={"default": "own"})
    raw["scores"] = [{"id": "mine", "items": [["a", "b"], "c"], "max_missing": 1}]
    frame = pd.DataFrame({"a": [np.nan, 2], "b": [np.nan, np.nan], "c": [5, 5]})
    out = Instrument.from_fields(raw).score(frame, items=["a", "b", "c"], extras=["bounds"])
    assert out["mine_lowest"].tolist() == [6, 7]
    assert out["mine_highest"].tolist() == [10, 10]
