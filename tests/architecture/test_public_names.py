"""The stub that editors and type checkers read says just what `ipseval` hands out."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import ipseval

STUB = Path(ipseval.__file__).with_suffix(".pyi")


def test_the_stub_names_every_public_name_and_where_it_is_from():
    lines = re.findall(r"^from (\S+) import (\w+) as (\w+)$", STUB.read_text(encoding="utf-8"), flags=re.M)
    named = {name: module for module, name, alias in lines if name == alias}
    assert named == ipseval._VERBS, "run tools/write_stub.py"


@pytest.mark.parametrize("name", sorted(ipseval._VERBS))
def test_every_public_name_is_there_and_has_a_docstring(name):
    value = getattr(ipseval, name)
    assert value.__doc__
    assert hasattr(import_module(ipseval._VERBS[name]), name) or import_module(ipseval._VERBS[name]) is value


def test_an_unknown_name_offers_near_ones():
    with pytest.raises(AttributeError, match="did you mean 'describe'"):
        ipseval.descrbe  # noqa: B018 - the lookup itself is what is tested
