"""The stub that editors and type checkers read says just what `ipseval` hands out."""

import ast
import builtins
import doctest
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


def _free_names(docstring):
    """Names that an example uses without having imported or made them."""
    code = ast.parse("\n".join(e.source for e in doctest.DocTestParser().get_examples(docstring)))
    loaded = {n.id for n in ast.walk(code) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    made = {n.id for n in ast.walk(code) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    made |= {n.arg for n in ast.walk(code) if isinstance(n, ast.arg)}
    imports = [n for n in ast.walk(code) if isinstance(n, ast.Import | ast.ImportFrom)]
    made |= {(a.asname or a.name).split(".")[0] for n in imports for a in n.names}
    return loaded - made - set(dir(builtins))


@pytest.mark.parametrize("name", sorted(ipseval._VERBS))
def test_an_example_of_a_public_name_can_be_copied_as_it_stands(name):
    assert _free_names(getattr(ipseval, name).__doc__) == set()
