"""Reads a file part after part and keeps what is wrong with each, so that a person mends it in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError

T = TypeVar("T")


class Faults:
    """What is wrong with one part of a file: a line for each fault."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.said: list[str] = []

    def say(self, what: str) -> None:
        """Note a fault of this part."""
        self.said.append(f"{self.where}: {what}")

    def of(self, read: Callable[..., T], *given: Any) -> T | None:
        """Return what `read` gives, or note what it refuses."""
        try:
            return read(*given)
        except SchemaError as fault:
            self.said += str(fault).split("\n")
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            key = f" (the key {problem.args[0]!r} is missing)" if isinstance(problem, KeyError) else ""
            self.say(
                f"a part of it does not have the shape that an instrument's file must have{key}; "
                "compare docs/instrument_format.md."
            )
        return None

    def raise_if_any(self) -> None:
        """Refuse the part with every fault that was noted."""
        if self.said:
            raise SchemaError("\n".join(dict.fromkeys(self.said)))


def known_keys(raw: Any, keys: Sequence[str], where: str) -> None:
    """Refuse keys that the format does not have; a misspelt key would be a rule that is not applied."""
    if not isinstance(raw, Mapping):
        raise SchemaError(f"{where}: a map with the keys {', '.join(keys)} was expected.")
    faults = Faults(where)
    for key in raw:
        if key not in keys:
            faults.say(f"the key {str(key)!r} is not known: {hint_for(str(key), keys)}")
    faults.raise_if_any()
