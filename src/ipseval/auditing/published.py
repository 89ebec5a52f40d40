"""The form of published numbers: what a report prints, each number as it was printed.

Numbers are kept as text with a decimal point (`Num`), because "2.70" says more than 2.7.
`docs/audit/format.md` explains every field; `reading.py` fills these classes from a file and refuses what
does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

Num = NewType("Num", str)
"""A number as printed, with a decimal point; empty where none is printed."""
BLANK = Num("")


@dataclass(frozen=True)
class Printed:
    """What every printed thing has: a name, words, lines in the text, doubt about the reading."""

    id: str
    what: str = ""
    lines: tuple[int, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class Group(Printed):
    """A base: how many there are, and how it stands to other bases."""

    n: int | None = None
    subset_of: str = ""
    pairs_of: tuple[str, ...] = ()
    """The two groups whose common members these are, where the report says so."""


@dataclass(frozen=True)
class Cell:
    """One category of a distribution; `low` and `high` bound a class of durations."""

    label: str = ""
    line: int | None = None
    count: int | None = None
    percent: Num = BLANK
    low: Num = BLANK
    high: Num = BLANK
    doubt: str = ""


@dataclass(frozen=True)
class Distribution(Printed):
    """Counts or percents of one question: `exclusive` has each person once, `complete` all of them."""

    group: str = ""
    n: int | None = None
    exclusive: bool = True
    complete: bool = True
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Share(Printed):
    """A share or count said in the text: by itself, or of `cells` (from 1) of a distribution."""

    percent: Num = BLANK
    count: int | None = None
    n: int | None = None
    counted: str = ""
    of: str = ""
    """The groups that count and n are said to be the sizes of, for a claim of overlap."""
    question: str = ""
    """Shares of one question whose answers exclude one another have the same name here."""
    distribution: str = ""
    cells: tuple[int, ...] = ()
    said: Num = BLANK
    """A fraction said in words, in percent; `tolerance` in percentage points is what the words allow."""
    tolerance: Num = BLANK
    bound: str = ""
    """`over`, `under` or `at_most`, where the words say no more than that."""
    base_said: str = ""
    base_true: str = ""
    repeats: str = ""


@dataclass(frozen=True)
class Mean(Printed):
    """A mean (and SD) of scores made of `items` whole answers, from `low` to `high` in `unit`."""

    value: Num = BLANK
    sd: Num = BLANK
    n: int | None = None
    items: int = 1
    unit: int = 1
    low: int | None = None
    high: int | None = None
    summed: bool = True
    """Items are added into the score; otherwise they are averaged."""
    series: str = ""
    """Means of the same people and score at several times share a series."""
    p: Num = BLANK
    interval: bool = False
    cutoffs: tuple[int, ...] = ()
    exact_n: bool = False
    """The report says that every one of the n answered."""


@dataclass(frozen=True)
class Scale(Printed):
    """The printed range of an index of `items` questions."""

    items: int = 1
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Model(Printed):
    """A regression: `n_most` bounds n where it is not printed."""

    n: int | None = None
    n_most: int | None = None
    events: int | None = None
    level: Num = Num("0.95")
    interval: str = ""
    """`profile`, `wald` or `penalised`, where the report says so."""
    stars: tuple[Num, ...] = ()
    """The limits that one, two, three stars stand for."""
    footnotes: bool = False
    """The same marks also point to footnotes."""


@dataclass(frozen=True)
class Ratio(Printed):
    """An odds, risk or hazard ratio with its interval; `hidden` where only "n.s." stands."""

    model: str = ""
    kind: str = "odds"
    value: Num = BLANK
    low: Num = BLANK
    high: Num = BLANK
    p: Num = BLANK
    p_below: Num = BLANK
    """The limit where the report prints "p < 0.001"."""
    mark: str = ""
    hidden: bool = False
    binary: str = ""
    """`stated` where the report says the predictor is yes/no, `elsewhere` where it is in another table."""
    share: Num = BLANK
    """Percent of the model's people on one side of a yes/no predictor, where printed."""


@dataclass(frozen=True)
class Test(Printed):
    """A test statistic (t, F, chi2, z, r) with its degrees of freedom and printed p."""

    kind: str = "t"
    value: Num = BLANK
    df: Num = BLANK
    df2: Num = BLANK
    p: Num = BLANK
    p_sign: str = "="
    one_sided: bool = False


@dataclass(frozen=True)
class Reading:
    """An age at a time: `when` and `until` are year, year-month or date."""

    age: int = 0
    when: str = ""
    until: str = ""
    line: int | None = None


@dataclass(frozen=True)
class Ages(Printed):
    """What is told of one person's age, and the age range of the programme where told."""

    readings: tuple[Reading, ...] = ()
    youngest: int | None = None
    oldest: int | None = None


@dataclass(frozen=True)
class Period(Printed):
    """Months from one month to another."""

    start: str = ""
    end: str = ""
    months: int | None = None


@dataclass(frozen=True)
class Hours(Printed):
    """Hours a week from days and clock times."""

    hours: Num = BLANK
    days: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Target(Printed):
    """An aim in percent and the cells of a distribution that are counted towards it."""

    percent: Num = BLANK
    distribution: str = ""
    cells: tuple[int, ...] = ()
    n: int | None = None


@dataclass(frozen=True)
class Duration(Printed):
    """A mean duration beside a table of durations; `censored` of them were not over."""

    value: Num = BLANK
    tolerance: Num = BLANK
    distribution: str = ""
    censored: int | None = None


@dataclass(frozen=True)
class Same(Printed):
    """Numbers that must be the same quantity, said in several places."""

    values: tuple[Num, ...] = ()
    whole: bool = False
    """They are counts, which are not rounded."""


@dataclass(frozen=True)
class Count(Printed):
    """A count that must be the sum of some groups minus others."""

    value: int | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording(Printed):
    """A sentence whose words go further than its numbers; `kind` says how (see `rules/wording.py`)."""

    kind: str = ""
    of: tuple[str, ...] = ()
    name: str = ""
    values: tuple[str, ...] = ()
    n: int | None = None


@dataclass(frozen=True)
class Published:
    """A whole report's numbers."""

    title: str = ""
    weights: str = "unknown"
    """`none`, `used` or `unknown`: whether shares and means were weighted."""
    numbers: int = 0
    """Numbers of the text that a draft accounts for; 0 where the file was not drafted."""
    ignored: int = 0
    """Those of them that no entry holds."""
    groups: tuple[Group, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    shares: tuple[Share, ...] = ()
    means: tuple[Mean, ...] = ()
    scales: tuple[Scale, ...] = ()
    models: tuple[Model, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    tests: tuple[Test, ...] = ()
    ages: tuple[Ages, ...] = ()
    periods: tuple[Period, ...] = ()
    hours: tuple[Hours, ...] = ()
    targets: tuple[Target, ...] = ()
    durations: tuple[Duration, ...] = ()
    same: tuple[Same, ...] = ()
    counts: tuple[Count, ...] = ()
    wordings: tuple[Wording, ...] = field(default=())

    def group(self, id: str) -> Group | None:
        """Return a group by name."""
        return next((g for g in self.groups if g.id == id), None)

    def distribution(self, id: str) -> Distribution | None:
        """Return a distribution by name."""
        return next((d for d in self.distributions if d.id == id), None)

    def model(self, id: str) -> Model | None:
        """Return a model by name."""
        return next((m for m in self.models if m.id == id), None)
