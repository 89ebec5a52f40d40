"""Balance tables, pooled results, and people left out of a comparison: whom they count, and what may leave."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.evidence import where

RARE = [0, 2, 3]
"""Those who live in the small area: one of them treated."""


@pytest.fixture
def people():
    rng = np.random.default_rng(4)
    n = 160
    arm = np.arange(n) % 2
    frame = pd.DataFrame(
        {
            "id": range(n),
            "arm": arm,
            "sex": rng.choice(["f", "m"], n),
            "age": rng.normal(25, 4, n).round(1) + 2 * arm,
            "area": rng.choice(["n", "s"], n),
            "start": rng.normal(10, 3, n),
            "job": (rng.random(n) < 0.3).astype(float),
        }
    )
    frame.loc[RARE, "area"] = "o"
    return frame


def statuses(results, place, profile="dst-5"):
    return ips.release(results, place, profile=profile, lang="en").statuses()


def test_a_balance_table_is_judged_and_a_rare_covariate_of_it_hidden(people, tmp_path):
    design = ips.match("arm ~ age + sex + area", people, id="id")
    made = design.balance()
    found = statuses(made, tmp_path / "out")
    rare = made.estimates["term"].eq("area[o]").to_numpy()
    assert rare.sum() == 2
    assert set(found["status"][rare]) == {"hidden"}
    assert set(found["why"][rare]) == {"release_rare_value"}
    assert set(found["status"][~rare]) == {"ok"}


def test_a_covariate_of_a_balance_table_is_the_column_of_other_tables(people, tmp_path):
    """The dummy of an area and the area itself: a count beside shares of it that are hidden stays hidden."""
    design = ips.match("arm ~ age + sex + area", people, id="id")
    table = ips.describe(people, columns=["area"], by="arm", id="id", levels={"area": ["n", "o", "s"]})
    out = ips.release([design.balance(), table], tmp_path / "out", profile="dst-5")
    evidence = out.results["balance_1"].evidence
    ours = {count.where: count.n for count in evidence.counts}
    assert ours[where(("arm", "1"), ("area[o]", "1"))] == 1
    # One cell under two names.
    graph = out.judged.graph
    keys = {
        graph.key(evidence.population, where(("arm", "1"), (name, code)))
        for name, code in (("area[o]", "1"), ("area", "o"))
    }
    assert len(keys) == 1
    assert keys <= out.judged.hidden


def test_squares_and_products_are_counted_by_the_values_that_they_have(people, tmp_path):
    design = ips.match("arm ~ age + sex", people, id="id")
    made = design.balance(squares=True)
    assert len(made.estimates) > len(design.balance().estimates)
    assert set(statuses(made, tmp_path / "out")["status"]) == {"ok"}


def test_a_balance_table_without_its_people_needs_a_person(people, tmp_path):
    design = ips.match("arm ~ age + sex", people.copy(), id="id")
    made = design.balance()
    assert made.evidence is None
    assert set(statuses(made, tmp_path / "one")["why"]) == {"release_no_evidence"}
    assert set(statuses(design.balance(data=people), tmp_path / "two")["status"]) == {"ok"}


def test_the_few_who_were_not_matched_are_not_told_by_a_difference_before_and_after(people, tmp_path):
    """Two are left out: the mean of all and that of those matched would tell theirs."""
    more = people.iloc[:-4:2]
    unlike = pd.concat([more, people.iloc[1::2]])
    for number, covariates in enumerate(("age + sex", "age")):
        made = ips.match(f"arm ~ {covariates}", unlike, id="id").balance()
        rows = made.estimates
        assert 0 < int(rows["n"].max() - rows["n"].min()) < 5
        found = statuses(made, tmp_path / str(number))
        after = rows["group"].eq("after").to_numpy()
        assert set(found["status"][after]) == {"hidden_to_protect"}
        assert set(found["status"][~after]) == {"ok"}


def missing(people, column, rows):
    return people.assign(**{column: people[column].mask(people.index.isin(rows))})


def test_pooled_numbers_are_judged_by_those_who_answered(people, tmp_path):
    filled = ips.impute(
        missing(people, "job", range(20)), columns=["job", "arm", "age", "sex", "start"], m=3, seed=1
    )
    made = filled.pool(lambda frame: ips.effect(frame, outcome="job", treatment="arm", id="id"))
    assert set(made.estimates["n"]) <= {160, 80}
    assert set(statuses(made, tmp_path / "out")["status"]) == {"ok"}


def test_a_pooled_share_of_which_two_are_persons_is_hidden(people, tmp_path):
    """Among the controls two are known to have a job; that the filled ones are nobody's makes them no more."""
    rare = people.assign(job=people["job"].where(people["arm"] == 1, 0.0))
    rare.loc[[0, 2], "job"] = 1.0
    filled = ips.impute(
        missing(rare, "job", range(100, 160)), columns=["job", "arm", "age", "sex"], m=3, seed=1
    )
    made = filled.pool(lambda frame: ips.effect(frame, outcome="job", treatment="arm", id="id"))
    found = statuses(made, tmp_path / "out").set_index(made.estimates["term"])["status"]
    assert found["mean_control"] == "hidden"
    assert "ok" not in set(found[made.estimates.set_index("term")["contrast"].ne("")])


