"""Read a model formula such as "job ~ age + C(gender) + age:gender" into plain values.

The reader is our own and small on purpose: a general formula library evaluates Python, so that a
formula kept in a plan file could run code and could read variables of a notebook.  Here a formula can
only name columns and the few transforms below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from ipseval.core.checks import hint_for
from ipseval.core.errors import EstimationError

TRANSFORMS: tuple[str, ...] = ("C", "log", "sqrt", "square", "center")
"""What may stand round a column: a factor, natural logarithm, square root, square, minus the mean."""

NO_PREDICTOR = "formula= has no predictor to the right of ~; name at least one column."

_PLAIN_NAME = re.compile(r"[^\W\d][\w.]*")
_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>`[^`]+`)|(?P<name>[^\W\d][\w.]*)|(?P<number>\d+)|(?P<mark>[~+:*()\-]))"
)


@dataclass(frozen=True)
class Factor:
    """One column of the frame, as it is or within one of `TRANSFORMS`."""

    column: str
    transform: str = ""

    @property
    def name(self) -> str:
        """How the factor is called in a table; a C() is shown by its levels, so it is left out."""
        return self.column if self.transform in ("", "C") else f"{self.transform}({self.column})"


@dataclass(frozen=True)
class Term:
    """One factor, or the product (":") of several."""

    factors: tuple[Factor, ...]

    @property
    def name(self) -> str:
        """The factors' names joined by a colon."""
        return ":".join(f.name for f in self.factors)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the frame that the term reads."""
        return tuple(f.column for f in self.factors)


@dataclass(frozen=True)
class Formula:
    """An outcome and its terms, in the order written; the intercept is always there."""

    outcome: str
    terms: tuple[Term, ...]

    @property
    def predictors(self) -> tuple[str, ...]:
        """The distinct columns on the right-hand side, in order."""
        return tuple(dict.fromkeys(c for t in self.terms for c in t.columns))

    @property
    def main_terms(self) -> tuple[Term, ...]:
        """The terms of one factor."""
        return tuple(t for t in self.terms if len(t.factors) == 1)


def parse_formula(text: str, names: Iterable[str]) -> Formula:
    """Read "outcome ~ term + term" against the columns `names`.

    Parameters
    ----------
    text
        Column names (in backticks where they hold blanks), `C(x)`, `log(x)`, `sqrt(x)`, `square(x)`,
        `center(x)`, `a:b` for a product and `a*b` for `a + b + a:b`.
    names
        The columns that exist.

    Raises
    ------
    EstimationError
        Where the text is not such a formula, or names a column that is not there (near names offered).
    """
    known = [str(n) for n in names]
    try:
        reader = _Reader(_tokens(text), known, text)
        outcome, terms = reader.outcome(), reader.right_side()
    except EstimationError:
        if bare := bare_column(text, known):
            raise EstimationError(f"formula= {without_backticks(bare)}") from None
        raise
    _refuse_outcome_on_the_right(outcome, terms)
    _refuse_lone_products(terms)
    return Formula(outcome, terms)


def bare_column(text: str, names: Iterable[str]) -> str:
    """Name the longest column that needs backticks and stands in a formula without them; else empty."""
    outside = re.sub(r"`[^`]*`", " ", str(text))
    found = [n for n in names if n and not _PLAIN_NAME.fullmatch(n) and n in outside]
    return max(found, key=len, default="")


def written(column: str) -> str:
    """Write a column's name as a formula reads it: in backticks where it is more than letters and digits."""
    return column if _PLAIN_NAME.fullmatch(column) else f"`{column}`"


def without_backticks(column: str) -> str:
    """Say of a column that a formula names it without the backticks it needs."""
    return (
        f"names the column {column!r} without backticks; a name with blanks or marks in it is written "
        f"{written(column)}."
    )


def columns_read(text: str) -> tuple[tuple[str, str], ...]:
    """Return every column that a formula names, with the transform it stands in ("" for none).

    Nothing is asked of the names; a text that is no formula names none.
    """
    try:
        tokens = _tokens(text)
    except EstimationError:
        return ()
    found, transform = [], ""
    for (kind, value), following in zip(tokens, [*tokens[1:], ("end", "")], strict=True):
        if kind == "name" and following == ("mark", "("):
            transform = value
        elif kind in ("name", "quoted"):
            found.append((value.strip("`"), transform))
            transform = ""
    return tuple(found)


