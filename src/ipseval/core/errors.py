"""The errors of ipseval, all in one voice.

Every message is one sentence (or one per problem) that says what is wrong, where (column or
argument), how many rows, what was expected and what to do.  A message never carries a value of a
person: it names columns, rules and counts only.
"""


class IpsevalError(Exception):
    """Anything ipseval refuses, with the reason in one sentence."""


class ReadError(IpsevalError):
    """A file cannot be read as what it claims to be."""


class SchemaError(IpsevalError):
    """Data do not meet their schema, or a schema or plan file is not well formed."""


class ScoringError(IpsevalError):
    """Answers cannot be scored by the declared rule."""


class DesignError(IpsevalError):
    """The comparison asked for cannot be set up as stated."""


class EstimationError(IpsevalError):
    """A quantity cannot be estimated, or a call asks for something that does not exist."""


class DisclosureError(IpsevalError):
    """An output would or might identify a person."""


class AuditError(IpsevalError):
    """A file of published numbers cannot be judged."""


class ReportError(IpsevalError):
    """A report cannot be written where, or as, it was asked for."""
