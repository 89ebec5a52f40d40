"""Bad input is told in whole, with line and key; numbers keep their zeros; both forms are read."""

from pathlib import Path

import pytest

from ipseval.auditing.audit import audit
from ipseval.auditing.reading import read_published
from ipseval.core.errors import AuditError


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "numbers.yaml"
    path.write_bytes(text.encode(encoding))
    return path


def test_numbers_keep_their_zeros_and_commas_become_points(tmp_path):
    path = write(tmp_path, "means:\n  - {id: a, value: 2.70, n: 40}\n  - {id: b, value: '2,830', n: 40}\n")
    assert [m.value for m in read_published(path).means] == ["2.70", "2.830"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("means:\n  - {id: a, value: [\n", "line 3"),
        ("means:\n  - {id: a, valeu: 2}\n", "'valeu' is not a key here"),
        ("means:\n  - {id: a, value: two}\n", "(line 2), value: must be a number as printed"),
        ("means:\n  - {id: a, n: 4.5}\n", "n: must be a whole number"),
        ("means:\n  - {value: 2}\n", "entry 1 must be a mapping with an id"),
        ("meanz: []\n", "'meanz' is not a section"),
        ("means: 4\n", "means must be a list"),
        ("shares:\n  - {id: s, distribution: t, cells: [1]}\n", "'t' is not a distribution"),
        (
            "distributions:\n  - {id: t, cells: [{count: 1}]}\nshares:\n  - {id: s, distribution: t, cells: [2]}\n",
            "numbered 1 to 1",
        ),
        ("ratios:\n  - {id: r, model: m}\n", "'m' is not a model"),
        ("groups:\n  - {id: g, n: 4, subset_of: h}\n", "'h' is not a group"),
        ("report: {weights: some}\n", "weights must be one of"),
        ("shares:\n  - {id: s, bound: around}\n", "bound: must be one of"),
        ("means:\n  - {id: a, low: 5, high: 1}\n", "low must be under high"),
        ("means:\n  - {id: a}\n  - {id: a}\n", "stands twice"),
        ("shares:\n  - {id: a, n: -4}\n", "n must be 0 or more"),
        (
            "groups:\n  - {id: g, n: 4}\ndistributions:\n  - {id: t, group: g, n: 5}\n",
            "larger than that of its group",
        ),
        ("format: other\n", "format must be"),
        ("means:\n  - {id: a, value: [\n", "after the key 'value'"),
        ("means:\n  - id: a\n    n: 4\n    n: 5\n", "'n' stands twice in one entry (line 4)"),
        ("models:\n  - {id: m, level: 95}\n", "level must be between 0 and 1"),
        ("models:\n  - {id: m, n: 20, events: 30}\n", "more events than people"),
        ("models:\n  - {id: m, n: 40, n_most: 34}\n", "n is over n_most"),
        ("models:\n  - {id: m}\nratios:\n  - {id: r, model: m, kind: t}\n", "kind: must be one of odds"),
        ("wordings:\n  - {id: w, kind: no_diference}\n", "kind: must be one of risk_for_odds"),
        ("- 1\n", "must be a mapping"),
        ("distributions:\n  - {id: t, exclusive: perhaps}\n", "must be true or false"),
        ("bases: {}\nclaims:\n  - {id: c}\n", "first form"),
        ("ages:\n  - {id: a, readings: [{age: 3, when: soon}]}\n", "2024-11"),
    ],
)
def test_faults_are_told(tmp_path, text, told):
    with pytest.raises(AuditError) as error:
        audit(write(tmp_path, text))
    assert told in str(error.value)


def test_all_faults_at_once(tmp_path):
    text = "means:\n  - {id: a, value: x}\nshares:\n  - {id: s, n: y}\n"
    with pytest.raises(AuditError) as error:
        read_published(write(tmp_path, text))
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_other_encodings(tmp_path, encoding):
    path = write(tmp_path, "report: {title: Mål}\n", encoding)
    assert read_published(path).title == "Mål"


def test_no_file(tmp_path):
    with pytest.raises(AuditError, match=r"nothere\.yaml cannot be opened"):
        read_published(tmp_path / "nothere.yaml")


def test_what_is_laid_over(tmp_path):
    first = {"means": [{"id": "a", "value": "2.5", "n": 8}]}
    found = read_published(first, {"means": [{"id": "a", "n": 9}]})
    assert (found.means[0].value, found.means[0].n) == ("2.5", 9)


def test_a_share_without_n_is_judged_for_what_it_can_be():
    assert audit({"shares": [{"id": "a", "percent": "51"}]}).findings == ()
    assert audit({"shares": [{"id": "a", "percent": "151"}]}).count("contradiction") == 1


def test_nothing_is_nothing():
    found = audit({})
    assert found.findings == ()
    assert found.holds
    assert next(iter(found.frame().columns)) == "level"


def test_every_code_of_the_rules_has_words():
    import re

    import ipseval
    from ipseval.core.language import words

    root = Path(ipseval.__file__).parent / "auditing"
    codes = {
        c
        for p in root.rglob("*.py")
        for c in re.findall(r'"(audit_[a-z_0-9]+)"', p.read_text(encoding="utf-8"))
    }
    assert codes
    assert codes <= set(words()), codes - set(words())


def test_a_huge_n_is_quick_and_said():
    n = 1_000_000
    cells = [
        {"label": "a", "count": 600_000, "percent": "70"},
        {"label": "b", "count": 400_000, "percent": "40"},
    ]
    means = [
        {"id": w, "value": v, "n": n, "low": 0, "high": 100, "unit": 4, "series": "s"}
        for w, v in (("x", "49.00"), ("y", "51.00"))
    ]
    found = audit(
        {
            "shares": [
                {"id": "s", "percent": "51", "n": n},
                {"id": "r", "percent": "51", "count": 400_000, "n": n},
            ],
            "distributions": [{"id": "t", "n": n, "cells": cells}],
            "means": means,
        }
    )
    assert {"audit_no_power", "audit_no_test", "audit_share_count"} <= {f.code for f in found.findings}