def _tokens(text: str) -> list[tuple[str, str]]:
    if not isinstance(text, str) or text.count("~") != 1:
        raise EstimationError('formula= must be text with one "~", such as "job ~ age + C(gender)".')
    found: list[tuple[str, str]] = []
    position, stripped = 0, text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise EstimationError(
                f"formula= cannot be read at character {position + 1}: only column names, + : * and "
                f"{', '.join(f'{t}()' for t in TRANSFORMS)} are offered; make the "
                "rest a column first, in the frame or under derived of a plan."
            )
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind)))
        position = match.end()
    return found


class _Reader:
    """Walks over the tokens once; it holds the place, nothing else."""

    def __init__(self, tokens: list[tuple[str, str]], names: list[str], text: str) -> None:
        self.tokens, self.names, self.text, self.at = tokens, names, text, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def refuse(self, expected: str) -> EstimationError:
        found = self.peek()[1] or "the end"
        return EstimationError(f"formula= has {found!r} where {expected} was expected.")

    def column(self, kind: str, value: str) -> str:
        name = value[1:-1] if kind == "quoted" else value
        if name not in self.names:
            raise EstimationError(f"formula= names an unknown column {name!r}: {hint_for(name, self.names)}")
        if self.names.count(name) > 1:
            raise EstimationError(f"formula= names {name!r}, which stands more than once in the frame.")
        return name

    def outcome(self) -> str:
        kind, value = self.take()
        if kind not in ("name", "quoted"):
            self.at -= 1
            raise self.refuse("the outcome's column")
        name = self.column(kind, value)
        if self.take() != ("mark", "~"):
            self.at -= 1
            raise self.refuse('"~" (the outcome is one column; transform it in the frame)')
        return name

    def right_side(self) -> tuple[Term, ...]:
        if self.peek()[0] == "end":
            raise EstimationError(NO_PREDICTOR)
        terms: list[Term] = list(self.summand())
        while self.peek() == ("mark", "+"):
            self.take()
            terms.extend(self.summand())
        if self.peek() == ("mark", "-") or self.peek()[0] != "end":
            raise self.refuse('"+" (a model without intercept is not offered)')
        unique = tuple(dict.fromkeys(terms))
        if not unique:
            raise EstimationError(NO_PREDICTOR)
        return unique

    def summand(self) -> list[Term]:
        if self.peek()[0] == "number":
            if self.take()[1] != "1":
                self.at -= 1
                raise self.refuse("a column (a model without intercept is not offered)")
            return []
        parts = [self.product()]
        while self.peek() == ("mark", "*"):
            self.take()
            parts.append(self.product())
        made: list[Term] = []
        for size in range(1, len(parts) + 1):
            for chosen in combinations(parts, size):
                factors = tuple(dict.fromkeys(f for term in chosen for f in term.factors))
                made.append(Term(factors))
        return made

    def product(self) -> Term:
        factors = [self.factor()]
        while self.peek() == ("mark", ":"):
            self.take()
            factors.append(self.factor())
        return Term(tuple(dict.fromkeys(factors)))

    def factor(self) -> Factor:
        kind, value = self.peek()
        if kind not in ("name", "quoted"):
            raise self.refuse("a column's name")
        self.take()
        if self.peek() != ("mark", "("):
            return Factor(self.column(kind, value))
        if kind == "quoted" or value not in TRANSFORMS:
            raise EstimationError(
                f"formula= calls {value!r}, which is not offered: choose one of {', '.join(TRANSFORMS)}, "
                "or make the column first, in the frame or under derived of a plan."
            )
        self.take()
        inner_kind, inner = self.take()
        if inner_kind not in ("name", "quoted"):
            self.at -= 1
            raise self.refuse(f"a column's name within {value}()")
        column = self.column(inner_kind, inner)
        if self.take() != ("mark", ")"):
            self.at -= 1
            raise self.refuse(f'")" after {value}({inner}')
        return Factor(column, value)


def _refuse_outcome_on_the_right(outcome: str, terms: tuple[Term, ...]) -> None:
    if any(outcome in term.columns for term in terms):
        raise EstimationError(
            f"formula= has the outcome {outcome!r} on both sides of ~; drop it on the right."
        )


def _refuse_lone_products(terms: tuple[Term, ...]) -> None:
    """Demand the single factors beside a product: without them its rows compare nothing a reader knows."""
    single = {t.factors[0] for t in terms if len(t.factors) == 1}
    for term in terms:
        lacking = [f.name for f in term.factors if f not in single]
        if len(term.factors) > 1 and lacking:
            raise EstimationError(
                f"formula= has the product {term.name!r} without {' and '.join(map(repr, lacking))} alone; "
                "write it with * or add the single terms (in the same form, C() or not)."
            )
