"""What a result says of itself, word for word, and its picture in a notebook."""

from dataclasses import replace

import pytest

from ipseval.core.errors import EstimationError, SchemaError
from ipseval.core.labels import Labels, code_text
from ipseval.core.language import say
from ipseval.core.result import (
    ESTIMATE_COLUMNS,
    Base,
    Method,
    Note,
    Result,
    estimates_frame,
    sample_frame,
)
from ipseval.core.result_text import count_text, how_text, methods_text, methods_texts

ROWS = [
    {"outcome": "a<b", "scale": "mean", "estimate": 12.34567, "p_value": 0.0004, "n": 4},
    {"outcome": "c", "scale": "mean", "estimate": -1.0, "p_value": 0.25, "n": 5},
]


PLAIN = Method("est")


def result(method=PLAIN, **more):
    flow = sample_frame([("in_frame", "", 6), ("analysed", "k", 5)])
    return Result("change", estimates_frame(ROWS), flow, method, Base("all", 6, "everyone"), **more)


def test_the_methods_sentence_names_every_part_and_leaves_out_what_the_table_does_not_show():
    method = Method("est", estimand="aim", interval="road", test="way", level=0.95, missing="gone", seed=7)
    first, _, second = methods_text(result(method)).partition(". ")
    assert first == (
        "Method: est, as a measure of aim, 95 % confidence interval by road, p-value from way, "
        "random numbers from seed 7"
    )
    assert second.startswith("The analysis rests on 5 of 6 persons (everyone)")
    assert "5 af 6 personer" in methods_text(result(method), "da")
    assert "gone" in second
    assert "p-value" not in methods_text(result(method), test=False)
    assert "95 %" in methods_text(result(method), test=False)
    assert "confidence" not in methods_text(result(method), interval=False)
    assert "seed" in methods_text(result(method), interval=False)
    assert "seed" not in methods_text(result(method), interval=False, test=False)
    assert methods_text(result(method), "da").startswith(
        "Metode: est, som mål for aim, 95 % konfidensinterval ved road, p-værdi fra way, "
        "tilfældige tal fra frø 7."
    )
    assert "no rule declared" in methods_text(result(replace(method, missing="")))


def test_results_that_differ_in_numbers_alone_share_a_sentence():
    def of(used, base, **more):
        flow = sample_frame([("in_frame", "", base), ("analysed", "", used)])
        return replace(
            result(Method("est", missing="gone")), sample=flow, base=Base("all", base, "everyone"), **more
        )

    def numbers(*some):
        return [text.partition("rests on ")[2].partition(" persons")[0] for text in methods_texts(some)]

    assert numbers(of(5, 6), of(3, 6), of(4, 6)) == ["3–5 of 6"]
    assert numbers(of(6, 6), of(3, 6)) == ["3–6 of 6"]
    assert numbers(of(6, 6), of(1200, 1200)) == ["6–1,200"]
    assert numbers(of(6, 6), of(6, 6)) == ["6"]
    other = replace(of(5, 6), method=Method("road", missing="gone"))
    assert numbers(of(5, 6), other) == ["5 of 6", "5 of 6"]


def test_how_many_it_rests_on_is_the_last_step_by_arm_or_in_all_and_nobody_less_is_not_said():
    def said(*flow):
        return count_text(replace(result(), sample=sample_frame([("in_frame", "", 6), *flow])))

    assert said(("analysed", "a", 2), ("analysed", "b", 3)) == "5 of 6"
    assert said(("analysed", "a", 2), ("analysed", "b", 3), ("analysed", "", 5)) == "5 of 6"
    assert said(("analysed", "", 6)) == said(("analysed", "", 0)) == said() == "6"


def test_a_notebook_shows_the_rows_the_flow_and_the_notes_with_signs_written_out():
    html = result(notes=(Note("complete_cases", row=1),))._repr_html_()
    rows = html.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]
    assert rows[0] == "<tr><td>a&lt;b</td><td>mean</td><td>12.35</td><td>&lt;0.001</td><td>4</td><td>ok</td>"
    assert rows[1] == "<tr><td>c</td><td>mean</td><td>-1</td><td>0.250</td><td>5</td><td>ok</td>"
    assert html.count("<th ") == 6
    assert "analysed (k): 5" in html.replace("Analysed", "analysed")
    assert html.count("<li>") == 1
    assert "<ul>" not in result()._repr_html_()


def test_notes_are_added_behind_and_stand_in_a_frame():
    both = result(notes=(Note("complete_cases", row=1),)).with_notes(Note("available_answers"))
    frame = both.notes_frame("da")
    assert frame["code"].tolist() == ["complete_cases", "available_answers"]
    assert frame["row"].tolist()[0] == 1
    assert frame["sentence"].tolist() == [note.text("da") for note in both.notes]
    assert list(result().notes_frame().columns) == ["row", "code", "sentence"]


def test_the_frames_of_a_result_hold_what_was_given_and_nothing_where_nothing_was():
    frame = estimates_frame(ROWS)
    assert tuple(frame.columns) == ESTIMATE_COLUMNS
    assert list(frame.index) == [0, 1]
    assert frame["estimate"].tolist() == [12.34567, -1.0]
    assert frame["n"].dtype == "Int64"
    assert frame["n_events"].isna().all()
    assert frame["group"].tolist() == ["", ""]
    assert frame["status"].tolist() == ["ok", "ok"]
    assert len(estimates_frame([])) == 0
    flow = sample_frame([("in_frame", "", 6), ("analysed", "k", 5)])
    assert flow.to_dict("list") == {"step": ["in_frame", "analysed"], "group": ["", "k"], "n": [6, 5]}


@pytest.mark.parametrize("part", ["estimates", "sample"])
def test_a_result_of_another_shape_is_refused(part):
    made = result()
    with pytest.raises(EstimationError, match="must have exactly the columns"):
        replace(made, **{part: getattr(made, part).rename(columns={"n": "m"})})


def test_labels_fall_back_to_the_other_language_and_then_to_the_code_itself():
    labels = Labels({"x": {"da": "Trivsel"}}, {"x": {"1": {"da": "ja", "en": "yes"}}})
    assert [labels.name("x", lang) for lang in ("da", "en")] == ["Trivsel", "Trivsel"]
    assert labels.name("y", "en") == "y"
    assert [labels.value("x", code, "en") for code in (1, 1.0, "1", 2.5)] == ["yes", "yes", "yes", "2.5"]
    over = labels.merged(Labels({"x": {"en": "Well-being"}}, {}))
    assert over.name("x", "en") == "Well-being"
    assert over.value("x", 1, "da") == "ja"
    assert code_text(2.0) == "2"


def test_words_without_an_entry_are_read_as_they_stand_and_a_third_language_is_refused():
    assert say("not_a_word_of_ours", "da") == "not a word of ours"
    assert say("methods_seed", "en", seed=3) == "random numbers from seed 3"
    with pytest.raises(SchemaError, match="lang='sv' is not offered"):
        say("methods_seed", "sv")


def test_an_interval_without_a_level_and_no_language_asked_for():
    method = Method("est", interval="road")
    assert how_text(result(method)) == how_text(result(method), "en")
    assert "interval by road" in how_text(result(method))
    assert "%" not in how_text(result(method))


def test_notes_stand_one_after_the_other_in_a_notebook():
    shown = result(notes=(Note("nobody_answered", values={"outcome": "c"}),) * 2)._repr_html_()
    assert "</li><li>" in shown
