"""The patterns of `data_schemas/identity/patterns.yaml` at work: which hits count, and how sure they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from ipseval.core.errors import SchemaError
from ipseval.core.identity import CONFIRMED, parse_cpr
from ipseval.core.resources import packaged_yaml

LEVELS = ("possible", "likely", "sure")
NEAR = 60
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DIGEST = re.compile(r"(?<!\w)(?=\d*[a-f])(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64})(?!\w)")
"""MD5, SHA-1 and SHA-256 as they are written: digits among their letters are nobody's number."""
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)
Judge = Callable[[str, str], str]
"""Takes the hit and the level it would have; gives its level, or "" when it is none."""


@dataclass(frozen=True)
class Rule:
    """One pattern with its judge."""

    id: str
    pattern: re.Pattern[str]
    judge: Judge
    level: str
    near: re.Pattern[str] | None
    needs_near: bool
    needs: tuple[str, ...]
    spared: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Hit:
    """Where a rule hit in a text, never what."""

    rule: str
    level: str
    start: int
    end: int


@cache
def rules() -> tuple[Rule, ...]:
    """Read the patterns once."""
    return tuple(_rule(given) for given in packaged_yaml("identity/patterns.yaml")["rules"])


def _rule(given: Mapping[str, object]) -> Rule:
    check, level = str(given["check"]), str(given["level"])
    if check not in _JUDGES or level not in LEVELS:
        raise SchemaError(f"identity/patterns.yaml: the rule {given['id']!r} has no such check or level.")
    near, spared, needs = (given.get(name) or [] for name in ("near", "spared", "needs"))
    assert isinstance(near, list)
    assert isinstance(spared, list)
    assert isinstance(needs, list)
    words = re.compile("|".join(map(str, near)), re.I) if near else None
    return Rule(
        str(given["id"]),
        re.compile(str(given["pattern"]), re.I if str(given["id"]) in ("server_path", "id_in_code") else 0),
        _JUDGES[check],
        level,
        words,
        bool(given.get("needs_near")),
        tuple(map(str, needs)),
        tuple(re.compile(str(one), re.I) for one in spared),
    )


def hits(text: str) -> list[Hit]:
    """Give every hit of every rule in a text, in its order; of hits of one rule that overlap the surest."""
    folded = text.lower()
    digests = [digest.span() for digest in _DIGEST.finditer(text)]
    found: list[Hit] = []
    for rule in rules():
        if rule.needs and not any(need in folded for need in rule.needs):
            continue
        for match in rule.pattern.finditer(text):
            level = _level(rule, match, text)
            if level and not any(a <= match.start() and match.end() <= b for a, b in digests):
                found.append(Hit(rule.id, level, match.start(), match.end()))
    kept: list[Hit] = []
    ends: dict[str, int] = {}
    for hit in sorted(found, key=lambda h: (h.start, -LEVELS.index(h.level))):
        if hit.start >= ends.get(hit.rule, 0):
            kept.append(hit)
            ends[hit.rule] = hit.end
    return kept


def _level(rule: Rule, match: re.Match[str], text: str) -> str:
    hit = match.group()
    if any(spared.search(hit) for spared in rule.spared):
        return ""
    level = rule.level
    if rule.near is not None:
        near = rule.near.search(text, max(0, match.start() - NEAR), match.end()) is not None
        if rule.needs_near and not near:
            return ""
        level = "likely" if near else level
    return rule.judge(hit, level)


def _plain(hit: str, level: str) -> str:
    return level


def _cpr(hit: str, level: str) -> str:
    """A date must be there; a hyphen and a check digit that holds each make it surer."""
    read = parse_cpr(hit)
    if read is None:
        return ""
    parted, confirmed = not hit.isdecimal(), read.confidence == CONFIRMED
    if confirmed and (parted or level == "likely"):
        return "sure"
    return "likely" if parted or confirmed else level


def _cvr(hit: str, level: str) -> str:
    digits = re.sub(r"\D", "", hit)
    holds = sum(int(d) * w for d, w in zip(digits, _CVR_WEIGHTS, strict=True)) % 11 == 0
    return level if holds else ""


def _iban(hit: str, level: str) -> str:
    plain = hit.replace(" ", "")
    number = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    return "sure" if int(number) % 97 == 1 else ""


def _phone(hit: str, level: str) -> str:
    """Eight digits that are a day as well (20240115) are less sure."""
    return "possible" if _DAY.fullmatch(hit) else level


_JUDGES: dict[str, Judge] = {"plain": _plain, "cpr": _cpr, "cvr": _cvr, "iban": _iban, "phone": _phone}


def is_somebody(author: str) -> bool:
    """Say whether an author in a file's properties may be a person; programs and "user" are not."""
    plain = author.strip().casefold()
    return (
        sum(map(str.isalpha, plain)) > 1 and plain not in packaged_yaml("identity/patterns.yaml")["programs"]
    )
