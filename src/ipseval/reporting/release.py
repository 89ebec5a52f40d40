"""`ipseval.release`: numbers that may leave the machine, and proof that no hidden count can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipseval.core.checks import require_option
from ipseval.core.errors import DisclosureError
from ipseval.core.keys import Key, read_key
from ipseval.core.labels import Labels
from ipseval.core.language import LANGUAGES
from ipseval.core.result import Result
from ipseval.reporting import release_files as files
from ipseval.reporting.disclosure.counts.ledger import entry_of, read_ledger, sealed_entry, write_ledger
from ipseval.reporting.disclosure.judge import Judged, judge
from ipseval.reporting.disclosure.profiles import Profile, load_profile, refuse_laxer
from ipseval.reporting.disclosure.stories import checked_stories
from ipseval.reporting.release_checker import Checked, write_checker
from ipseval.reporting.release_folder import release_folder
from ipseval.reporting.release_record import how_cheap, record_of, write_record
from ipseval.reporting.release_texts import refuse_personal, written_by_hand
from ipseval.reporting.scanning.scan import scan

if TYPE_CHECKING:
    import pandas as pd

    from ipseval.reporting.scanning.known import KnownValues

METHODS = ("suppress", "round")


@dataclass(frozen=True, eq=False)
class Release:
    """What was released.

    Attributes
    ----------
    folder
        What may leave.
    checker
        The folder for the output checker; it tells which counts are small, so it stays.
    profile
        The thresholds.
    judged
        What became of every row.
    names
        The results, in order.
    """

    folder: Path
    checker: Path
    profile: Profile
    judged: Judged
    results: Mapping[str, Result]

    @property
    def optimal(self) -> bool:
        """Whether no pattern hides less without giving a small count away."""
        return self.judged.gap == 0

    def statuses(self) -> pd.DataFrame:
        """One row per row of the results: result, row, status and why.

        Status is ok, hidden, hidden_to_protect, rounded or needs_person; row -1 is a result refused whole.
        """
        import pandas as pd

        rows = []
        for name, fates, refused in zip(self.results, self.judged.fates, self.judged.refused, strict=True):
            rows += [(name, -1, "hidden", refused)] if refused else []
            rows += [(name, at, fate.status, fate.why) for at, fate in enumerate(fates)]
        return pd.DataFrame(rows, columns=["result", "row", "status", "why"])

    def __repr__(self) -> str:
        """Say how much was released, in counts of rows."""
        n = sum(len(f) for f in self.judged.fates)
        ok = sum(1 for rows in self.judged.fates for f in rows if f.status == "ok")
        return f"<Release {self.profile.id}: {n} rows, {ok} as they are>"

    def _repr_html_(self) -> str:
        """Show in a notebook how many rows of each result became what; no number that was judged."""
        rows = self.statuses()
        counted = rows.groupby(["result", "status"], sort=False).size().rename("rows").reset_index()
        return f"<p><code>{escape(repr(self))}</code></p>{counted.to_html(index=False, border=0)}"


def release(
    results: object,
    folder: str | Path,
    *,
    profile: str | Path = "dst-5",
    ledger: str | Path | None = None,
    key: str | Path | None = None,
    method: str = "suppress",
    inside: Sequence[tuple[str, str]] = (),
    known: KnownValues | None = None,
    labels: Labels | None = None,
    banner: str = "",
    lang: str = "da",
    stories: Mapping[str, object] | None = None,
    replace: bool = False,
) -> Release:
    """Write results to a folder that may leave a research machine, with what could identify anybody hidden.

    Parameters
    ----------
    results
        What the verbs returned: a result, a list of them, or a mapping that names them.  Anything else is
        refused with what to give instead.
    folder
        Where to write; new or empty.  Beside it stands `<folder>_checker`, which stays.
    profile
        "dst-3", "dst-5", "sds-5", "report-5", or your own .yaml file, which both pages call an own profile.
    ledger
        File that remembers what has left; give the same one every time.  It stays on the machine.  Both pages
        say how many earlier releases it knew.
    key
        File of the project's key (`ips.make_key`), to seal the ledger with.  Without it a single change by
        hand is seen, but not a ledger written anew from its first entry.
    method
        "suppress" hides as few counts as possible; "round" rounds every count so that sums still hold.
    inside
        Bases known to lie inside one another: (smaller, larger) names.  Bases that could do so are taken to.
    known
        Digests of your own identifiers (`ips.known_values`), for the scan of what was written.
    labels
        Words for columns and codes on the pages (`ips.Labels`); the CSV files keep the codes.
    banner
        What every reader must see first, such as that the persons are invented; stands on both pages and
        first in `evidence.json`.
    lang
        "da" or "en".
    stories
        Case stories and quotations that shall leave beside the numbers, by name: what `ips.story_checklist`
        found in each.  The lists stand on the checker's page; the text is not taken, and each needs a person.
    replace
        Whether an earlier release in `folder` is replaced.

    Returns
    -------
    Release
        `statuses()` has one row per number: ok, hidden, hidden_to_protect, rounded, needs_person.

    Raises
    ------
    DisclosureError
        A frame or figure in place of a result, a profile laxer than a source register demands, a text of
        yours that looks like personal data (profile, banner, names), bases that contradict one another, a
        ledger changed by hand, tables that cannot be protected, or personal data found in what was written.

    Notes
    -----
    All counts of all tables, and of earlier releases, are one system of cells and sums.  Counts from 1 to
    k - 1 are hidden, and with them the cheapest further cells for which an outsider who knows every number
    shown still finds 1 and k - 1 possible in each; the few in a larger base and not in a smaller, and
    everybody but one category, are guarded likewise.  Numbers made of a hidden count go with it.  Sums are
    kept where that can be.
    Missing data: how many did not answer may be told or not, by the profile.
    Assumptions: results state who was counted; one person is one person in every result.
    Checked against: tests/reporting_disclosure (an attack on the files alone); docs/measured/release.md.
    References: Fischetti and Salazar 2000, https://doi.org/10.1080/01621459.2000.10474282.

    Examples
    --------
    >>> import pandas as pd, tempfile, pathlib
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"job": ["a"] * 20 + ["b"] * 12 + ["c"] * 2})
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = pathlib.Path(place) / "out"
    ...     out = ips.release(ips.describe(people, columns=["job"]), folder, profile="dst-3")
    >>> out.statuses()["status"].tolist()
    ['ok', 'hidden_to_protect', 'hidden']
    """
    require_option(method, METHODS, argument="method", error=DisclosureError)
    require_option(lang, LANGUAGES, argument="lang", error=DisclosureError)
    named = named_results(results)
    rules = load_profile(profile)
    refuse_laxer(rules, [name for each in named.values() for name in each.base.registers])
    book = Path(ledger) if ledger is not None else None
    target = Path(folder)
    _ledger_outside(book, target)
    refuse_personal(written_by_hand(named, rules, banner), known)
    told_of = checked_stories(stories or {})
    secret = _secret(key, book)
    old = read_ledger(book, secret)
    judged = judge(list(named.values()), rules, method=method, ledger=old, inside=inside)
    if judged.exposed:
        raise DisclosureError(
            f"{judged.exposed} small count(s) could still be told: nothing was written; join categories or "
            "groups."
        )
    entry = entry_of(target.name, rules.id, judged.graph, judged.shown, judged.small, judged.told)
    look = files.Look(rules, lang, labels or Labels(), banner, len(old.entries) if book is not None else None)
    record: dict[str, Any] = {"banner": banner} if banner else {}
    record |= record_of(named, judged.fates, look, method, how_cheap(judged.gap))
    record |= {"stories_for_a_person": len(told_of)} if told_of else {}
    record["ledger"] = sealed_entry(old, entry, secret)["seal"] if book is not None else ""
    checker = target.with_name(f"{target.name}_checker")
    with (
        release_folder(target, replace=replace) as fresh,
        release_folder(checker, private=True, replace=replace) as beside,
    ):
        files.write_tables(fresh, named, judged, look)
        write_record(fresh, record)
        findings = _scanned(fresh, known, lang)
        write_checker(beside, Checked(named, judged, record, findings, told_of), look)
        write_record(beside, record)
        if book is not None:
            write_ledger(book, old, entry, secret)
    return Release(target, checker, rules, judged, named)


def named_results(results: Any) -> dict[str, Result]:
    """Give every result a name; anything without evidence is refused with what to do instead."""
    if isinstance(results, Result):
        results = [results]
    if isinstance(results, Mapping):
        found = {str(name): each for name, each in results.items()}
    elif isinstance(results, Sequence) and not isinstance(results, str):
        found = {f"{getattr(each, 'kind', 'result')}_{at}": each for at, each in enumerate(results, start=1)}
    else:
        found = {"results": results}
    for name, each in found.items():
        if not isinstance(each, Result):
            raise DisclosureError(_not_a_result(name, each))
    if not found:
        raise DisclosureError("results= is empty: give at least one result.")
    if len({files.file_name(name).lower() for name in found}) < len(found):
        raise DisclosureError("two names of results= give the same file: name them apart.")
    return found


def _not_a_result(name: str, each: object) -> str:
    kind = type(each).__name__
    if kind.endswith(("Figure", "Axes")):
        return (
            f"{name} is a figure, drawn from numbers that were not cleared, and its marks may be persons: "
            "release the result, and draw from the released file; for persons use counts in bins "
            "(ips.reliable_counts)."
        )
    return (
        f"results=: {name} is a {kind} and carries no evidence of who was counted: give a verb's Result, "
        "such as ips.describe(frame, columns=[...])."
    )


def _secret(key: str | Path | None, book: Path | None) -> Key | None:
    if key is None:
        return None
    if book is None:
        raise DisclosureError("key= seals a ledger: give ledger=, or leave key= out.")
    return read_key(key)


def _ledger_outside(book: Path | None, folder: Path) -> None:
    if book is not None and folder.resolve() in book.resolve().parents:
        raise DisclosureError("ledger= lies in the folder that leaves: keep it elsewhere on the machine.")


def _scanned(folder: Path, known: KnownValues | None, lang: str) -> list[str]:
    """Look for personal data in what was written; likely ones stop the release, possible ones are told."""
    found = scan([folder], known, profile=None)
    likely = found.at_least("likely")
    if likely.findings:
        rules = ", ".join(sorted({f.rule for f in likely.findings}))
        raise DisclosureError(
            f"{len(likely.findings)} place(s) of the written files look like personal data ({rules}): "
            "nothing was released; look at codes and names of the results."
        )
    return [f"{f.file}, {f.where(lang)}: {f.rule} ({f.level})" for f in found.findings]
