"""Profiles of thresholds: who demands what, from a packaged file or the user's own."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import DisclosureError
from ipseval.core.language import LANGUAGES, say
from ipseval.core.resources import data_root, load_yaml


@dataclass(frozen=True)
class Profile:
    """Thresholds of a register owner or a house.

    Attributes
    ----------
    persons
        Fewest persons behind a number.
    firm_share, firm_units
        The largest share of a sum that so many units may hold.
    residual_df, parameters_per_person
        Fewest residual degrees of freedom and most parameters per person of a model.
    steps
        Events that a step of a curve must gather.
    rounding_base
        What counts are rounded to with method="round".
    staff
        A survey of the staff with fewer people than this does not leave at all.
    missing
        "open": how many did not answer, or are not in a base, may be told, but nothing else about them when
        they are few; "protected": their number is a count like any other.
    demanded_by
        Registers (how their names begin) whose numbers may not leave with fewer persons than this.
    said, source, date
        Whose rules these are, per language; where the thresholds come from, and when that was looked at.
    digest
        SHA-256 of the file.
    own
        A file of one's own, and no packaged profile.
    """

    id: str
    persons: int
    firm_share: float
    firm_units: int
    residual_df: int
    parameters_per_person: float
    steps: int
    rounding_base: int
    staff: int
    missing: str
    said: Mapping[str, str]
    source: str
    date: str
    demanded_by: tuple[str, ...] = ()
    digest: str = ""
    own: bool = False

    def sentence(self, lang: str) -> str:
        """Say whose rules these are and how many persons they ask for, as the numbers of the file say."""
        code = "release_threshold_own" if self.own else "release_threshold"
        return say(code, lang, who=self.said[lang], k=self.persons, id=self.id, digest=self.digest[:12])


_WHOLE = ("persons", "firm_units", "residual_df", "steps", "rounding_base", "staff")
_SHARES = ("firm_share", "parameters_per_person")
_MAY = ("checked", "demanded_by")
_TEXTS = ("id", "source", "date")
LONGEST = 500
"""Characters of a text of a profile: it says where thresholds come from, and leaves with every release."""
_OURS = ("digest", "own")
"""Fields that are found, not read."""


def profile_names() -> list[str]:
    """Names of the packaged profiles."""
    return sorted(path.stem for path in (data_root() / "profiles").glob("*.yaml"))


def load_profile(profile: str | Path) -> Profile:
    """Read a packaged profile by name, or a file of one's own by path.

    Raises
    ------
    DisclosureError
        An unknown name, a file that lacks a field or has one out of range, or one that calls itself by the
        name of a packaged profile or speaks for its owner.
    """
    known = profile_names()
    if str(profile) in known:
        return _packaged(str(profile))
    path = Path(profile)
    if path.suffix not in (".yaml", ".yml"):
        raise DisclosureError(
            f"profile={str(profile)!r} is no profile: {hint_for(str(profile), known)} "
            "A profile of your own is a .yaml file."
        )
    own = _read(path, path.name, own=True)
    _refuse_borrowed(own, path.name, [_packaged(name) for name in known])
    return own


def _packaged(name: str) -> Profile:
    return _read(data_root() / "profiles" / f"{name}.yaml", name, own=False)


def _refuse_borrowed(own: Profile, name: str, packaged: Iterable[Profile]) -> None:
    """A file of one's own may not pass for a register owner's rules."""
    for each in packaged:
        if _plain(own.id) == _plain(each.id):
            raise DisclosureError(
                f"the profile {name} has id: {each.id}, the name of a packaged profile: say "
                f"profile={each.id!r} to use that one, or give yours an id of its own."
            )
        if {_plain(text) for text in own.said.values()} & {_plain(text) for text in each.said.values()}:
            raise DisclosureError(
                f"the profile {name} speaks in the words of {each.id} under said: say whose rules yours are."
            )


def _plain(text: str) -> str:
    """Letters and digits alone, however they are written."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _read(path: Path, name: str, *, own: bool) -> Profile:
    told = load_yaml(path)
    if not isinstance(told, Mapping):
        raise DisclosureError(f"the profile {name} is not a mapping of names to thresholds.")
    fields = tuple(f for f in Profile.__dataclass_fields__ if f not in (*_MAY, *_OURS))
    faults = [f"{f} is missing" for f in fields if f not in told]
    faults += [f"{key!r} is no field of a profile" for key in told if key not in (*fields, *_MAY)]
    given = [f for f in _WHOLE if f in told]
    faults += [f"{f} must be a whole number of at least 2" for f in given if not _whole(told[f])]
    faults += [f"{f} must lie between 0 and 1" for f in _SHARES if f in told and not _share(told[f])]
    if told.get("missing", "open") not in ("open", "protected"):
        faults.append("missing must be open or protected")
    faults += _said_faults(told["said"]) if "said" in told else []
    faults += [
        f"{f} must be one line of at most {LONGEST} characters" for f in _TEXTS if _long(told.get(f, ""))
    ]
    if faults:
        raise DisclosureError(f"the profile {name} cannot be used: {'; '.join(faults)}.")
    values: dict[str, Any] = {
        f: str(told[f]) if f in ("id", "source", "date", "missing") else told[f] for f in fields
    }
    asked = tuple(str(register) for register in told.get("demanded_by", ()))
    return Profile(**values, demanded_by=asked, digest=hashlib.sha256(path.read_bytes()).hexdigest(), own=own)


def _said_faults(said: object) -> list[str]:
    if not isinstance(said, Mapping) or set(said) != set(LANGUAGES):
        return ["said must have exactly da and en"]
    if any(_long(text) for text in said.values()):
        return [f"said must be one line of at most {LONGEST} characters in each language"]
    if any(re.search(r"\d", str(text)) for text in said.values()):
        return ["said must name whose rules these are, without figures: the pages add persons themselves"]
    return []


def refuse_laxer(profile: Profile, registers: Iterable[str]) -> None:
    """Refuse a profile that lets through fewer persons than the owner of a source register demands.

    Raises
    ------
    DisclosureError
        With the registers, what they demand, and the profile that meets it.
    """
    names = sorted(set(registers))
    for strict in (load_profile(name) for name in profile_names()):
        found = [name for name in names if name.upper().startswith(strict.demanded_by)]
        if strict.demanded_by and found and profile.persons < strict.persons:
            raise DisclosureError(
                f"profile={profile.id!r} shows numbers of {profile.persons} persons, but {', '.join(found)} "
                f"demand(s) at least {strict.persons}: choose {strict.id!r}, or another profile with as many."
            )


def _long(text: object) -> bool:
    return len(str(text)) > LONGEST or len(str(text).splitlines()) > 1


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 2


def _share(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and 0 < value <= 1
