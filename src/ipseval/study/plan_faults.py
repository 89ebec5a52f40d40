"""Collects the faults of a plan, so that a person mends it in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.language import LANGUAGES


class Faults:
    """What is wrong with one file, fault by fault."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.said: list[str] = []
        self.beside: list[str] = []

    def say(self, where: str, what: str) -> None:
        """Note a fault and where it stands."""
        self.said.append(f"{where}: {what}")

    def also(self, others: Iterable[str]) -> None:
        """Tell of other files with faults, after those of this file."""
        self.beside.extend(others)

    def keys(
        self, where: str, found: Any, allowed: Sequence[str], needed: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return a mapping whose keys are known and complete, or note what is not."""
        if not isinstance(found, Mapping):
            self.say(where, "must be a mapping of keys to values.")
            return {}
        for key in found:
            if key not in allowed:
                self.say(where, f"the key {key!r} is unknown: {hint_for(str(key), allowed)}")
        for key in needed:
            if key not in found:
                self.say(where, f"the key {key!r} is missing.")
        return {str(k): v for k, v in found.items()}

    def one_of(self, where: str, name: str, options: Sequence[str]) -> None:
        """Note a name that is not offered, with near ones."""
        if name not in options:
            self.say(where, f"{name!r} is not known: {hint_for(name, options)}")

    def text(self, where: str, found: Any) -> dict[str, str]:
        """Return a text in each language."""
        if found is None:
            return {}
        if isinstance(found, str):
            return {"da": found, "en": found}
        if isinstance(found, Mapping) and set(found) <= set(LANGUAGES) and found:
            # Words in one language stand for both, as labels do.
            return {lang: str(found.get(lang) or next(iter(found.values()))) for lang in LANGUAGES}
        self.say(where, "must be a text, or {da: ..., en: ...}.")
        return {}

    def mapping(self, where: str, found: Any) -> dict[Any, Any]:
        """Return a mapping, empty where there is none."""
        if found is None or isinstance(found, Mapping):
            return dict(found or {})
        self.say(where, "must be a mapping of keys to values.")
        return {}

    def listed(self, where: str, found: Any) -> tuple[Any, ...]:
        """Return a list, empty where there is none."""
        if found is None or isinstance(found, list | tuple):
            return tuple(found or ())
        self.say(where, "must be a list: [...].")
        return ()

    def file_name(self, where: str, name: str) -> None:
        """Note a name that cannot name files."""
        if re.search(r'[<>:"/\\|?*\x00-\x1f]', name) or name.strip(". ") != name or not name:
            self.say(
                where, 'names files of the report, so it cannot hold any of <>:"/\\|?* or begin with a dot.'
            )

    def raise_if_any(self) -> None:
        """Refuse the file with every fault that was noted."""
        if self.said:
            head = f"{self.file} is not a plan yet, {len(self.said)} problem(s):"
            raise SchemaError("\n".join([head, *(f"  - {line}" for line in self.said), *self.beside]))
