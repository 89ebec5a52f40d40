import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.loading.codebook import AnswerSet, Codebook, MissingCode, Variable
from ipseval.loading.draft import draft_schema
from ipseval.loading.draft_guess import likely_id
from ipseval.loading.draft_numbers import outward
from ipseval.loading.schema_use import apply_schema
from ipseval.loading.validation import validate
from loading_schema.surveys import CANARY, CANARY_NUMBER, schema, survey


def export(n=12):
    """Give a file as it comes: labels, a refusal code, a set, a follow-up question, a text, dates."""
    rng = np.random.default_rng(4)
    job = np.tile([1.0, 0.0], n // 2)
    columns = {
        "løbenr": np.arange(101, 101 + n),
        "q1": np.tile([1.0, 2.0, np.nan], n // 3),
        "alder": rng.integers(16, 30, n),
        "job": job,
        "timer": np.where(job == 1, 7.5 + np.arange(n), np.nan),
        "a_1": np.tile([1, 0], n // 2),
        "a_2": np.tile([0, 0], n // 2),
        "by": ["Gladsaxe", "Hjørring", "Herlev"] * (n // 3),
        "tekst": [f"svar nummer {i}" for i in range(n)],
        "dato": pd.date_range("2023-03-04", periods=n),
        "who5_1": np.tile([0, 3, 5], n // 3),
        "who5_2": np.tile([0, 1, 2, 3], n // 4),
        "tom": [None] * n,
    }
    book = Codebook(
        {
            "q1": Variable(
                "q1",
                {"da": "Køn: hvad er du?"},
                "integer",
                "nominal",
                {"1": {"da": "Mand"}, "2": {"da": "Kvinde"}, "9": {"da": "Vil ikke svare"}},
                (MissingCode(9, 9, "not_answered", "Vil ikke svare"), MissingCode(-9, -1, "system_missing")),
            ),
        },
        {"valg": AnswerSet("valg", ("a_1", "a_2"), {"da": "Valg"})},
    )
    return survey(columns, codebook=book)


def test_a_draft_loads_and_its_file_meets_it(tmp_path):
    source = export()
    found = schema(tmp_path, draft_schema(source, name="prøve/start"))
    assert validate(source, found) == ()
    kinds = {n: f.type for n, f in found.fields.items()}
    assert kinds == {
        "løbenr": "string", "q1": "integer", "alder": "integer", "job": "integer", "timer": "number",
        "a_1": "integer", "a_2": "integer", "by": "string", "tekst": "string", "dato": "date",
        "who5_1": "integer", "who5_2": "integer", "tom": "string",
    }  # fmt: skip
    assert found.primary_key == ("løbenr",)
    assert (found.name, found.wave) == ("prøve/start", "start")
    fields = found.fields
    assert fields["q1"].title == {"da": "Køn: hvad er du?"}
    assert fields["q1"].categories == {"1": {"da": "Mand"}, "2": {"da": "Kvinde"}}
    assert [(m.low, m.high, m.reason) for m in fields["q1"].missing] == [
        (9, 9, "not_answered"),
        (-9, -1, "system_missing"),
    ]
    assert (fields["alder"].constraints.minimum, fields["alder"].constraints.maximum) == (10, 30)
    assert list(fields["by"].categories) == ["Gladsaxe", "Herlev", "Hjørring"]
    assert (fields["tekst"].role, fields["who5_1"].role) == ("free_text", "score_item")
    assert fields["dato"].constraints.minimum == "2023-01-01"
    assert found.sets["valg"].columns == ("a_1", "a_2")
    assert list(fields["a_2"].categories) == ["0", "1"]


def test_a_draft_says_what_must_be_decided():
    text = draft_schema(export())
    assert '# ? askedIf: {column: "job", in: [1]}' in text
    assert "free text: look for names and CPR numbers" in text
    assert "start.csv: 12 rows, 13 columns" in text


def test_names_of_columns_may_hold_anything(tmp_path):
    name = 'Har du "job"?\n# måske: {'
    source = survey({"id": ["a", "b", "c", "d"], name: ["ja"] * 2 + ["nej"] * 2, "t": [5.0, 6.0, None, None]})
    source = survey(
        pd.concat([source.data.assign(id=source.data["id"] + str(i)) for i in range(3)]).reset_index(
            drop=True
        )
    )
    text = draft_schema(source)
    assert "? askedIf" in text
    assert list(schema(tmp_path, text).fields) == ["id", name, "t"]


def test_a_draft_shows_nobody(tmp_path):
    n = 9
    source = survey(
        {
            "id": [f"{CANARY}-{i}" for i in range(n)],
            "note": [CANARY, CANARY, *"abcdefg"],
            "indkomst": [CANARY_NUMBER, *range(20_001, 20_000 + n)],
            "diagnose": ["F20.0"] * 7 + ["F32.1"] * 2,
            "cpr": ["010190-1234"] * n,
            "født": pd.to_datetime(["1998-04-17"] * n),
        }
    )
    text = draft_schema(source)
    for secret in (CANARY, str(CANARY_NUMBER), "F32.1", "F20.0", "010190", "04-17", "20001"):
        assert secret not in text
    found = schema(tmp_path, text)
    assert [(p.rule, p.level) for p in validate(source, found)] == [
        ("maximum", "warning"),
        ("cpr_number", "warning"),
    ]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"alder": [1, 2, 3], "respondent_id": [7, 8, 9]}, "respondent_id"),
        ({"id": [1, 1, 2], "tal": [4, 5, 6]}, ""),
        ({"id": [1, None, 2]}, ""),
        ({"kode": ["a", "b", "c"]}, "kode"),
        ({"svar": ["en tekst", "en anden", "en tredje"]}, ""),
        ({"maal": [1.5, 2.5, 3.5]}, ""),
        ({"k": ["a"]}, ""),
    ],
)
def test_the_likely_id(columns, expected):
    assert likely_id(survey(columns)) == expected


def test_without_an_id_the_draft_asks_for_one(tmp_path):
    text = draft_schema(survey({"id": [1, 1, 2]}))
    assert "# primaryKey: id   # ? no id column" in text
    assert schema(tmp_path, text).primary_key == ()


@given(low=st.floats(-1e9, 1e9), width=st.floats(0, 1e9))
@settings(max_examples=50)
def test_limits_lie_strictly_outside_what_was_found(low, width):
    high = low + width
    bottom, top = map(float, outward(low, high))
    assert bottom < low or (bottom == 0 and low >= 0)
    assert top > high or (top == 0 and high <= 0)
    assert bottom >= 0 or low < 0


_columns = st.dictionaries(
    st.text("abÆ: #'\"{}[]-,0", min_size=1, max_size=6).filter(lambda t: t.strip() == t),
    st.one_of(
        st.lists(st.one_of(st.none(), st.integers(-5, 200)), min_size=4, max_size=4),
        st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=4, max_size=4),
        st.lists(
            st.sampled_from([None, "yes", "no", "null", "1,5", "~", "a: b", "010190-1234"]),
            min_size=4,
            max_size=4,
        ),
        st.just(["x", "x", "x", "y: #"]),
        st.lists(st.datetimes(pd.Timestamp(1990, 1, 1), pd.Timestamp(2030, 1, 1)), min_size=4, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@given(columns=_columns)
@settings(max_examples=30, deadline=None)
def test_any_file_gives_a_draft_that_it_meets(folder, columns):
    frame = {c: pd.Series(v).convert_dtypes() if not isinstance(v[0], str) else v for c, v in columns.items()}
    source = survey(frame)
    text = draft_schema(source)
    found = schema(folder, text)
    errors = [p for p in validate(source, found) if p.level == "error"]
    assert errors == []
    assert yaml.safe_load(text)["name"] == "my_study/start"
    apply_schema(source, found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("drafts")


def labelled(name, words, kind="integer", measure="unknown", missing=()):
    return Variable(
        name, type=kind, measure=measure, values={k: {"da": v} for k, v in words.items()}, missing=missing
    )


def test_words_of_the_file_and_what_they_lack(tmp_path):
    four = dict(zip("1234", ["slet ikke", "lidt", "noget", "meget"], strict=True))
    book = Codebook(
        {
            "skala": labelled("skala", four),
            "gruppe": labelled("gruppe", four, measure="nominal"),
            "tomt": labelled("tomt", {"1": "Ja", "0": "Nej"}),
            "svar": labelled("svar", {"J": "Ja", "N": "Nej"}, kind="string"),
            "loen": Variable("loen", missing=(MissingCode(99, 99, "not_answered", "Ubesvaret"),)),
            "kode": Variable(
                "kode", type="string", missing=(MissingCode(".a", ".a", "dont_know", "Ved ikke"),)
            ),
        }
    )
    columns = {
        "id": ["a", "b", "c", "d"],
        "skala": [1, 4, 5, 2],
        "gruppe": [1, 2, 3, 4],
        "tomt": [None] * 4,
        "svar": ["J", "N", "N", "J"],
        "loen": [10, 50, 150, 80],
        "kode": ["x", "x", "x", None],
    }
    source = survey(columns, codebook=book)
    text = draft_schema(source)
    found = schema(tmp_path, text).fields
    assert validate(source, schema(tmp_path, text)) == ()
    assert list(found["skala"].categories) == list("12345")
    assert "? 1 code(s) without words in the file" in text
    assert (found["skala"].measure, found["gruppe"].measure) == ("ordinal", "nominal")
    assert found["tomt"].categories == {"1": {"da": "Ja"}, "0": {"da": "Nej"}}
    assert found["svar"].categories["N"] == {"da": "Nej"}
    assert found["loen"].constraints.maximum is None
    assert "a missing code lies among the answers" in text
    assert [(m.low, m.reason, m.label) for m in found["kode"].missing] == [(".a", "dont_know", "Ved ikke")]


def test_skip_logic_is_suggested_only_where_it_fits_exactly():
    fits = {"a": [1, 1, 0, 0], "b": ["x", None, None, None], "c": [5.0, 6.0, None, None]}
    assert '? askedIf: {column: "a", in: [1]}' in draft_schema(survey(fits))
    blurred = {"a": [1, 1, 0, 0], "c": [5.0, 6.0, 7.0, None]}
    assert "? askedIf" not in draft_schema(survey(blurred))
    unknown = {"a": [1, 1, 0, None], "c": [5.0, 6.0, None, None]}
    assert "? askedIf" not in draft_schema(survey(unknown))


def test_answers_that_stand_rarely_under_one_question_are_known_from_the_others():
    words = ["Aldrig", "Sjældent", "Ofte"]
    frame = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(9)],
            "s_1": [words[0]] * 8 + [words[1]],
            "s_2": [words[k % 3] for k in range(9)],
            "note": [words[0]] * 8 + ["en sag for sig"],
        }
    )
    drafted = yaml.safe_load(draft_schema(survey(frame)))
    fields = {f["name"]: f for f in drafted["fields"]}
    assert fields["s_1"]["categories"] == fields["s_2"]["categories"] == "s"
    assert [c["value"] for c in drafted["codeLists"]["s"]] == words
    assert fields["note"]["role"] == "free_text"


def drafted_fields(columns, n=30):
    frame = pd.DataFrame(
        {"id": [f"P{i}" for i in range(n)], **{c: np.resize(v, n) for c, v in columns.items()}}
    )
    text = draft_schema(survey(frame))
    return text, {f["name"]: f for f in yaml.safe_load(text)["fields"]}


def test_a_code_far_from_all_others_is_a_missing_code_and_a_slip_never_widens_the_limits():
    ages = [*range(18, 30)] * 2 + [20, 21, 22, 23, 24, 170]
    scores = [*range(11)] * 2 + [99, 99, 5, 6, 7, 8, 9, 1]
    text, found = drafted_fields({"alder": ages, "trivsel": scores, "dage": [*range(20, 45)] + [-9] * 5})
    assert found["alder"]["constraints"] == {"minimum": 10, "maximum": 30}
    assert found["alder"]["level"] == "warning"
    assert "1 row(s) lie far outside" in text
    assert [m["value"] for m in found["trivsel"]["missingValues"]] == [99]
    assert [c["value"] for c in found["trivsel"]["categories"]] == [*range(11)]
    assert [m["value"] for m in found["dage"]["missingValues"]] == [-9]
    assert "170" not in text


def test_a_range_that_the_question_names_is_the_limit_and_values_without_a_gap_stay():
    _, found = drafted_fields({"Trivsel (0-10)": [0, 2, 7, 8, 12], "kr": [100, 300, 900, 2500, 8000, 26000]})
    assert found["Trivsel (0-10)"]["constraints"] == {"minimum": 0, "maximum": 10}
    assert found["Trivsel (0-10)"]["level"] == "warning"
    assert found["kr"]["constraints"]["maximum"] >= 26000
    assert "level" not in found["kr"]


def test_neighbours_that_hold_ticks_are_one_question():
    ticks = {f"Støtte: {who}": ["Valgt", "Ikke valgt", "Ikke valgt"] for who in ("mentor", "psykolog")}
    text, found = drafted_fields({**ticks, "Mål - job": ["Valgt", "Ikke valgt"]})
    assert yaml.safe_load(text)["sets"] == [
        {"name": "Støtte", "title": {"da": "Støtte"}, "columns": [*ticks], "counted": "Valgt"}
    ]
    assert found["Støtte: mentor"]["title"] == {"da": "mentor"}
    assert found["Mål - job"]["title"] == {"da": "Mål - job"}


def test_words_of_a_known_scale_stand_in_its_order_and_the_one_that_nobody_chose_is_named():
    text, found = drafted_fields({"x": ["Enig", "Meget uenig", "Uenig"], "y": ["Blå", "Rød", "Gul"]})
    assert [c["value"] for c in found["x"]["categories"]] == ["Meget uenig", "Uenig", "Enig"]
    assert found["x"]["categoriesOrdered"]
    assert "nobody chose 'Meget enig'" in text
    assert [c["value"] for c in found["y"]["categories"]] == ["Blå", "Gul", "Rød"]
    assert "categoriesOrdered" not in found["y"]


OPEN = ["Min mentor var god", "At komme ud; og møde andre", "Ved ikke helt"]
OPTIONS = ["Folkeskole", "9. klasse", "Kort videregående uddannelse", "I gang med FGU"]


def worded_fields(**columns):
    rows = {"id": [f"P{k}" for k in range(48)]}
    rows |= {c.replace("_", " "): [texts[k % len(texts)] for k in range(48)] for c, texts in columns.items()}
    return yaml.safe_load(draft_schema(survey(rows)))["fields"], draft_schema(survey(rows))


@pytest.mark.parametrize(
    "texts",
    [
        OPEN,
        [OPEN[0], "Mentor"],
        [OPEN[1], "Mentor"],
        ["mentor", "Mentor", "Kollegaer"],
        ["Alt. Og mere", "Alt"],
    ],
)
def test_words_that_people_may_have_written_stand_nowhere_in_a_draft_however_often_they_occur(texts):
    (_, field), text = worded_fields(Det_bedste=texts)
    assert field["role"] == "free_text"
    assert "categories" not in field
    assert not any(own in text for own in texts if own not in text.split("fields:")[0])
    assert "if people chose among answers, write those in place of the role, as categories" in text


@pytest.mark.parametrize("title", ["Hvad har været bedst?", "Uddyb gerne", "Why so?", "Bemærkninger"])
def test_a_question_that_asks_for_words_is_free_text_whatever_was_answered(title):
    (_, field), text = worded_fields(**{title: ["Mentor", "Kollegaer"]})
    assert field["role"] == "free_text"
    assert "Kollegaer" not in text


def test_answers_to_choose_among_are_categories_and_known_ones_however_few_chose_them():
    sex = ["Kvinde", "Mand"] * 23 + ["Andet", "Kvinde"]
    fields, _ = worded_fields(Uddannelse=OPTIONS, Køn=sex, Job=["Ja, fuldtid", "Ja, deltid", "nej"])
    codes = {f["name"]: {c["value"] for c in f.get("categories", [])} for f in fields}
    assert codes["Uddannelse"] == set(OPTIONS)
    assert codes["Køn"] == {"Kvinde", "Mand", "Andet"}
    assert codes["Job"] == {"Ja, fuldtid", "Ja, deltid", "nej"}


def test_long_answers_of_a_battery_are_answers():
    often = [f"{w} halvdelen af den tid jeg har" for w in ("Over", "Under", "Ca.")]
    fields, _ = worded_fields(glad=often, rolig=often[::-1])
    assert [f.get("role", "") for f in fields[1:]] == ["", ""]


def test_the_code_of_a_tick_is_a_number_where_the_columns_hold_numbers():
    book = Codebook(
        {c: Variable(c, values={"0": {"da": "Nej"}, "1": {"da": "Ja"}}) for c in ("a", "b")},
        {"valg": AnswerSet("valg", ("a", "b"))},
    )
    text = draft_schema(
        survey({"id": [f"P{k}" for k in range(9)], "a": [0, 1, 1] * 3, "b": [1, 0, 0] * 3}, codebook=book)
    )
    assert yaml.safe_load(text)["sets"][0]["counted"] == 1
