"""Generated bad arguments: every verb refuses in the one-sentence form, and no value of a person comes along.

Each good call is spoilt in every way that a slip of a user makes: a column that is not there, a column of text
where numbers belong, an option that is not offered, a level in percent, another thing than a frame, a frame that is
empty, has one row, or has every column twice.  What is not spoilt on purpose may also just work.
"""

import inspect
import traceback

import pandas as pd
import pytest

import ipseval as ips
from contract.calls import CANARY, CPR, NUMBER, calls
from ipseval.core.errors import IpsevalError

CALLS = calls()
FRAMES = {
    "a list": lambda f: [],
    "a text": lambda f: "x",
    "no rows": lambda f: f.iloc[:0],
    "one row": lambda f: f.iloc[:1],
    "no columns": lambda f: pd.DataFrame(index=f.index),
    "columns twice": lambda f: pd.concat([f, f], axis=1),
}
FORMULAS = ("x", "nothing ~ age", "job ~ secret_", "job ~ eval('1')", "", "~", "job ~ age +")


def spoilt(call):
    """Give every spoilt call: what was changed, and the changes."""
    yield from spoilt_words(call)
    for name, make in FRAMES.items():
        yield name, {"frame": make(call.frame)}
    for column in call.frame.columns:
        yield f"{column} is text", {"frame": call.frame.assign(**{column: call.frame["secret"]})}
    if call.formula:
        yield from ((formula, {"formula": formula}) for formula in FORMULAS)


def spoilt_words(call):
    """Spoil the keywords that the good call gives, and those that it leaves out."""
    for name, value in call.words.items():
        if isinstance(value, str):
            yield from ((name, {name: bad}) for bad in ("no_such_column", "secret", "odd"))
        elif isinstance(value, list) and value and isinstance(value[0], str):
            yield from ((name, {name: bad}) for bad in ([], ["no_such"], ["secret"], ["odd"]))
    for name, parameter in inspect.signature(getattr(ips, call.verb)).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name in call.words:
            continue
        if name == "level":
            yield from ((name, {name: bad}) for bad in (95, 0, 1, -0.1, "high", None))
        elif isinstance(parameter.default, str) or str(parameter.annotation) == "str | None":
            yield from ((name, {name: bad}) for bad in ("no_such", "secret"))


def refusal(call, changes):
    """Run a spoilt call; give its refusal, or None where it works.  Any other error fails the test."""
    try:
        call.run(ips, **changes)
    except IpsevalError as error:
        return error
    return None


def told(error):
    """All that a user or a log would see of an error."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("call", CALLS, ids=[f"{c.verb}-{k}" for k, c in enumerate(CALLS)])
def test_spoilt_calls_are_refused_in_one_voice_and_without_values(call):
    call.run(ips)
    refused = 0
    for what, changes in spoilt(call):
        error = refusal(call, changes)
        if error is None:
            continue
        refused += 1
        text = str(error).strip()
        assert text.endswith((".", "?")), (what, text)
        assert text.count("\n- ") == text.count("\n"), (what, text)
        assert error.__cause__ is None, what
        for value in (CANARY, CPR, str(int(NUMBER))):
            assert value not in told(error), what
    assert refused > 0
