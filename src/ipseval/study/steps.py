"""What goes wrong while a plan is run, step by step, so that a person mends it in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ipseval.core.checks import hint_for, near_names
from ipseval.core.errors import IpsevalError, SchemaError
from ipseval.core.labels import Labels
from ipseval.study.plan import Plan

_DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


class Steps:
    """The steps of a plan that could not be done, and why; other steps go on without them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.faults: dict[str, IpsevalError] = {}
        self.beside: list[str] = []

    @contextmanager
    def step(self, where: str) -> Iterator[None]:
        """Note a refusal under the step's place in the plan, such as "results.change"."""
        try:
            yield
        except IpsevalError as fault:
            self.faults[where] = fault

    @contextmanager
    def names(self) -> Iterator[None]:
        """Note what names columns and options that are not there, to be told beside the steps."""
        try:
            yield
        except SchemaError as fault:
            self.beside.append(str(fault))

    def failed(self, wheres: Iterable[str]) -> bool:
        """Say whether any of these steps could not be done, so that what rests on them is not tried."""
        return any(where in self.faults for where in wheres)

    def raise_if_any(self) -> None:
        """Refuse the plan with every step that could not be done; the error is of the steps' own kind."""
        if not self.faults:
            return
        lines = [f"  - {_placed(where, str(fault))}" for where, fault in self.faults.items()]
        kinds = {type(fault) for fault in self.faults.values()}
        kind = kinds.pop() if len(kinds) == 1 else SchemaError
        file = self.plan.file or self.plan.id
        head = f"{file}: {len(lines)} step(s) of the plan could not be done:"
        raise kind("\n".join([head, *lines, *self.beside])) from None


def _placed(where: str, said: str) -> str:
    said = said.replace("\n", "\n    ")
    return said if said.startswith(where) else f"{where}: {said}"


def column_hint(name: str, names: Iterable[str], labels: Labels) -> str:
    """Offer columns whose name or title is like `name`, Danish letters and endings of waves aside."""
    names = list(names)
    called: dict[str, str] = {}
    for column in names:
        bare, mark, last = column.rpartition("_")
        bare, ending = (bare, mark + last) if bare else (column, "")
        for text in (bare, *labels.names.get(column, {}).values()):
            called.setdefault(_plain(text + ending), column)
            called.setdefault(_plain(text), column)
    if _plain(name) in called:
        return f"did you mean {called[_plain(name)]!r}?"
    titled = [called[text] for text in near_names(_plain(name), called)]
    near = list(dict.fromkeys([*near_names(name, names), *titled]))[:3]
    return f"did you mean {' or '.join(map(repr, near))}?" if near else hint_for(name, names)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold().translate(_DANISH)).strip("_")
