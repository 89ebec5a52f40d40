"""What the pages say of the release itself: whose profile, which ledger, what to sign off, what nobody checked."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
import yaml

import ipseval as ips
from ipseval.core.errors import DisclosureError
from ipseval.core.language import say
from ipseval.core.resources import data_root
from ipseval.reporting.disclosure.fate import HIDDEN, OK, PERSON, Fate
from ipseval.reporting.disclosure.profiles import load_profile, profile_names
from ipseval.reporting.release_files import status_in_words

OURS = {"id": "ours", "said": {"da": "Vores regler", "en": "Our rules"}}


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "id": range(60),
            "a": ["x"] * 30 + ["y"] * 20 + ["z"] * 8 + ["w"] * 2,
            "v": np.random.default_rng(5).normal(50, 10, 60),
        }
    )


def profile_file(folder, **changed):
    told = yaml.safe_load((data_root() / "profiles" / "dst-5.yaml").read_text(encoding="utf-8"))
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**told, **changed}), encoding="utf-8")
    return path


def texts(out):
    """Words of the page that leaves and of the checker's page."""
    pages = (out.folder / "index.html", out.checker / "checker.html")
    return [unescape(re.sub("<[^>]+>", " ", page.read_text(encoding="utf-8"))) for page in pages]


def part(text, begins, ends):
    """What stands on the page between two headings, the list of contents apart."""
    return text.rsplit(begins, 1)[1].split(ends)[0]


def record(out):
    return json.loads((out.folder / "evidence.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("id", ["dst-5", "DST-3", " sds_5 ", "dst‑5", "report５"])
def test_a_file_of_ones_own_cannot_call_itself_by_the_name_of_a_packaged_profile(people, tmp_path, id):
    own = profile_file(tmp_path, **OURS | {"id": id, "persons": 2})
    with pytest.raises(DisclosureError, match="the name of a packaged profile"):
        ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile=own)
    assert not (tmp_path / "out").exists()


def test_a_file_of_ones_own_cannot_speak_for_a_register_owner(people, tmp_path):
    own = profile_file(tmp_path, id="ours", persons=2)
    with pytest.raises(DisclosureError, match="speaks in the words of dst-3"):
        ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile=own)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"said": {"da": "mindst 5", "en": "at least 5"}}, "without figures"),
        ({"said": {"da": "os"}}, "exactly da and en"),
        ({"missing": "maybe"}, "missing must be open or protected"),
        ({"persons": 1}, "persons must be a whole number of at least 2"),
        ({"digest": "abc"}, "'digest' is no field"),
    ],
)
def test_faults_of_a_profile_are_named(tmp_path, changed, said):
    with pytest.raises(DisclosureError, match=said):
        load_profile(profile_file(tmp_path, **OURS | changed))
    assert load_profile(profile_file(tmp_path, **OURS, missing="protected")).missing == "protected"


