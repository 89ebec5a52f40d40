"""Means and averages around quantiles are sums over persons: no combination of them may be made of few."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.resources import data_root
from ipseval.reporting.disclosure.numbers.windows import tells_few
from reporting_disclosure.sums_attack import Pencil


def own_profile(folder: Path, persons: int) -> Path:
    told = yaml.safe_load((data_root() / "profiles" / "dst-5.yaml").read_text(encoding="utf-8"))
    told |= {"id": f"own-{persons}", "persons": persons, "steps": persons, "rounding_base": persons}
    told |= {"said": {"da": "egne regler", "en": "our own rules"}}
    path = folder / f"own-{persons}.yaml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    return path


def invented(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    weeks = rng.choice(np.arange(1.0, 400.0), n, replace=False) + rng.random(n) / 10
    return pd.DataFrame({"id": np.arange(n), "weeks": weeks, "arm": rng.choice(["a", "b"], n, p=[0.6, 0.4])})


def leaves(people, by, place, profile, averaged_over, pencil):
    result = ips.describe(people, columns=["weeks"], by=by or None, id="id")
    ips.release({"r": result}, place, profile=profile, ledger=place.parent / "ledger.json", lang="en")
    if (place / "r.csv").exists():
        pencil.read(place / "r.csv", people, by, averaged_over)


@pytest.mark.parametrize("n", [*range(10, 24), 31, 50, 51])
def test_one_table_of_one_number_tells_of_nobody(n, tmp_path):
    frame = invented(n, n)
    pencil = Pencil(frame, "weeks")
    leaves(frame, "", tmp_path / "one", "dst-5", 5, pencil)
    assert pencil.holds()
    assert len(pencil.sums) >= 2
    assert pencil.told(5) == []


@pytest.mark.parametrize("n", [11, 14, 16])
def test_the_pencil_is_able_where_windows_are_judged_alone(n, tmp_path, monkeypatch):
    monkeypatch.setattr("ipseval.reporting.disclosure.numbers.windows.tells_few", lambda *_: False)
    frame = invented(n, n)
    pencil = Pencil(frame, "weeks")
    leaves(frame, "", tmp_path / "one", "dst-5", 5, pencil)
    assert pencil.told(5)


def test_all_quantiles_are_shown_where_there_are_enough_persons(tmp_path):
    frame = invented(50, 1)
    result = ips.describe(frame, columns=["weeks"], id="id")
    ips.release({"r": result}, tmp_path / "out", profile="dst-5", lang="en")
    rows = pd.read_csv(tmp_path / "out" / "r.csv")
    assert rows.loc[rows["line"] == "row", "Value"].notna().all()


def part(frame: pd.DataFrame, by: str, without: int) -> tuple[pd.DataFrame, str]:
    """Some of the people, and the column they are split by: all by arm, or one arm as a frame of its own."""
    people = frame if by in ("", "arm") else frame[frame["arm"] == by]
    return people.iloc[without:], "arm" if by == "arm" else ""


WAYS = st.lists(
    st.tuples(
        st.sampled_from(["", "arm", "a", "b"]), st.sampled_from([3, 5, 6]), st.sampled_from([0, 0, 2, 7])
    ),
    min_size=2,
    max_size=2,
)


@given(n=st.integers(14, 60), seed=st.integers(0, 10_000), ways=WAYS)
@settings(max_examples=40, deadline=None)
def test_two_releases_of_people_chosen_in_two_ways_tell_of_nobody(n, seed, ways, tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases")
    frame = invented(n, seed)
    pencil = Pencil(frame, "weeks")
    for number, (by, persons, without) in enumerate(ways):
        profile = f"dst-{persons}" if persons in (3, 5) else own_profile(folder, persons)
        leaves(*part(frame, by, without), folder / f"r{number}", profile, persons, pencil)
    if pencil.sums:
        assert pencil.holds()
        assert pencil.told(min(persons for _, persons, _ in ways)) == []


@given(
    n=st.integers(14, 60),
    seed=st.integers(0, 10_000),
    ways=st.lists(
        st.tuples(st.sampled_from(["", "arm", "a", "b"]), st.sampled_from([0, 1, 2, 7])),
        min_size=2,
        max_size=4,
        unique=True,
    ),
)
@settings(max_examples=40, deadline=None)
def test_tables_of_people_chosen_in_several_ways_in_one_release_tell_of_nobody(
    n, seed, ways, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("release")
    frame = invented(n, seed)
    pencil = Pencil(frame, "weeks")
    results = {}
    for number, (by, without) in enumerate(ways):
        people, split = part(frame, by, without)
        results[f"r{number}"] = ips.describe(people, columns=["weeks"], by=split or None, id="id")
    ips.release(results, folder / "out", profile="dst-5", lang="en")
    for number, (by, without) in enumerate(ways):
        if (folder / "out" / f"r{number}.csv").exists():
            people, split = part(frame, by, without)
            pencil.read(folder / "out" / f"r{number}.csv", people, split, 5)
    if pencil.sums:
        assert pencil.holds()
        assert pencil.told(5) == []


def test_a_second_release_under_other_rules_does_not_tell_one_person(tmp_path):
    frame = invented(40, 3)
    pencil = Pencil(frame, "weeks")
    leaves(frame, "", tmp_path / "first", "dst-5", 5, pencil)
    before = len(pencil.sums)
    leaves(frame, "", tmp_path / "second", own_profile(tmp_path, 6), 6, pencil)
    assert pencil.told(5) == []
    # The mean is out already, and may stand there again.
    assert len(pencil.sums) == before + 1


def test_the_same_release_again_shows_the_same(tmp_path):
    frame = invented(40, 3)
    pencil = Pencil(frame, "weeks")
    leaves(frame, "", tmp_path / "first", "dst-5", 5, pencil)
    before = len(pencil.sums)
    leaves(frame, "", tmp_path / "second", "dst-5", 5, pencil)
    assert len(pencil.sums) == 2 * before


@pytest.mark.parametrize(
    ("spans", "n", "few"),
    [
        ([(0, 5), (6, 11)], 11, True),
        ([(0, 5), (5, 10)], 10, False),
        ([(0, 5)], 9, True),
        ([(0, 5)], 10, False),
        ([(0, 5), (0, 6)], 40, True),
        ([(0, 5), (0, 10)], 40, False),
        ([(0, 5), (3, 8)], 40, False),
        ([(0, 5), (1, 6)], 40, True),
    ],
)
def test_a_combination_of_few_is_found(spans, n, few):
    assert tells_few(spans, n, 5) is few


def uneven_match(few: int):
    """Thirty treated with two controls each, some with one."""
    rng = np.random.default_rng(5)
    treated = [{"pnr": f"t{i}", "treated": 1, "x": i * 10.0} for i in range(30)]
    controls = [
        {"pnr": f"c{i}{j}", "treated": 0, "x": i * 10.0 + 0.1 * (j + 1)}
        for i in range(30)
        for j in range(1 if i < few else 2)
    ]
    frame = pd.DataFrame(treated + controls)
    frame["weeks"] = rng.integers(1, 52, len(frame)).astype(float)
    frame["job"] = np.tile([0, 1], len(frame))[: len(frame)]
    design = ips.match("treated ~ x", frame[["pnr", "treated", "x"]], id="pnr", ratio=2, caliper=0.05)
    matched = frame[frame["pnr"].isin(design.ids[design.weight > 0])]
    return frame, design, matched


def values(path: Path, outcome: str) -> dict[str, float]:
    rows = pd.read_csv(path)
    rows = rows[(rows["line"] == "row") & (rows["Outcome"] == outcome)]
    rows = rows[rows["Value"].notna()]
    groups = rows["Group"].astype(str) if "Group" in rows.columns else [""] * len(rows)
    return {f"{group}/{term}": v for group, term, v in zip(groups, rows["Term"], rows["Value"], strict=True)}


def counted_weights(design):
    control = design.weight[(design.d == 0) & (design.weight > 0)]
    return np.unique(np.round(control / control.min(), 6), return_counts=True)


@pytest.mark.parametrize("order", ["together", "effect first", "table first"])
def test_a_weighted_mean_beside_the_plain_one_does_not_tell_the_few_who_weigh_otherwise(order, tmp_path):
    frame, design, matched = uneven_match(2)
    _, counts = counted_weights(design)
    odd = int(counts.min())
    assert 0 < odd < 5
    effect = ips.effect(design, outcome="weeks", data=frame, id="pnr")
    table = ips.describe(matched, columns=["weeks"], by="treated", id="pnr")
    steps = {"effect": effect, "table": table}
    names = {"together": [["effect", "table"]], "effect first": [["effect"], ["table"]],
             "table first": [["table"], ["effect"]]}[order]  # fmt: skip
    out = {}
    for number, each in enumerate(names):
        place = tmp_path / f"r{number}"
        results = {name: steps[name] for name in each}
        ips.release(results, place, profile="dst-5", lang="en", ledger=tmp_path / "ledger.json")
        out |= {name: values(place / f"{name}.csv", "weeks") for name in each}
    weighted = any("control" in term for term in out["effect"]) or any(
        "difference" in term for term in out["effect"]
    )
    assert not (weighted and any(term.startswith("0") for term in out["table"]))
    assert weighted == (order == "effect first")


def test_an_effect_alone_and_again_is_shown_though_few_weigh_otherwise(tmp_path):
    frame, design, _ = uneven_match(2)
    effect = ips.effect(design, outcome="weeks", data=frame, id="pnr")
    for number in range(2):
        place = tmp_path / f"r{number}"
        ips.release({"e": effect}, place, profile="dst-5", lang="en", ledger=tmp_path / "ledger.json")
        assert {"/mean_control", "/difference"} <= set(values(place / "e.csv", "weeks"))


def test_of_yes_and_no_a_weighted_share_alone_would_tell_the_few(tmp_path):
    frame, design, _ = uneven_match(2)
    effect = ips.effect(design, outcome="job", data=frame, id="pnr")
    ips.release({"e": effect}, tmp_path / "out", profile="dst-5", lang="en")
    assert set(values(tmp_path / "out" / "e.csv", "job")) == {"/mean_treated"}


def test_many_who_weigh_otherwise_hide_nothing(tmp_path):
    frame, design, matched = uneven_match(12)
    results = {
        "weeks": ips.effect(design, outcome="weeks", data=frame, id="pnr"),
        "job": ips.effect(design, outcome="job", data=frame, id="pnr"),
        "table": ips.describe(matched, columns=["weeks"], by="treated", id="pnr"),
    }
    ips.release(results, tmp_path / "out", profile="dst-5", lang="en")
    for name in ("weeks", "job"):
        assert {"/mean_control", "/difference"} <= set(values(tmp_path / "out" / f"{name}.csv", name))
    assert any(term.startswith("0") for term in values(tmp_path / "out" / "table.csv", "weeks"))


def test_a_count_told_under_milder_rules_needs_a_person_under_stricter(tmp_path):
    frame = pd.DataFrame({"id": range(14), "job": [1] * 6 + [0] * 8})
    result = ips.describe(frame, columns=["job"], levels={"job": [0, 1]}, id="id")
    for name, profile in (("mild", "dst-5"), ("strict", own_profile(tmp_path, 10))):
        ips.release(
            {"r": result}, tmp_path / name, profile=profile, lang="en", ledger=tmp_path / "ledger.json"
        )
    rows = pd.read_csv(tmp_path / "strict" / "r.csv")
    rows = rows[(rows["line"] == "row") & (rows["Scale"] == "share")]
    assert rows["Count"].isna().all()
    assert rows["Value"].isna().all()
