import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root
from ipseval.loading.codebook import Codebook
from ipseval.loading.schema import SurveySchema, load_schema, load_schemas, packaged_schemas
from loading_schema.surveys import SMALL, schema

# The columns that the cohort, the plan and the report of IPS UNG rely on.
START = [
    "id", "koen", "alder", "uddannelse", "erfaring", "erfaring_aar", "indsats_psykiatri",
    "indsats_mentor", "indsats_psykolog", "indsats_udredning", "indsats_hjemmevejleder",
    "indsats_andre", "motiv_forandring", "motiv_indsats", "motiv_indflydelse", "overskud",
    "tro_arbejde", "maal_job", "maal_hverdag", "maal_uddannelse", "maal_forstaaet", "maal_sammen",
    "mestring_1", "mestring_2", "mestring_3", "ensomhed", "who5_1", "who5_2", "who5_3", "who5_4",
    "who5_5", "belastning", "dato_start",
]  # fmt: skip
SLUT = [
    "id", "dato_slut", "varighed", "varighed_mdr", "i_forloeb", "vurd_stoette", "vurd_indflydelse",
    "vurd_oensker", "opl_hverdag", "opl_sammen", "opl_forstaaet", "uds_forstaaelse", "uds_tro",
    "uds_klar", "samlet", "praktik", "praktik_modtagelse", "praktik_hensyn", "praktik_faellesskab",
    "praktik_afklaring", "psyk_kontakt", "psyk_dialog", "psyk_stoette", "psyk_betydning", "mestring_1",
    "mestring_2", "mestring_3", "ensomhed", "who5_1", "who5_2", "who5_3", "who5_4", "who5_5",
    "belastning", "i_job_uddannelse",
]  # fmt: skip
REGISTERED = [
    "id", "reg_status", "reg_psykiatri", "reg_virksomhed", "reg_afsluttet", "reg_afslutning",
    "dato_start",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "columns"),
    [("ips_ung/start", START), ("ips_ung/slut", SLUT), ("ips_ung/registrering", REGISTERED)],
)
def test_ips_ung_has_the_agreed_columns(name, columns):
    found = load_schema(name)
    assert {f for f, field in found.fields.items() if not field.optional} == set(columns)
    assert found.primary_key == ("id",)


@pytest.mark.parametrize("name", packaged_schemas())
def test_packaged_schemas_speak_both_languages(name):
    found = load_schema(name)
    assert found.name == name
    assert set(found.title) == {"da", "en"}
    for field in found.fields.values():
        assert set(field.title) == {"da", "en"}, field.name
        for code, words in field.categories.items():
            assert set(words) == {"da", "en"}, (field.name, code)
        assert field.measure != "unknown"
    for tie in found.consistency:
        assert not tie.other or tie.other in packaged_schemas()


def test_questions_put_twice_are_coded_alike_in_both_waves():
    start, slut = load_schema("ips_ung/start"), load_schema("ips_ung/slut")
    shared = set(start.fields) & set(slut.fields)
    assert {"ensomhed", "belastning", "who5_1", "mestring_3"} <= shared
    for name in shared:
        assert start.fields[name].categories == slut.fields[name].categories, name
        assert start.fields[name].missing == slut.fields[name].missing, name


def test_ips_ung_codes():
    slut, start = load_schema("ips_ung/slut").fields, load_schema("ips_ung/start").fields
    assert list(slut["varighed"].categories) == list("1234567")
    assert slut["varighed"].categories["7"]["da"] == "Over 12 måneder"
    assert list(start["who5_1"].categories) == list("012345")
    assert [(m.low, m.reason) for m in slut["opl_hverdag"].missing] == [
        (6, "not_relevant"),
        (8, "dont_know"),
        (9, "not_answered"),
    ]
    assert slut["samlet"].categories["1"]["da"].startswith("I en meget negativ")
    sets = load_schema("ips_ung/start").sets
    assert [len(sets[s].columns) for s in ("indsatser", "maal")] == [6, 5]


def test_codebook_of_a_schema(tmp_path):
    book = schema(tmp_path, SMALL).codebook()
    assert isinstance(book, Codebook)
    assert book["koen"].codes() == ("1", "2")
    assert book["koen"].values["8"]["da"] == "Ved ikke"
    assert book.levels("job") == (1.0, 0.0)
    assert (book["alder"].measure, book["koen"].measure, book["dato"].measure) == (
        "scale",
        "nominal",
        "scale",
    )


