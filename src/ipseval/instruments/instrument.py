"""An instrument: read from a file, applied to a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipseval.core.labels import Labels
from ipseval.core.resources import data_root
from ipseval.instruments.coding import Answers
from ipseval.instruments.model import Anchor, Item, Norm, ReliabilityFact, Score, SymptomRule, Text
from ipseval.instruments.plans import Choices
from ipseval.instruments.reading import fields_of, read_fields
from ipseval.instruments.scoring import score_frame

if TYPE_CHECKING:
    from ipseval.core.result import Result


@dataclass(frozen=True)
class Instrument:
    """A questionnaire or scale as data: its items, scores, bands, rules, sources and doubts.

    `print(WHO5)` shows its items, answers, bands, cuts, rule for missing answers, sources, doubts and
    licence; `catalog_text("da", only=["who5"])` does so in Danish.

    Attributes
    ----------
    id, version, title, window
        The name that starts every output column, which form it is, and the time it asks about.
    better
        "higher", "lower" or "not_stated": which way is better for the person.
    items, scores, rules, anchors
        What it consists of; `scores[0]` is the main score.  See `ipseval.instruments.model`.
    coding, codings
        The coding assumed when none is declared (None: it must be), and the codings in use.
    step
        The smallest difference between two answers (1/2 where raters may agree on half points).
    missing_codes
        Codes that the form itself prints for "not rated".
    references, reliability, norms, doubts, licence
        Where it comes from and what is uncertain about it.
    """

    id: str
    version: str
    title: Text
    window: Text
    better: str
    licence: str
    items: tuple[Item, ...]
    coding: str | None
    codings: tuple[str, ...]
    labels: Mapping[str, float]
    step: Fraction
    missing_codes: tuple[float, ...]
    scores: tuple[Score, ...]
    rules: tuple[SymptomRule, ...]
    anchors: tuple[Anchor, ...]
    references: tuple[str, ...]
    reliability: tuple[ReliabilityFact, ...]
    norms: Mapping[str, Norm]
    doubts: tuple[Text, ...]
    zero_is_common: bool
    count_name: str
    provisional: bool

    @classmethod
    def from_file(cls, path: str | Path) -> Instrument:
        """Read an instrument from a YAML file; it behaves like a shipped one.

        Raises
        ------
        SchemaError
            If the file is not well formed; the sentence names the key.
        """
        return cls(**read_fields(Path(path)))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Instrument:
        """Make an instrument from the content of such a file, already parsed."""
        return cls(**fields_of(fields, str(fields.get("id", "instrument"))))

    def score(
        self,
        frame: Any,
        *,
        items: Sequence[str] | Mapping[str, str] = (),
        coding: Answers | None = None,
        missing: Sequence[float | str] = (),
        max_missing: int | None = None,
        bands: Any = None,
        on_out_of_range: str = "error",
        rounding: str = "none",
        extras: Sequence[str] = (),
        **options: Any,
    ) -> pd.DataFrame:
        """Score every row: the total, its band, how many answers it rests on.

        Parameters
        ----------
        frame
            One row per answered form: a pandas or polars DataFrame or an Arrow table.
        items
            The columns of the items in the order of the instrument, or a map from item id to column; needed.
        coding
            How the answers are written: a range such as "0-5" or "1-6 reversed" (1 is the highest
            answer), a map from codes or labels to answers, or "labels" where the instrument has
            labels of its own.  It is never guessed; where several codings circulate it must be said.
        missing
            Codes or labels that mean "no answer", such as [8, 9] or ["ved ikke"]; codes must lie outside
            the declared ones.
        max_missing
            How many answers of the main score may be missing (a whole number); default: the file's.
        bands
            The name of a convention in the file, or your own: {"low": 0, "high": 10} (lower bounds);
            default: the file's first ("2015" for MDI), so say it where several are in use.
        on_out_of_range
            "error", or "missing" to count answers outside the codes and treat them as missing.
        rounding
            "none", or "half_up" to round scores to whole numbers before bands are applied.
        extras
            "cuts" adds a yes / no / undetermined column for each cut in the file (a prorated score is
            held to the cut as it stands; without a score the cut is settled only if every possible
            answer agrees); "bounds" adds the lowest and highest score that missing answers allow,
            and the band where both agree.
        **options
            What the file's rules offer, such as `icd10_rule="dcr"` or `accompanying_threshold=4`;
            `score_range=(3, 12)` checks a printed range against the one that the items can give.

        Returns
        -------
        DataFrame
            One row per row of `frame`, with its index.  With id `x`: `x` (float, NaN if not scored),
            `x_band` (where there are bands), `x_n_answered`, `x_prorated` (true where a permitted
            missing answer was replaced by the mean of the others), then further scores and rules.

        Raises
        ------
        ScoringError
            For answers outside the declared codes, between two codes, true/false or text; for too few,
            too many, repeated or unknown columns; for a coding that the items cannot have.

        Assumptions
        -----------
        Items measure one thing, so that the mean of the answered ones stands for a missing one.

        Missing data
        ------------
        sum * k / answered if at most `max_missing` are missing, else no score.  Rules under missing
        answers are worked out for the lowest and the highest possible answers; where these differ the
        outcome is "undetermined".

        Checked against
        ---------------
        tests/instruments (worked examples, every band edge, brute force over all missing answers).

        Examples
        --------
        >>> import pandas as pd
        >>> from ipseval.instruments import WHO5
        >>> forms = pd.DataFrame({"a": [3, 2], "b": [3, None], "c": [3, 3], "d": [3, 2], "e": [3, 3]})
        >>> WHO5.score(forms, items=list("abcde"), coding="0-5")
           who5           who5_band  who5_n_answered  who5_prorated
        0  60.0   no_immediate_risk                5          False
        1  50.0                risk                4           True
        """
        choices = Choices(
            items, coding, missing, max_missing, bands, on_out_of_range, rounding, extras, options
        )
        return score_frame(self, frame, choices)

    def words(self, *, suffix: str = "") -> Labels:
        """Name the scores and bands of this instrument, for `labels=` of tables and figures.

        Parameters
        ----------
        suffix
            What the columns have after their names, such as "_start".

        Returns
        -------
        Labels
            Words in Danish and English for the columns that `score` makes; lay them over those of a file
            with `x.codebook.labels().merged(WHO5.words())`.

        Examples
        --------
        >>> from ipseval.instruments import WHO5
        >>> WHO5.words().value("who5_band", "risk", "da")
        '36-50: risiko for depression/stressbelastning'
        """
        names: dict[str, Text] = {}
        values: dict[str, dict[str, Text]] = {}
        for own in self.scores:
            band = f"{own.id}_band{suffix}"
            names |= {f"{own.id}{suffix}": own.title, band: own.title}
            values[band] = {b.name: b.label for bands in own.bands.values() for b in bands}
        return Labels(names, values)

    def keyed(
        self,
        frame: Any,
        *,
        items: Sequence[str] | Mapping[str, str],
        coding: Answers | None = None,
        missing: Sequence[float | str] = (),
    ) -> pd.DataFrame:
        """Return the items in points, all keyed one way, as `ipseval.reliability` takes them.

        One column per part of the main score (of a pair the higher half), NaN where unanswered.
        """
        from ipseval.instruments.inspection import keyed_parts

        return keyed_parts(self, frame, Choices(items, coding, missing))

    def with_halves(self, item: str, *, halves: tuple[str, str]) -> Instrument:
        """Return a variant in which one item is asked as two questions, of which the higher counts.

        Some forms of MDI ask item 9 twice: `MDI.with_halves("sleep", halves=("less_sleep", "more_sleep"))`
        takes thirteen columns in place of twelve.
        """
        from ipseval.instruments.pairs import split_item

        return split_item(self, item, halves)

    def missing_report(
        self,
        frame: Any,
        *,
        items: Sequence[str] | Mapping[str, str],
        coding: Answers | None = None,
        missing: Sequence[float | str] = (),
        max_missing: int | None = None,
    ) -> Result:
        """Count unanswered items, and the forms that are complete, prorated, not scored or blank.

        One row per item and per kind of form, each a share of all rows of `frame` (`term` names it).
        """
        from ipseval.instruments.inspection import missing_report

        return missing_report(self, frame, Choices(items, coding, missing, max_missing))

    def band(self, scores: pd.Series, *, coding: Answers | None = None, bands: Any = None) -> pd.Series:
        """Put the scores of persons in bands.

        Raises
        ------
        ScoringError
            For a single number, or values that no person can score: bands are never laid on a mean.
        """
        from ipseval.instruments.inspection import band_of

        return band_of(self, scores, coding or self.coding or self.codings[0], bands)

    def score_range(self, *, coding: Answers | None = None) -> tuple[float, float]:
        """Return the lowest and highest score that complete answers can give."""
        from ipseval.instruments.inspection import score_range

        return score_range(self, coding or self.coding or self.codings[0])

    def norm_scores(self, scores: pd.Series, *, norm: str | Norm) -> pd.DataFrame:
        """Return z and percentile of persons' scores against a shipped norm (by name) or your own `Norm`."""
        from ipseval.instruments.norms import chosen_norm, norm_scores

        return norm_scores(scores, chosen_norm(self, norm))

    def __repr__(self) -> str:
        """Name it in one line."""
        items, scores = _counted(self.items, "item"), _counted(self.scores, "score")
        return f"<Instrument {self.id}: {items}, {scores}>"

    def __str__(self) -> str:
        """Say all that is known of it: `print(WHO5)`."""
        from ipseval.instruments.listing import page

        return page(self, "en")


def _counted(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "s")


@cache
def shipped(identifier: str) -> Instrument:
    """Return a shipped instrument by its id, reading its file once."""
    return Instrument.from_file(data_root() / "instruments" / f"{identifier}.yaml")


def shipped_ids() -> tuple[str, ...]:
    """Return the ids of all shipped instruments."""
    return tuple(sorted(path.stem for path in (data_root() / "instruments").glob("*.yaml")))