@pytest.mark.parametrize(
    ("lang", "says", "least"),
    [
        ("da", "EGEN PROFIL ours, ikke en registerejers", "mindst 2 personer"),
        ("en", "OWN PROFILE ours, not a register owner's", "at least 2 persons"),
    ],
)
def test_both_pages_say_that_a_profile_is_ones_own_and_whose_numbers_it_has(
    people, tmp_path, lang, says, least
):
    own = profile_file(tmp_path, **OURS, persons=2)
    out = ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile=own, lang=lang)
    for text in texts(out):
        assert says in text
        assert least in text
        assert out.profile.digest[:12] in text
        assert not re.search("Danmarks Statistik|Statistics Denmark", text)
    told = record(out)
    assert (told["profile"], told["profile_is"], told["thresholds"]["persons"]) == ("ours", "own profile", 2)
    assert told["profile_sha256"] == out.profile.digest
    own.write_text(own.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load_profile(own).digest != out.profile.digest


def test_packaged_profiles_say_the_threshold_that_they_have():
    for name in profile_names():
        rules = load_profile(name)
        assert not rules.own
        assert re.findall(r"\d+", rules.sentence("da")) == [str(rules.persons)]
        assert rules.sentence("en").endswith(f"at least {rules.persons} persons behind every number")


def test_both_pages_and_the_record_say_which_earlier_releases_were_taken_into_account(people, tmp_path):
    result, book = ips.describe(people, columns=["a"], id="id"), tmp_path / "ledger.json"
    none = ips.release(result, tmp_path / "none", lang="en")
    first, *_, last = (
        ips.release(result, tmp_path / f"out{k}", lang="en", ledger=book) for k in range(3)
    )  # fmt: skip
    book.rename(tmp_path / "lost.json")
    anew = ips.release(result, tmp_path / "anew", lang="en", ledger=book)
    for out, line, n in (
        (none, "No ledger: earlier releases are not taken into account.", 0),
        (first, "The ledger begins here: it knows no earlier releases.", 0),
        (last, "Earlier releases taken into account: 2.", 2),
        (anew, "The ledger begins here: it knows no earlier releases.", 0),
    ):
        assert all(line in text for text in texts(out))
        assert record(out)["earlier_releases"] == line
        assert record(out)["earlier_releases_taken_into_account"] == n


def test_the_list_to_sign_off_stands_first_and_says_what_was_used(people, tmp_path):
    from dataclasses import replace

    plain = ips.describe(people, columns=["a"], id="id")
    result = replace(plain, base=replace(plain.base, registers=("PSYK_ADM", "BEF")))
    out = ips.release(result, tmp_path / "out", profile="sds-5", lang="en", ledger=tmp_path / "l.json")
    told, text = record(out), texts(out)[1]
    assert text.index("To sign off") < text.index("What a person must look at")
    signed = part(text, "To sign off", "What a person must look at")
    assert f"Attacks computed: {out.judged.attacked}. None succeeded." in signed
    assert out.judged.attacked > 0
    wanted = ["Registers: BEF, PSYK_ADM.", told["code"], told["profile_sha256"], told["ledger"], "sds-5"]
    wanted += [f"ipseval {ips.__version__}", "Rows: 4, of which 2 with something hidden and 0 that need"]
    assert [each for each in wanted if each not in signed] == []
    assert re.search(r"Date: \d{4}-\d\d-\d\d\.", signed)
    assert "the results name none" not in signed


def test_what_a_person_must_look_at_is_what_is_in_the_release(people, tmp_path):
    labels = ips.Labels(values={"a": {"x": {"da": "ja", "en": "yes"}}})
    same = people.assign(s="often", a=people["a"].replace({"w": "Maren of Netto"}))
    story = {"case one": ips.story_checklist("Hun er 19 år og begyndte 3. marts.")}
    unknown = ips.two_by_two(10, 20, 12, 18)
    out = ips.release(
        {"same": ips.describe(same, columns=["s", "a"], id="id"), "hand": unknown},
        tmp_path / "out", lang="en", stories=story, labels=labels,
    )  # fmt: skip
    looked = part(texts(out)[1], "What a person must look at", "What was not checked")
    n = len(unknown.estimates)
    assert f"hand: {n} row(s) need a person (1-{n}): the result does not say who was counted" in looked
    assert "same: 1 row(s) in which everybody gave the same answer (1)" in looked
    assert "Story or quotation case one: 2 finding(s)" in looked
    said = re.findall("“([^”]+)”", looked)
    assert {"often", "Maren of Netto", "y"} <= set(said)
    assert not {"x", "yes"} & set(said)


def test_where_nothing_needs_a_person_that_is_said(tmp_path):
    frame = pd.DataFrame({"id": range(40), "a": [1] * 20 + [2] * 20})
    result = ips.describe(frame, columns=["a"], id="id", levels={"a": [1, 2]})
    text = texts(ips.release(result, tmp_path / "out", lang="en"))[1]
    assert "Nothing in this release" in part(text, "What a person must look at", "What was not checked")


def test_limits_are_those_of_this_release(people, tmp_path):
    twice = pd.concat([people.assign(w="early"), people.assign(w="late")])
    results = {
        "known": ips.describe(people, columns=["a"], id="id"),
        "twice": ips.describe(twice, columns=["a"], by="w", id="id"),
        "nameless": ips.describe(people, columns=["a"]),
    }
    first, second = (
        ips.release(results, tmp_path / name, lang="en", ledger=tmp_path / "l.json") for name in ("a", "b")
    )
    limits = [part(texts(out)[1], "What was not checked", "Scan of the files") for out in (first, second)]
    for text in limits:
        assert "Recodes in twice:" in text
        assert "nameless: made without id=" in text
    assert ["Releases before this one." in text for text in limits] == [True, False]
    alone = ips.release(results["known"], tmp_path / "c", lang="en")
    assert not re.search("Recodes in|made without", part(texts(alone)[1], "What was not checked", "Scan of"))


SHARE = {"n_events": 3.0, "n": 9.0, "estimate": 1 / 3, "scale": "share"}


@pytest.mark.parametrize(
    ("source", "fate", "said"),
    [
        (SHARE, Fate(None, 3, None, False, "hidden"), "hidden: n and share"),
        (SHARE, Fate(9, None, None, False, "hidden"), "hidden: count and share"),
        (SHARE, Fate(9, 3, None, False, "hidden"), "hidden: share"),
        (SHARE, Fate(None, None, None, False, "hidden"), "hidden"),
        (SHARE, Fate(9, 3, 1 / 3, True, "ok"), "ok"),
        (SHARE | {"n_events": float("nan"), "scale": "mean"}, Fate(9, None, None, False, "hidden"),
         "hidden: value"),
        (SHARE, Fate(9, 3, None, False, "needs_person"), "needs a person"),
    ],
)  # fmt: skip
def test_a_row_shown_in_part_says_what_is_hidden(source, fate, said):
    assert status_in_words(source, fate, "en", blind=False) == said


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("source", "as agreed with the owner of 070761-4285"),
        ("source", "see \\\\server\\data\\Workdata\\705123"),
        ("source", "ring 0707614285"),
        ("id", "mine-070761-4285"),
        ("date", "070761-4285"),
    ],
)
def test_a_text_of_an_own_profile_that_points_to_somebody_does_not_leave(field, text, people, tmp_path):
    own = profile_file(tmp_path, **OURS | {field: text})
    with pytest.raises(DisclosureError, match=f"{field} of the profile") as told:
        ips.release(ips.describe(people, columns=["a"], id="id"), tmp_path / "out", profile=own)
    assert text not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_text_of_an_own_profile_is_one_line_and_no_letter(people, tmp_path):
    for text in ("x" * 501, "one line\nand another"):
        own = profile_file(tmp_path, **OURS | {"source": text})
        with pytest.raises(DisclosureError, match="source must be one line of at most 500"):
            ips.release(ips.describe(people, columns=["a"], id="id"), tmp_path / "out", profile=own)


