"""Texts that somebody wrote by hand and that leave with a release: none may hold what points to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ipseval.core.errors import DisclosureError
from ipseval.core.language import LANGUAGES
from ipseval.core.result import Result
from ipseval.reporting.disclosure.profiles import Profile
from ipseval.reporting.scanning.rules import hits

if TYPE_CHECKING:
    from ipseval.reporting.scanning.known import KnownValues


def written_by_hand(named: Mapping[str, Result], profile: Profile, banner: str) -> dict[str, str]:
    """The texts of a release that are neither numbers nor words of the data, by where they come from."""
    own = {f"{field} of the profile": getattr(profile, field) for field in ("id", "source", "date")}
    own |= {f"said of the profile ({lang})": text for lang, text in profile.said.items()}
    own |= {"banner=": banner}
    for at, (name, result) in enumerate(named.items(), start=1):
        own |= {f"the name of result {at}": name}
        own |= {f"the base of result {at} ({lang})": result.base.words(lang) for lang in LANGUAGES}
    return own


def refuse_personal(texts: Mapping[str, str], known: KnownValues | None) -> None:
    """Hold every text to the scanner's patterns, before any escape of a file format changes it.

    Even what is only possible is refused: words can be chosen anew, numbers of a result cannot.

    Raises
    ------
    DisclosureError
        With where the text comes from and which patterns hit, never the text.
    """
    for where, text in texts.items():
        rules = {hit.rule for hit in hits(text)}
        if known is not None and list(known.spans(text)):
            rules.add("known_value")
        if rules:
            raise DisclosureError(
                f"{where} would leave with the release and looks like personal data or a path "
                f"({', '.join(sorted(rules))}): nothing was released; write it anew."
            )