def test_results_pooled_by_hand_need_a_person(people, tmp_path):
    filled = ips.impute(missing(people, "job", range(20)), columns=["job", "arm", "age"], m=3, seed=1)
    each = [ips.effect(frame, outcome="job", treatment="arm", id="id") for frame in filled.frames]
    assert set(statuses(ips.pool(each), tmp_path / "out")["why"]) == {"release_no_evidence"}


def test_the_arms_of_those_left_out_are_known_and_what_they_answered_is_not(people, tmp_path):
    """Three lack an age.  Of the people with a job two of them: all with a job less those counted."""
    lacking = people.index[(people["job"] == 1) & (people["arm"] == 1)][:2]
    more = people.index[(people["job"] == 0) & (people["arm"] == 1)][:1]
    frame = missing(people, "age", [*lacking, *more]).astype({"job": int})
    table = ips.describe(frame, columns=["job"], by="arm", id="id", levels={"job": [0, 1]})
    adjusted = ips.effect(frame, outcome="job", treatment="arm", covariates=["age"], id="id")
    out = ips.release([table, adjusted], tmp_path / "out", profile="dst-5")
    rows, known = table.estimates, adjusted.estimates
    whole = next(
        fate.n_events
        for row, fate in zip(rows.to_dict("records"), out.judged.fates[0], strict=True)
        if (row["group"], row["term"]) == ("1", "1")
    )
    inside = [
        fate
        for row, fate in zip(known.to_dict("records"), out.judged.fates[1], strict=True)
        if row["term"] == "mean_treated"
    ]
    assert len(inside) == 1
    assert whole is None or inside[0].estimate is None
    assert not out.judged.exposed


def test_evidence_names_the_column_that_people_are_left_out_by(people):
    frame = missing(people, "age", [1, 3])
    made = ips.effect(frame, outcome="job", treatment="arm", covariates=["age"], id="id")
    counts = {count.where: count.n for count in made.evidence.counts}
    left = {place: n for place, n in counts.items() if any(name.endswith(":missing") for name, _ in place)}
    assert sorted(left.values()) == [2, 2]
    assert {frozenset(c for c in place if c[0] == "arm") for place in left} == {where(), where(("arm", "1"))}


def test_what_few_answered_who_are_left_out_is_guarded_where_it_may_not_be_told(people):
    frame = missing(people, "age", [1, 3]).assign(job=people["job"].astype(int))
    made = ips.effect(frame, outcome="job", treatment="arm", covariates=["age"], id="id")
    rest = [c for c in made.evidence.counts if any(name.endswith(":rest") for name, _ in c.where)]
    assert rest
    assert all(any(name == "job" for name, _ in count.where) for count in rest)
