"""Stories of single people and quotations: what in them could name somebody; a person decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ipseval.core.checks import require_columns, require_frame
from ipseval.core.errors import DisclosureError

if TYPE_CHECKING:
    import pandas as pd

_MONTHS = (
    "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december|"
    "january|february|march|may|june|july|october"
)
_DATE = (
    rf"\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}\.? (?:{_MONTHS})\b"
)
_AGE = r"\b\d{1,3}[- ]?(?:år(?:ig)?|years? old|year-old)\b"
_EMPLOYER = r"\b(?:A/S|ApS|I/S|Netto|Føtex|Bilka|REMA|Lidl|skole|school|supermarked|restaurant|butik)\b"
_CLINIC = r"\b(?:\w*klinik\w*|\w*hospital\w*|afdeling \w+|psykiatri\w*|clinic|ward)\b"
_RARE = (
    r"\b(?:selvmord\w*|dømt|fængsel\w*|dødsfald|tvilling\w*|gravid\w*|asyl\w*|"
    r"suicide|prison|pregnan\w*|twin)\b"
)
STORY_RULES: Mapping[str, str] = {
    "date": _DATE,
    "age": _AGE,
    "employer": _EMPLOYER,
    "clinic": _CLINIC,
    "rare_event": _RARE,
}


COLUMNS = ("check", "hits", "status")


def story_checklist(
    text: str,
    *,
    people: pd.DataFrame | None = None,
    traits: Mapping[str, object] | None = None,
    least: int = 5,
) -> pd.DataFrame:
    """List what a case story or quotation tells that could name somebody; a person decides.

    Parameters
    ----------
    text
        The story.
    people
        Everybody in the base, to count who shares what the story tells.
    traits
        Column of `people` -> what the story says of it.
    least
        Fewest persons who must share the traits.

    Returns
    -------
    pandas.DataFrame
        check, hits and status: "needs_person" for what was found and for the whole, "hidden" where fewer than
        `least` share the traits.  The text is not repeated, and no line ever says "ok" of a story.

    Raises
    ------
    DisclosureError
        An empty text, or columns that `people` has not.

    Examples
    --------
    >>> import ipseval as ips
    >>> found = ips.story_checklist("Hun er 19 år og begyndte 3. marts i en butik.")
    >>> found.loc[found["hits"] > 0, "check"].tolist()
    ['date', 'age', 'employer']
    """
    import pandas as pd

    if not isinstance(text, str) or not text.strip():
        raise DisclosureError("text= must be the story or quotation as text.")
    if (people is None) != (not traits):
        raise DisclosureError(
            "people= and traits= go together: who is counted, and what the story tells of them."
        )
    rows: list[tuple[str, int, str]] = []
    for name, pattern in STORY_RULES.items():
        hits = len(re.findall(pattern, text, flags=re.IGNORECASE))
        rows.append((name, hits, "needs_person"))
    if people is not None and traits:
        require_frame(people, error=DisclosureError)
        require_columns(people, list(traits), argument="traits", error=DisclosureError)
        same = pd.Series(True, index=people.index)
        for column, value in traits.items():
            same &= people[column] == value
        n = int(same.sum())
        rows.append(("people_who_share_it", n, "hidden" if n < least else "needs_person"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def checked_stories(stories: object) -> dict[str, pd.DataFrame]:
    """Take the checklists of stories by name; a text in their place is refused and not repeated."""
    import pandas as pd

    if not isinstance(stories, Mapping):
        raise DisclosureError("stories= must map names to what ips.story_checklist found.")
    for each in stories.values():
        if not isinstance(each, pd.DataFrame) or list(each.columns) != list(COLUMNS):
            raise DisclosureError(
                "stories= must hold what ips.story_checklist found, not the stories: the text is not taken."
            )
    return {str(name): each for name, each in stories.items()}
