"""What a release refuses, what it writes, and what it remembers."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DisclosureError, IpsevalError, ReportError
from ipseval.core.result import Base
from ipseval.reporting.disclosure.curves import kept_points
from ipseval.reporting.disclosure.profiles import load_profile, profile_names

CANARY = "070761-4285"


@pytest.fixture
def people():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "id": range(60),
            "a": ["x"] * 30 + ["y"] * 20 + ["z"] * 8 + ["w"] * 2,
            "g": rng.choice(["f", "m"], 60),
            "v": rng.normal(50, 10, 60),
        }
    )


def test_a_frame_is_refused_because_it_has_no_evidence(people, tmp_path):
    with pytest.raises(DisclosureError, match="is a DataFrame and carries no evidence"):
        ips.release(people, tmp_path / "out")
    with pytest.raises(DisclosureError, match="is a DataFrame"):
        ips.release([people], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_notebook_shows_what_became_of_the_rows_and_no_number(people, tmp_path):
    released = ips.release(
        {"by a": ips.describe(people, columns=["a"], id="id")}, tmp_path / "out", profile="dst-5"
    )
    shown = released._repr_html_()
    statuses = released.statuses()["status"].value_counts()
    assert statuses["hidden"] >= 1
    assert all(f"<td>{status}</td>\n      <td>{n}</td>" in shown for status, n in statuses.items())
    assert "0.0333" not in shown


def test_a_figure_is_refused_with_what_to_do(people, tmp_path):
    figure = ips.count_bars(ips.describe(people, columns=["a"]))
    with pytest.raises(DisclosureError, match="its marks may be persons"):
        ips.release(figure, tmp_path / "out")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"profile": "dst-4"}, "did you mean 'dst-"),
        ({"method": "blur"}, "method="),
        ({"lang": "de"}, "lang="),
        ({"inside": [("nobody", "in_frame")]}, "inside= names 'nobody'"),
    ],
)
def test_wrong_options_are_one_sentence(people, tmp_path, given, said):
    with pytest.raises(DisclosureError, match=said) as told:
        ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", **given)
    assert str(told.value).count("\n") == 0
    assert not (tmp_path / "out").exists()


def test_bases_that_contradict_one_another_are_refused(people, tmp_path):
    from dataclasses import replace

    whole = ips.describe(people, columns=["a"], id="id")
    counts = tuple(replace(c, n=61) if not c.where else c for c in whole.evidence.counts)
    assert counts != whole.evidence.counts
    other = replace(whole, evidence=replace(whole.evidence, counts=counts))
    with pytest.raises(DisclosureError, match="different sizes"):
        ips.release([whole, other], tmp_path / "out")
    small = replace(ips.describe(people.iloc[:40], columns=["a"], id="id"), base=Base("finished", 40))
    with pytest.raises(DisclosureError, match="said to lie inside"):
        ips.release([whole, small], tmp_path / "out", inside=[("in_frame", "finished")])


def test_the_folder_is_replaced_whole_and_only_where_a_release_made_it(people, tmp_path):
    result = ips.describe(people, columns=["a"])
    ips.release({"first": result}, tmp_path / "out")
    with pytest.raises(
        ReportError, match="holds an earlier release: choose a new folder, or say replace=True"
    ):
        ips.release({"second": result}, tmp_path / "out")
    assert (tmp_path / "out" / "first.csv").exists()
    ips.release({"second": result}, tmp_path / "out", replace=True)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"second.csv", "index.html", "evidence.json"}
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(ReportError, match="no release made"):
        ips.release(result, foreign)
    assert (foreign / "notes.txt").read_text(encoding="utf-8") == "keep"
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_what_leaves_does_not_say_which_hidden_count_is_small(people, tmp_path):
    out = ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile="dst-3", lang="en")
    status = out.statuses().set_index("row")["status"]
    assert sorted(status[status != "ok"]) == ["hidden", "hidden_to_protect"]
    for path in out.folder.iterdir():
        assert "to protect another" not in path.read_text(encoding="utf-8-sig")
    checker = (out.checker / "checker.html").read_text(encoding="utf-8")
    assert "hidden to protect another" in checker
    if os.name == "posix":
        assert out.checker.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_hidden_row_has_a_sentence(people, tmp_path, lang):
    out = ips.release(ips.describe(people, columns=["a", "v"]), tmp_path / "out", profile="dst-5", lang=lang)
    text = (out.checker / "checker.html").read_text(encoding="utf-8")
    head = {"da": r"Række(?:rne)?", "en": "Rows?"}[lang]
    told = set()
    for spans in re.findall(rf"{head} ([\d, -]+) \(", text):
        for low, _, high in (part.partition("-") for part in spans.split(", ")):
            told |= set(range(int(low), int(high or low) + 1))
    assert told == set(out.statuses().query("status != 'ok'")["row"] + 1)


def test_personal_data_in_a_code_stops_the_release(tmp_path):
    frame = pd.DataFrame({"a": [CANARY] * 20 + ["y"] * 20})
    with pytest.raises(DisclosureError, match="look like personal data") as told:
        ips.release(ips.describe(frame, columns=["a"]), tmp_path / "out")
    assert CANARY not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_small_staff_survey_and_a_small_base_do_not_leave(people, tmp_path):
    from dataclasses import replace

    staff = replace(ips.describe(people.iloc[:8], columns=["a"]), base=Base("in_frame", 8, unit="staff"))
    few = ips.describe(people.iloc[:2], columns=["a"])
    out = ips.release(
        {"staff": staff, "few": few, "all": ips.describe(people, columns=["g"])}, tmp_path / "out"
    )
    assert {p.stem for p in out.folder.glob("*.csv")} == {"all"}
    assert out.judged.refused == ("release_staff", "release_small_base", "")


def test_means_of_bases_that_differ_by_few_are_not_both_shown(people, tmp_path):
    results = {f"n{n}": ips.describe(people.iloc[:n], columns=["v"], id="id") for n in (43, 40, 34)}
    out = ips.release(results, tmp_path / "out", profile="dst-5")
    status = out.statuses().query("row == 0").set_index("result")["status"]
    assert dict(status) == {"n43": "ok", "n40": "hidden_to_protect", "n34": "ok"}


def test_the_mean_of_a_small_group_cannot_be_subtracted(people, tmp_path):
    frame = people.assign(g=["f"] * 30 + ["m"] * 27 + ["x"] * 3)
    out = ips.release(
        {"by": ips.describe(frame, columns=["v"], by="g"), "all": ips.describe(frame, columns=["v"])},
        tmp_path / "out", profile="dst-5",
    )  # fmt: skip
    shown = out.judged.fates
    groups = [shown[0][at].estimate is not None for at in (0, 7, 14)]
    assert groups.count(True) + (shown[1][0].estimate is not None) <= 2
    assert not groups[2]


def test_a_sum_that_two_hold_is_hidden(tmp_path):
    frame = pd.DataFrame({"v": [9000.0, 8000.0, *[10.0, 12.0] * 10]})
    out = ips.release(ips.describe(frame, columns=["v"]), tmp_path / "out", profile="dst-3")
    assert out.statuses().loc[0, "why"] == "release_dominated"


def test_numbers_of_everybody_alike_or_of_a_rare_value_are_hidden(tmp_path):
    frame = pd.DataFrame({"same": [7.0] * 30, "rare": [0.0] * 28 + [1.0] * 2})
    out = ips.release(ips.describe(frame, columns=["same", "rare"]), tmp_path / "out", profile="dst-3")
    assert set(out.statuses().loc[:6, "why"]) == {"release_all_equal"}
    assert set(out.statuses().loc[7:, "why"]) == {"release_rare_value"}


def test_a_later_release_cannot_undo_an_earlier_one(people, tmp_path):
    ledger = tmp_path / "ledger.json"
    cross = ips.describe(people, columns=["a"], by="g", id="id")
    ips.release(cross, tmp_path / "one", profile="dst-3", ledger=ledger)
    alone = ips.release(
        ips.describe(people, columns=["a"], id="id"), tmp_path / "two", profile="dst-3", ledger=ledger
    )
    assert len(json.loads(ledger.read_text(encoding="utf-8"))["entries"]) == 2
    assert not alone.judged.exposed
    if os.name == "posix":
        assert ledger.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("how", ["count", "cut", "broken"])
def test_a_ledger_changed_by_hand_is_refused(people, tmp_path, how):
    ledger = tmp_path / "ledger.json"
    for name in ("one", "two"):
        ips.release(ips.describe(people, columns=["a"], id="id"), tmp_path / name, ledger=ledger)
    told = json.loads(ledger.read_text(encoding="utf-8"))
    if how == "count":
        told["entries"][0]["counts"][0]["n"] += 1
    elif how == "cut":
        del told["entries"][0]
    ledger.write_text("{" if how == "broken" else json.dumps(told), encoding="utf-8")
    with pytest.raises(DisclosureError, match=r"ledger ledger\.json"):
        ips.release(ips.describe(people, columns=["g"], id="id"), tmp_path / "three", ledger=ledger)


def test_the_ledger_may_not_lie_in_the_folder_that_leaves(people, tmp_path):
    with pytest.raises(DisclosureError, match="keep it elsewhere"):
        ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", ledger=tmp_path / "out" / "l.json")


def test_profiles_say_where_they_come_from_and_faults_are_told(tmp_path):
    assert profile_names() == ["dst-3", "dst-5", "report-5", "sds-5"]
    for name in profile_names():
        rules = load_profile(name)
        assert rules.source
        assert rules.date
    wrong = tmp_path / "p.yaml"
    wrong.write_text("- a\n", encoding="utf-8")
    with pytest.raises(IpsevalError, match="not a mapping"):
        load_profile(wrong)


def test_steps_of_a_curve_gather_events():
    points = [(1, 0, 40), (2, 1, 39), (3, 3, 37), (4, 7, 33), (5, 8, 12), (6, 12, 2)]
    assert kept_points(points, 3) == {1, 3, 4}


def test_a_curve_leaves_only_with_the_points_that_enough_lie_between(tmp_path):
    months = [1] * 6 + [2] * 1 + [3] * 6 + [4] * 8 + [5] * 2
    people = pd.DataFrame({"id": range(63), "t": months + [9] * 40, "job": [1] * 23 + [0] * 40})
    curve = ips.time_to_event(people, duration="t", event="job", id="id", times=[1, 2, 3, 4, 5, 9])
    out = ips.release(curve, tmp_path / "out", profile="dst-5", lang="en")
    fates = dict(zip(curve.estimates["contrast"], out.judged.fates[0], strict=False))
    assert [fates[t].estimate is not None for t in ("1", "2", "3", "4", "5")] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert out.statuses().loc[1, "why"] in ("release_step", "release_derived", "release_model_cell")


def test_bars_of_too_few_are_refused():
    few = pd.DataFrame({"v": [0.5, 1.5], "g": ["a", "b"]})
    for by in (None, "g"):
        with pytest.raises(IpsevalError, match="leave the group out"):
            ips.histogram(few, column="v", edges=[0, 1, 2], by=by, least=3)


def test_a_story_is_never_ok_and_is_not_repeated(people):
    text = "Maja, 19 år, begyndte 3. marts i Netto efter en indlæggelse på Klinik Nord og var gravid."
    found = ips.story_checklist(text, people=people, traits={"a": "w"}, least=5)
    assert "ok" not in set(found["status"])
    assert (
        found.set_index("check")["hits"].loc[["date", "age", "employer", "clinic", "rare_event"]] > 0
    ).all()
    assert found.iloc[-1].tolist() == ["people_who_share_it", 2, "hidden"]
    assert "Maja" not in found.to_string()


def test_the_banner_stands_on_both_pages_and_first_in_the_record(people, tmp_path):
    said = "Invented persons; nothing here is about anybody."
    out = ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", banner=said, lang="en")
    for page in (out.folder / "index.html", out.checker / "checker.html"):
        text = page.read_text(encoding="utf-8")
        assert text.index(said) < text.index("<h2")
    record = json.loads((out.folder / "evidence.json").read_text(encoding="utf-8"))
    assert next(iter(record.items())) == ("banner", said)
    assert "describe_1.csv" in (out.folder / "index.html").read_text(encoding="utf-8")
    plain = ips.release(ips.describe(people, columns=["a"]), tmp_path / "plain")
    assert "banner" not in json.loads((plain.folder / "evidence.json").read_text(encoding="utf-8"))


def test_pages_speak_in_the_words_of_the_study_and_of_the_house(people, tmp_path):
    labels = ips.Labels(
        names={"a": {"da": "Svar", "en": "Answer"}},
        values={
            "a": {"x": {"da": "ja tak", "en": "yes please"}},
            "g": {"f": {"da": "kvinder", "en": "women"}},
        },
    )
    result = ips.describe(people, columns=["a", "v"], by="g")
    out = ips.release(result, tmp_path / "out", profile="dst-3", labels=labels, lang="da")
    text = (out.folder / "index.html").read_text(encoding="utf-8")
    assert all(word in text for word in ("Svar", "ja tak", "kvinder", "Gennemsnit"))
    assert ">mean<" not in text
    assert ";mean;" in (out.folder / "describe_1.csv").read_text(encoding="utf-8-sig")
    checker = (out.checker / "checker.html").read_text(encoding="utf-8")
    assert "True" not in checker
    assert "Intet mønster skjuler mindre" in checker


def test_nothing_small_is_told_as_that(tmp_path):
    frame = pd.DataFrame({"a": ["x"] * 20 + ["y"] * 20})
    out = ips.release(ips.describe(frame, columns=["a"]), tmp_path / "out", profile="dst-3", lang="en")
    assert "nothing needed protection" in (out.checker / "checker.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("register", ["PSYK_ADM", "lpr3_kontakter"])
def test_a_profile_laxer_than_a_source_register_is_refused(people, tmp_path, register):
    from dataclasses import replace

    plain = ips.describe(people, columns=["g"])
    result = replace(plain, base=replace(plain.base, registers=("BEF", register)))
    with pytest.raises(DisclosureError, match=f"{register} demand.* at least 5: choose 'sds-5'"):
        ips.release(result, tmp_path / "out", profile="dst-3")
    assert ips.release(result, tmp_path / "out", profile="dst-5").profile.persons == 5


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_command_writes_a_page_on_printed_numbers(tmp_path, lang):
    import yaml
    from typer.testing import CliRunner

    from ipseval.cli import app

    rows = [{"label": "a", "count": 30}, {"label": "b", "count": 8}, {"label": "c", "count": 2}]
    told = {"bases": {"all": {"n": 40}}, "tables": [{"id": "t1", "base": "all", "rows": rows}]}
    (tmp_path / "printed.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    page = tmp_path / "page.html"
    given = ["release", str(tmp_path / "printed.yaml"), "--profile", "dst-3", "--out", str(page)]
    done = CliRunner().invoke(app, [*given, "--language", lang])
    assert done.exit_code == 0, done.output
    assert "3 printed numbers, of which 2" in done.output
    assert {"da": "skjult for at beskytte", "en": "hidden to protect"}[lang] in page.read_text(
        encoding="utf-8"
    )
    wrong = CliRunner().invoke(app, [*given[:3], "dst-4", "--out", str(page)])
    assert wrong.exit_code == 1
