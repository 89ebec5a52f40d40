"""A drafted study proposes instruments, says what nobody chose, and its own next command runs."""

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from ipseval.cli import app
from ipseval.core.errors import ReadError
from ipseval.loading.schema import load_schema
from ipseval.study.proposed import proposals
from ipseval.study.scaffold import new_study

run = CliRunner().invoke
CANARY = "CANARY-4711"


def answers(columns, codes, *, n=30):
    return {c: np.resize(codes, n) for c in columns}


def file(path, columns, *, n=30):
    frame = pd.DataFrame({"id": [f"P{i}" for i in range(n)], **columns})
    frame.to_csv(path, sep=";", index=False)
    return path


def drafted(tmp_path, start, end=None):
    a = file(tmp_path / "a.csv", start)
    b = file(tmp_path / "b.csv", end or start)
    new_study(tmp_path / "mine", a, b)
    text = (tmp_path / "mine" / "plan.yaml").read_text(encoding="utf-8")
    return text, load_schema(tmp_path / "mine" / "start.yaml"), load_schema(tmp_path / "mine" / "end.yaml")


def names(stem, n):
    return [f"{stem}{k}" for k in range(1, n + 1)]


def test_a_battery_is_proposed_by_its_number_of_items_and_answers(tmp_path):
    text, start, _ = drafted(
        tmp_path, answers(names("s_5_", 5), range(1, 7)) | answers(names("s_6_", 7), range(4))
    )
    assert (
        "#   - {instrument: WHO5, input: start, items: [s_5_1, s_5_2, s_5_3, s_5_4, s_5_5], "
        'coding: "1-6"}   # by the number of items and their answers alone; its answers fit 1-6 reversed too\n'
    ) in text
    assert "{instrument: GAD7, input: end, items: [s_6_1," in text
    assert "#         gad7: [gad7_start, gad7_end]\n#         who5: [who5_start, who5_end]\n" in text
    found = {p.instrument: p.codings for p in proposals("start", start)}
    assert found == {"who5": ("1-6", "1-6 reversed"), "gad7": ("0-3",)}


def test_the_words_of_the_answers_settle_which_way_they_run(tmp_path):
    schema = tmp_path / "x.yaml"
    codes = "[{value: 1, label: {da: Hele tiden}}, " + ", ".join(f"{{value: {k}}}" for k in range(2, 6))
    codes += ", {value: 6, label: {da: Aldrig}}]"
    fields = "".join(
        f"  - {{name: {c}, type: integer, categories: {codes}}}\n" for c in ("a", "b", "g", "h", "i")
    )
    schema.write_text(f"name: x/start\nfields:\n{fields}", encoding="utf-8")
    (found,) = proposals("start", load_schema(schema))
    assert (found.instrument, found.codings, found.items) == (
        "who5",
        ("1-6 reversed",),
        ("a", "b", "g", "h", "i"),
    )


def test_a_name_makes_a_proposal_the_only_one_and_short_scales_need_one(tmp_path):
    text, start, _ = drafted(
        tmp_path, answers(names("pss10_", 10), range(5)) | answers(names("q", 3), range(1, 4))
    )
    assert [p.instrument for p in proposals("start", start)] == ["pss10"]
    assert "by the number of items" not in text
    unnamed, start, _ = drafted_again(tmp_path, answers(names("s_", 10), range(1, 5)))
    assert {p.instrument for p in proposals("start", start)} == {"gse", "k10", "pss10", "rses"}
    assert unnamed.count("by the number of items") == 8


def drafted_again(tmp_path, start):
    (tmp_path / "again").mkdir()
    return drafted(tmp_path / "again", start)


def test_answers_that_nobody_chose_are_codes_within_a_battery_and_offered_beyond_it(tmp_path):
    items = names("mdi", 12)
    start = answers(items, [1, 2, 5]) | {"mdi3": np.resize([1, 4], 30)}
    _, schema, _ = drafted(tmp_path, start)
    assert all(list(schema.fields[c].categories) == ["1", "2", "3", "4", "5"] for c in items)
    text = (tmp_path / "mine" / "start.yaml").read_text(encoding="utf-8")
    assert text.count("if this is MDI (0-5), nobody chose 0: add it as a value all the same") == 1
    assert text.count("add those that nobody chose") == 1
    assert text.count('categories: "mdi"') == 12


def test_codes_of_the_other_wave_count_too(tmp_path):
    _, start, end = drafted(tmp_path, {"trin": np.resize([0, 1, 2], 30)}, {"trin": np.resize([2, 4], 30)})
    assert (
        list(start.fields["trin"].categories) == list(end.fields["trin"].categories) == ["0", "1", "2", "4"]
    )


def test_numbers_at_the_start_and_words_at_the_end_are_told_and_the_next_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["Aldrig", "Sjældent", "Tit", "Hele tiden"]
    items = names("s_6_", 7)
    file(tmp_path / "a.csv", answers(items, range(4)) | {"k": np.resize([1, 2, 3, 4, 5], 30)})
    file(tmp_path / "b.csv", answers(items, words) | {"k": np.resize([1, 2, 3, 4, 5], 30)})
    assert run(app, ["new", "mine", "--start", "a.csv", "--end", "b.csv"]).exit_code == 0
    plan = (tmp_path / "mine" / "plan.yaml").read_text(encoding="utf-8")
    assert "No change is drafted where one wave has numbers and the other words: s_6_1, " in plan
    assert 'coding: {"Aldrig": ?, "Sjældent": ?, "Tit": ?, "Hele tiden": ?}' in plan
    assert list(yaml.safe_load(plan)["results"]["change"]["with"]["outcomes"]) == ["k"]
    made = run(app, ["report", "mine", "--data", ".", "--only", "tables", "--out", "build/mine"])
    assert made.exit_code == 0, made.output