def test_missing_codes_of_the_file_do_not_reach_quantities(tmp_path):
    found = schema(tmp_path, SMALL)
    assert [m.low for m in found.fields["koen"].missing] == [9, 8]
    assert found.fields["timer"].missing == ()


BAD = """
name: bad
primarykey: id
primaryKey: idd
blank: nothing
fields:
  - name: id
    typ: string
    type: strng
  - name: a
    type: integer
    categories: [{value: 1, label: {da: Ja, en: Yes}}, {value: 1, label: {dk: x}}, {value: x}]
    missingValues: [{value: 1, reason: dontknow}, {from: 3, reason: dont_know}]
    askedIf: {column: b, in: [1]}
  - name: b
    aliases: [a]
    role: outcom
    categories: yesno
    constraints: {minimum: 3, requird: true, pattern: "("}
  - name: c
    type: number
    constraints: {minimum: 0, maximum: 100}
    missingValues: [{value: 99, reason: not_answered}]
  - name: d
    type: date
    constraints: {minimum: 3 May}
  - name: d
sets:
  - {name: s, columns: [a, zz]}
consistency:
  - {check: known}
  - {check: before, with: other}
name: again
"""


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    with pytest.raises(SchemaError) as caught:
        schema(tmp_path, BAD, "mine.yaml")
    said = str(caught.value)
    expected = [
        r"line 3, primarykey: .*did you mean 'primaryKey'",
        r"line 4, primaryKey: 'idd' is not a field: did you mean 'id'",
        r"line 5, blank: 'nothing' is not offered: choose one of dont_know",
        r"line 8, fields\[1\].typ: .*did you mean 'type'",
        r"line 9, fields\[1\].type: 'strng' is not offered",
        r"line 12, .*label.en: YAML reads yes, no, on and off",
        r"line 12, .*the code '1' stands twice",
        r"line 12, .*the language 'dk' is not offered",
        r"line 12, .*must be numbers",
        r"line 13, .*'dontknow' is not offered",
        r"line 13, .*needs either value, or both from and to",
        r"line 10, fields\[2\]: the code '1' is both an answer and a missing code",
        r"line 14, .*'b' is no field that stands before 'a'",
        r"line 15, .*the name 'a' is taken by the field 'a'",
        r"line 17, .*'outcom' is not offered",
        r"line 18, .*there is no code list 'yesno'",
        r"line 19, .*'requird' is unknown: did you mean 'required'",
        r"line 19, .*a field of type string has no limits",
        r"line 19, .*is not a regular expression",
        r"line 20, .*the missing code '99' lies between",
        r"line 26, .*must be a date",
        r"line 27, .*the field 'd' stands twice",
        r"line 29, .*'zz' is not a field",
        r"line 31, .*known needs with",
        r"line 32, .*'before' is not offered: choose one of known, equal, notBefore",
        r"line 33, name: the key 'name' stands twice",
    ]
    for pattern in expected:
        assert re.search(pattern, said), pattern
    assert said.startswith("mine.yaml is not a schema yet, ")
    assert str(tmp_path) not in said
    lines = [int(n) for n in re.findall(r"- line (\d+)", said)]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", "a schema is a mapping"),
        ("- a\n- b\n", "a schema is a mapping"),
        ("name: x\n", "the key 'fields' is missing"),
        ("fields: []\n", "at least one field"),
        ("fields: {a: 1}\n", "must be a list of fields"),
        ("fields:\n  - id\n", "must be a mapping with the keys name"),
        ("fields:\n  - {name: a, optional: perhaps}\n", "true or false"),
        ("fields:\n  - {name: a, aliases: [[1]]}\n", "a list of names"),
        ("fields:\n  - {name: a, title: [x]}\n", "must be a text"),
        ("fields:\n  - {name: a, title: {}}\n", "a text for da, for en, or both"),
        ("fields:\n  - {name: a, type: integer, constraints: {minimum: low}}\n", "must be a number"),
        ("fields:\n  - {name: a}\ncodeLists: [1]\n", "mapping of names to lists"),
        ("fields:\n  - {name: a, missingValues: nope}\n", "there is no missing list 'nope'"),
        ("fields:\n  - {name: a, missingValues: [{from: 5, to: 1, reason: dont_know}]}\n", "greater than to"),
        ("fields:\n  - {name: a, missingValues: [{from: x, to: y, reason: dont_know}]}\n", "must be numbers"),
        ("fields:\n  - {name: a}\nconsistency: [{check: equal, with: b}]\n", "equal needs a column"),
        ("fields:\n  - {name: a}\nconsistency: [{check: equal, column: a}]\n", "needs an otherColumn"),
        (
            "fields:\n  - {name: a}\nconsistency: [{check: known, with: b}]\n",
            "primaryKey of exactly one field",
        ),
        (
            "fields:\n  - {name: a, categories: [1]}\n  - {name: b, askedIf: {column: a, in: [2]}}\n",
            "no code '2'",
        ),
        ("fields:\n  - {name: a, categories: [0]}\nsets: [{name: s, columns: [a]}]\n", "counted code '1'"),
        ("fields:\n  - {name: a}\nsets: [{name: a, columns: [a]}]\n", "taken by another set or field"),
        ("fields:\n  - {name: a, categories: [no]}\n", "quotation marks|must be a mapping"),
        ("fields:\n  - {name: a, type: date, categories: [1]}\n", "has no list of codes"),
        ("fields:\n  - {name: a, type: integer, categories: [1.5]}\n", "whole numbers"),
        ("fields:\n  - {name: a, type: integer, constraints: {enum: [x]}}\n", "must be numbers"),
        ("fields:\n  - {name: a, constraints: {enum: [ja, no]}}\n", "quotation marks"),
        ("fields:\n  - {name: a, type: number, constraints: {pattern: x}}\n", "has no pattern"),
        ("fields:\n  - {name: a, type: number, constraints: {minimum: .nan}}\n", "must be a number"),
        ("fields: [\n", "well-formed YAML at line"),
    ],
)
def test_one_fault_one_clear_sentence(tmp_path, text, pattern):
    with pytest.raises(SchemaError, match=pattern):
        schema(tmp_path, text)


