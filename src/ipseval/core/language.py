"""Words that a reader of a report sees, in Danish and English, read from `data_schemas/languages`.

Every file there maps a code to `{da: ..., en: ...}`; the files are merged, and one code may stand in
one file only.  A sentence may hold `{names}` that are filled from a note's values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root, load_yaml

LANGUAGES = ("da", "en")


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Return all words of the house: code -> language -> text."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted((data_root() / "languages").glob("*.yaml")):
        for code, texts in (load_yaml(path) or {}).items():
            if code in found:
                raise SchemaError(f"languages/{path.name}: the code {code!r} stands in another file too.")
            if not isinstance(texts, Mapping) or set(texts) != set(LANGUAGES):
                raise SchemaError(f"languages/{path.name}: {code!r} must have exactly da and en.")
            found[code] = texts
    return found


class _Danish(float):
    """A number in a sentence, written with the Danish decimal comma whatever its spec."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or ".4g").replace(".", ",")


def counted(n: int, lang: str) -> str:
    """Write a number of persons with the thousands mark of the language."""
    return f"{n:,}".replace(",", "." if lang == "da" else ",")


def say(code: str, lang: str, **values: Any) -> str:
    """Give the text of `code` in `lang`; a code without words is shown with blanks for underscores."""
    if lang not in LANGUAGES:
        raise SchemaError(f"lang={lang!r} is not offered: choose one of 'da', 'en'.")
    texts = words().get(code)
    if texts is None:
        return code.replace("_", " ")
    return texts[lang].format(**_told(values, lang)) if values else texts[lang]


def _told(values: Mapping[str, Any], lang: str) -> Mapping[str, Any]:
    """Give numbers with decimals the mark of the language; so a note carries the number, never its text."""
    if lang != "da":
        return values
    return {key: _Danish(value) if isinstance(value, float) else value for key, value in values.items()}
