"""Recovery, the two continua, norms, risks and trends: whom they count, and what of them may leave."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ScoringError
from ipseval.instruments import Norm
from reporting_disclosure import mixed as bundles
from reporting_disclosure.mixed_run import run_mixed


def released(results, place, profile="dst-3"):
    return ips.release(results, place / "out", profile=profile, lang="en").statuses()


@pytest.mark.parametrize("seed", [1, 8, 27])
def test_what_lies_between_movement_recovery_and_norm_is_not_told(seed, tmp_path):
    names = (("recovery__all", "movement__all", "norm__sex"), ("counts__sex__all", "odds__sex"))
    told, shown, _ = run_mixed(replace(bundles.mixed(seed), releases=names), tmp_path)
    assert not told
    assert shown


def pairs(before, after):
    return pd.DataFrame({"id": range(len(before)), "g0": before, "g1": after}, dtype=float)


def test_cases_who_are_all_but_two_hide_the_recovered_among_them(tmp_path):
    people = pairs([12] * 28 + [3] * 2, [4] * 14 + [12] * 14 + [3] * 2)
    found = ips.recovery(people, measures={"gad7": ("g0", "g1")}, id="id")
    status = released(found, tmp_path).set_index(found.estimates["term"])["status"]
    assert status["recovery"] != "ok"
    assert status["case_at_start"] != "ok"


def test_the_two_who_recovered_and_are_not_reliably_better_are_not_subtracted(tmp_path):
    """From 8 to 7 is below the threshold and no reliable change: 12 less 10 would tell the two."""
    people = pairs([12] * 10 + [8] * 2 + [12] * 20 + [3] * 10, [4] * 10 + [7] * 2 + [12] * 20 + [3] * 10)
    found = ips.recovery(people, measures={"gad7": ("g0", "g1")}, id="id")
    assert found.estimates["n_events"].tolist()[-2:] == [12, 10]
    status = released(found, tmp_path)["status"].tolist()
    assert status[-2:] != ["ok", "ok"]


def test_recovery_of_nobody_and_with_two_measures_says_whom_it_counts(tmp_path):
    none = ips.recovery(pairs([3] * 9, [3] * 9), measures={"gad7": ("g0", "g1")}, id="id")
    assert none.estimates["status"].tolist()[-1] == "refused"
    assert len(none.evidence.lines) == 5
    assert set(released(none, tmp_path)["status"]) == {"ok"}


def test_a_cell_of_two_in_the_continua_hides_another_also_beside_its_table(tmp_path):
    people = pd.DataFrame({"id": range(60), "w": [80.0] * 30 + [20.0] * 20 + [80.0] * 8 + [20.0] * 2})
    people["ill"] = [0] * 50 + [1] * 10
    shares = ips.continua_shares(people, who5="w", diagnosis="ill", id="id")
    ill = ips.describe(people, columns=["ill"], id="id", levels={"ill": [0, 1]})
    statuses = released({"shares": shares, "ill": ill}, tmp_path)
    hidden = statuses[(statuses["result"] == "shares") & (statuses["status"] != "ok")]
    assert len(hidden) >= 2
    # Who is ill is known from the table, so that one more of the ill cannot be the only other.
    assert set(shares.estimates["term"][hidden["row"]]) >= {"ill_less_good", "ill_good"}


def test_continua_of_a_person_twice_are_refused():
    people = pd.DataFrame({"id": [1, 1], "w": [80.0, 20.0], "ill": [0, 1]})
    with pytest.raises(ScoringError, match="more than once in 1"):
        ips.continua_shares(people, who5="w", diagnosis="ill", id="id")


def test_who_stayed_is_the_diagonal_and_few_who_moved_are_not_told(tmp_path):
    kind = pd.CategoricalDtype(["a", "b"])
    people = pd.DataFrame({"before": ["a"] * 20 + ["b"] * 20, "after": ["a"] * 19 + ["b"] * 21}, dtype=kind)
    found = ips.continua_movement(people, before="before", after="after")
    status = released(found, tmp_path)["status"].tolist()
    assert status[:2].count("ok") == 0
    assert status[-1] != "ok"


def test_a_mean_beside_a_norm_goes_with_its_small_group(tmp_path):
    people = pd.DataFrame({"id": range(40), "score": np.arange(40.0), "sex": ["f"] * 38 + ["m"] * 2})
    norm = Norm(20.0, 10.0, "everybody", "invented")
    parts = ips.compare_with_norm(people, score="score", norm=norm, by="sex", id="id")
    whole = ips.compare_with_norm(people, score="score", norm=norm, id="id")
    statuses = released({"parts": parts, "whole": whole}, tmp_path)
    assert (statuses.loc[statuses["result"] == "parts", "status"] != "ok").all()
    assert (statuses.loc[statuses["result"] == "whole", "status"] == "ok").all()


def risks(n=80, events=30):
    rng = np.random.default_rng(2)
    age, job = rng.normal(24, 3, n), (np.arange(n) < events).astype(int)
    return pd.DataFrame({"risk": rng.uniform(0.1, 0.6, n), "age": age, "job": job})


def test_places_of_two_with_the_event_do_not_leave(tmp_path):
    many, few = risks(), risks(events=2)
    assert set(released(ips.discrimination(many, outcome="job", predicted="risk"), tmp_path)["status"]) == {
        "ok"
    }
    statuses = released(ips.discrimination(few, outcome="job", predicted="risk"), tmp_path / "few")
    assert set(statuses["status"]) == {"hidden"}


def test_measures_of_few_different_risks_are_a_table_of_risk_by_outcome(tmp_path):
    people = risks()
    people["risk"] = [0.5] * 2 + [0.3] * 14 + [0.2] * 44 + [0.3] * 20
    statuses = released(ips.discrimination(people, outcome="job", predicted="risk"), tmp_path)
    assert set(statuses["why"]) == {"release_rare_value"}
    fitted = ips.calibration("job ~ C(part)", people.assign(part=["a"] * 2 + ["b"] * 58 + ["c"] * 20))
    assert not (
        (released(fitted, tmp_path / "fitted")["why"] == "") & fitted.estimates["estimate"].notna()
    ).any()
    whole = ips.calibration("job ~ age", people)
    assert set(released(whole, tmp_path / "whole")["status"]) == {"ok"}


def forms(persons, longest=0):
    """Three forms a month apart of each; of the first two the last comes `longest` days later."""
    rng = np.random.default_rng(1)
    days = np.tile([0.0, 30, 60], persons)
    days[[2, 5]] += longest
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D")
    return pd.DataFrame(
        {"id": np.repeat(range(persons), 3), "date": dates, "s": rng.integers(0, 9, 3 * persons) * 1.0}
    )


def test_a_trend_leaves_where_no_two_persons_hold_it(tmp_path):
    asked = {"scores": ["s"], "id": "id", "date": "date"}
    assert released(ips.progression(forms(30), **asked), tmp_path)["status"].tolist() == ["ok"]
    held = released(ips.progression(forms(30, 900), **asked), tmp_path / "held")
    assert held["why"].tolist() == ["release_dominated"]
    few = released(ips.progression(forms(8), **asked), tmp_path / "few")
    assert few["why"].tolist() == ["release_model_df"]
    still = forms(30).assign(s=4.0)
    assert released(ips.progression(still, **asked), tmp_path / "still")["status"].tolist() != ["ok"]