def test_banner_and_names_of_results_are_looked_at_too(people, tmp_path):
    table = ips.describe(people, columns=["a"], id="id")
    with pytest.raises(DisclosureError, match="banner="):
        ips.release(table, tmp_path / "out", banner="For 070761-4285")
    with pytest.raises(DisclosureError, match="the name of result 1"):
        ips.release({"070761-4285": table}, tmp_path / "out")


def test_the_checker_reads_what_the_scan_does_not_look_at(people, tmp_path):
    out = ips.release(ips.describe(people, columns=["a"], id="id"), tmp_path / "out", lang="en")
    assert say("scan_not_looked_at", "en") in texts(out)[1]


@pytest.mark.parametrize("missing", ["open", "protected"])
def test_who_answered_which_wave_is_told_where_missing_answers_are(tmp_path, missing):
    frame = pd.DataFrame({"id": range(49), "s0": [np.nan] + [4.0, 8.0, 12.0] * 16})
    waves = {"start": range(1, 49), "end": [0, *range(20, 49)]}
    profile = profile_file(tmp_path, **OURS | {"persons": 5}, missing=missing)
    results = {"response": ips.response(waves), "start": ips.describe(frame, columns=["s0"], id="id")}
    out = ips.release(results, tmp_path / "out", profile=profile, ledger=tmp_path / "ledger.json")
    shown = out.statuses().query("result == 'response'")["status"].tolist()
    assert (shown[2] == "ok") == (missing == "open")


def test_a_row_that_needs_a_person_shows_not_even_its_counts():
    fate = Fate(27, 25, 0.93, True, OK)
    assert fate.without_numbers(PERSON, "release_no_rule") == Fate(
        None, None, None, False, PERSON, "release_no_rule"
    )
    assert fate.without_numbers(HIDDEN, "release_rare_value").n_events == 25