def test_words_at_the_end_are_read_as_the_labelled_codes_of_the_start(tmp_path):
    words = {1: "Aldrig", 2: "Sjældent", 3: "Tit", 4: "Hele tiden"}
    coded = pd.DataFrame({"id": range(1, 31), "s": np.resize([1, 2, 3, 4], 30)})
    pd.DataFrame({"id": range(1, 31), "s": np.resize(list(words.values()), 30)}).to_csv(
        tmp_path / "b.csv", sep=";", index=False
    )
    coded.to_stata(tmp_path / "a.dta", write_index=False, value_labels={"s": words})
    new_study(tmp_path / "mine", tmp_path / "a.dta", tmp_path / "b.csv")
    end = load_schema(tmp_path / "mine" / "end.yaml").fields["s"]
    assert (end.type, {c: t["da"] for c, t in end.categories.items()}) == (
        "integer",
        {str(k): v for k, v in words.items()},
    )


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([CANARY, CANARY, "P3", "P4"], "'id': 2 row(s) share theirs with another"),
        (["P1", None, "P3", "P4"], "'id': 1 row(s) have none"),
    ],
)
def test_ids_that_tell_nobody_apart_are_told_by_column_and_rows(tmp_path, ids, said):
    pd.DataFrame({"id": ids, "x": [1, 2, 1, 2]}).to_csv(tmp_path / "a.csv", sep=";", index=False)
    file(tmp_path / "b.csv", {"x": np.resize([1, 2], 30)})
    with pytest.raises(ReadError) as caught:
        new_study(tmp_path / "mine", tmp_path / "a.csv", tmp_path / "b.csv")
    assert (
        f"a.csv: no column looks like the id of a person, one value per row and none missing ({said})"
        in str(caught.value)
    )
    assert "keep one row per person" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert not (tmp_path / "mine").exists()


def test_tick_all_questions_in_words_are_counted_in_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ticks = {
        "Støtte: mentor": ["Valgt", "Ikke valgt", "Ikke valgt"],
        "Støtte: psykolog": ["Valgt", "Valgt", "Ikke valgt"],
    }
    for name in ("a.csv", "b.csv"):
        file(tmp_path / name, {c: np.resize(v, 30) for c, v in ticks.items()})
    assert run(app, ["new", "mine", "--start", "a.csv", "--end", "b.csv"]).exit_code == 0
    made = run(app, ["report", "mine", "--data", ".", "--only", "tables", "--out", "out"])
    assert made.exit_code == 0, made.output
    for number in (2, 3):
        shown = (tmp_path / "out" / "tables" / f"table_{number}.md").read_text(encoding="utf-8")
        assert "mentor | 10 (33%)" in shown
        assert "psykolog | 20 (67%)" in shown


WHO = ["På intet tidspunkt", "Lidt af tiden", "Lidt mindre end halvdelen af tiden"]
WHO += ["Lidt mere end halvdelen af tiden", "Det meste af tiden", "Hele tiden"]
RSES = [
    "jeg er tilfreds",
    "jeg duer ikke",
    "gode egenskaber, som andre",
    "kan lige så meget",
    "stolt af lidt",
]
RSES += ["føler mig unyttig", "lige så meget værd", "ønsker respekt", "en fiasko", "positivt syn"]


def in_words():
    rng = np.random.default_rng(3)
    agree = ["Meget uenig", "Uenig", "Enig", "Meget enig"]
    mood = names("Trivsel ", 5)
    return {c: rng.choice(WHO, 30) for c in mood} | {c: rng.choice(agree, 30) for c in RSES}


def test_words_in_a_known_order_come_with_their_points_and_questions_settle_the_instrument(tmp_path):
    text, start, _ = drafted(tmp_path, in_words())
    points = ", ".join(f'"{word}": {worth}' for worth, word in enumerate(WHO))
    assert "instrument: WHO5, input: start, items: [Trivsel 1, " in text
    assert f"coding: {{{points}}}}}" in text
    assert 'coding: {"Meget uenig": 0, "Uenig": 1, "Enig": 2, "Meget enig": 3}}' in text
    assert {p.instrument for p in proposals("start", start)} == {"who5", "rses"}


def test_a_drafted_plan_without_its_marks_runs_and_shows_the_change_of_every_score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, _, _ = drafted(tmp_path, in_words())
    marked = [line for line in text.splitlines() if line.startswith("# ")]
    code = marked.index("# scores:")
    lines = [line[2:] if line in marked[code:] else line for line in text.splitlines()]
    (tmp_path / "mine" / "plan.yaml").write_text("\n".join(lines), encoding="utf-8")
    made = run(app, ["report", "mine", "--data", ".", "--only", "tables", "--out", "out"])
    assert made.exit_code == 0, made.output
    shown = (tmp_path / "out" / "tables" / "table_4.md").read_text(encoding="utf-8")
    assert "WHO-5" in shown
    assert "Selvværd" in shown


def test_a_draft_speaks_of_no_change_that_only_one_wave_could_show(tmp_path):
    text, _, _ = drafted(tmp_path, in_words(), {"x": np.resize([1, 2], 30)})
    assert "WHO5" in text
    assert "change_scores" not in text