def test_a_schema_that_is_not_there_offers_near_names(tmp_path):
    with pytest.raises(SchemaError, match="did you mean 'ips_ung/start'"):
        load_schema("ips_ung/strat")
    (tmp_path / "start.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"did you mean 'start.yaml'"):
        load_schema(tmp_path / "stat.yaml")
    assert load_schema(tmp_path).name == "small/start"
    assert load_schema(tmp_path / "start").name == "small/start"
    (tmp_path / "slut.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"holds 2 schema files \(slut.yaml, start.yaml\)"):
        load_schema(tmp_path)
    assert set(load_schemas(tmp_path)) == {"start", "slut"}
    assert set(load_schemas("hjoerring")) == {"start", "slut"}
    with pytest.raises(SchemaError, match="did you mean 'ips_ung'"):
        load_schemas("ips_ungg")


def test_a_schema_in_another_encoding_says_so(tmp_path):
    (tmp_path / "s.yaml").write_bytes(SMALL.encode("cp1252"))
    with pytest.raises(SchemaError, match=r"s\.yaml is not UTF-8"):
        load_schema(tmp_path / "s.yaml")


def test_a_schema_already_read_is_given_back(tmp_path):
    found = schema(tmp_path, SMALL)
    assert load_schema(found) is found


def loaded_or_refused(path):
    try:
        return load_schema(path), ""
    except SchemaError as refused:
        return None, str(refused)


_junk = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["id", "koen", "no", "integer", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "value", "in", "da"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_schema_is_refused_or_read_but_never_breaks(tmp_path, data):
    found = yaml.safe_load(
        (data_root() / "surveys" / "ips_ung" / "registrering.yaml").read_text(encoding="utf-8")
    )
    part = data.draw(st.sampled_from([*sorted(found), "a field"]))
    junk = data.draw(_junk)
    if part == "a field":
        field = data.draw(st.sampled_from(found["fields"]))
        keys = ["name", "type", "title", "categories", "missingValues", "constraints", "askedIf", "aliases"]
        field[data.draw(st.sampled_from(keys))] = junk
    else:
        found[part] = junk
    path = tmp_path / "damaged.yaml"
    path.write_text(yaml.safe_dump(found, allow_unicode=True), encoding="utf-8")
    found, said = loaded_or_refused(path)
    assert isinstance(found, SurveySchema) or "damaged.yaml" in said
