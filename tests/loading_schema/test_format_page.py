"""Hold docs/schema_format.md to the code: its example loads, and it names every key, role, check and rule."""

import re
from pathlib import Path

import pytest

from ipseval.core.missing import REASONS
from ipseval.loading import conversion, schema_parts, validation, validation_frame, validation_waves
from ipseval.loading.codebook import MEASURES, TYPES
from ipseval.loading.schema import CHECKS, ROLES
from loading_schema.surveys import schema

PAGE = (Path(__file__).parents[2] / "docs" / "schema_format.md").read_text(encoding="utf-8")


def test_the_example_loads_and_says_what_the_page_says(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1]
    found = schema(tmp_path, example)
    assert found.fields["hensyn"].measure == "ordinal"
    assert [m.reason for m in found.fields["hensyn"].missing] == ["not_relevant"]
    assert [m.low for m in found.fields["koen"].missing] == [9, -9]
    assert found.fields["timer"].missing == ()
    assert found.fields["timer"].level == "warning"
    assert len(found.consistency) == 3


@pytest.mark.parametrize(
    "names",
    [schema_parts.TOP, schema_parts.FIELD, schema_parts.CONSTRAINTS, TYPES, MEASURES, ROLES, CHECKS, REASONS],
)
def test_every_key_and_option_is_on_the_page(names):
    assert [n for n in names if f"`{n}`" not in PAGE] == []


def test_every_rule_is_on_the_page():
    rules = set(validation.EXPECTED)
    for module in (validation, validation_waves):
        source = Path(module.__file__).read_text(encoding="utf-8")
        rules |= set(re.findall(r'Problem\(\s*"?\w+(?:\.\w+)?"?,\s*[^,]+,\s*"(\w+)"', source))
        rules |= set(re.findall(r'_problem\(field, "(\w+)"', source))
    rules |= set(
        re.findall(r'checks\["(\w+)"\]', Path(validation_frame.__file__).read_text(encoding="utf-8"))
    )
    rules |= set(re.findall(r'fault="(\w+)"', Path(conversion.__file__).read_text(encoding="utf-8")))
    assert {"missing_id", "no_rows", "cpr_number", "other_file", "pattern", "whole"} <= rules
    assert [r for r in sorted(rules) if f"`{r}`" not in PAGE] == []
