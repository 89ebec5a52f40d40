"""Generated bad arguments: every verb refuses in the one-sentence form, and no value of a person comes along.

Each argument of each good call is spoilt by every kind of thing that a slip puts there, and each frame in every way
that data go wrong.  What is not refused must work: a `Result` that comes back keeps the contract.
"""

import inspect
import re
import traceback
from operator import attrgetter

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from contract import calls as persons
from contract import calls_files, calls_registers, calls_results
from contract.calls import CANARY, CPR, NUMBER
from ipseval.core.errors import IpsevalError
from ipseval.core.result import Result

from support.contract import assert_result

CALLS = [*persons.calls(), *calls_registers.calls(), *calls_results.calls()]
FORMULAS = ("x", "nothing ~ age", "job ~ secret_", "job ~ eval('1')", "", "~", "job ~ age +")


class Secret:
    """A thing of no kind that any verb takes, with a canary in what it shows."""

    def __repr__(self):
        return CANARY

    __str__ = __repr__


SERIES = pd.Series([CPR, CANARY], name="secret")
THINGS = (
    None, True, 3, -1, 0, 2.5, 95, float("nan"), float("inf"), "no_such", "secret", "id", [], ["no_such"], ["secret"], [3],
    [None], [Secret()], {}, {"x": 1}, {"x": "y"}, {"x": Secret()}, {1: "x"}, SERIES, pd.DataFrame({"a": SERIES}), Secret(),
    Secret,
)  # fmt: skip


def spoilt(call):
    """Give every spoilt call: the argument, what was done to it, and the changes."""
    for name, parameter in inspect.signature(attrgetter(call.verb)(ips)).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        good = call.words.get(name)
        for thing in THINGS if name != "progress" else THINGS[:3]:
            yield name, thing, {name: thing}
        if isinstance(good, pd.DataFrame):
            used = [c for c in good.columns if not call.used or c in call.used]
            yield from ((name, what, {name: bad}) for what, bad in spoilt_frames(good, used))
        elif isinstance(good, dict) and any(isinstance(v, pd.DataFrame) for v in good.values()):
            for key, frame in good.items():
                for what, bad in spoilt_frames(frame, list(frame.columns)[:2]):
                    yield name, what, {name: {**good, key: bad}}
        elif name == "formula":
            yield from ((name, formula, {name: formula}) for formula in FORMULAS)


def spoilt_frames(frame, columns):
    """Give a frame in every way that data go wrong; a column that is spoilt holds canaries."""
    yield "no rows", frame.iloc[:0]
    yield "one row", frame.iloc[:1]
    yield "no columns", pd.DataFrame(index=frame.index)
    yield "columns twice", pd.concat([frame, frame], axis=1)
    yield "rows twice", pd.concat([frame, frame])
    yield "columns as numbers", frame.set_axis(range(frame.shape[1]), axis=1)
    for column in columns[:12]:
        yield f"{column} is text", frame.assign(**{column: f"{CPR} {CANARY}"})
        yield f"{column} is missing", frame.assign(**{column: np.nan})
        mixed = frame[column].astype(object).copy()
        mixed.iloc[:1] = f"{CPR} {CANARY}"
        yield f"{column} is mixed", frame.assign(**{column: mixed})
        if pd.api.types.is_numeric_dtype(frame[column]):
            endless = frame[column].astype(float)
            endless.iloc[:1] = np.inf
            yield f"{column} is infinite", frame.assign(**{column: endless})


def told(error):
    """All that a user or a log would see of an error."""
    return "".join(traceback.format_exception(error))


def faults(call, name, changes):
    """Run a spoilt call; give what is wrong with its answer, and whether it was refused."""
    try:
        answer = call.run(ips, **changes)
    except IpsevalError as error:
        return fault_of(error, call, name, changes[name]), True
    except Exception as error:
        return f"{type(error).__name__}: {error}", False
    if isinstance(answer, Result):
        assert_result(answer)
    return "", False


def fault_of(error, call, name, given):
    """Say what is wrong with a refusal."""
    text = str(error).strip()
    if not text.endswith((".", "?")) or text.count("\n- ") != text.count("\n"):
        return f"not one sentence: {text}"
    if error.__cause__ is not None or any(v in told(error) for v in (CANARY, CPR, str(int(NUMBER)))):
        return f"tells a value: {text}"
    if not re.search(rf"\b({'|'.join(names(call, name, given))})\b", text):
        return f"does not name the argument: {text}"
    return ""


def names(call, name, given):
    """What a refusal may name: the argument, the text that it was given, or for data what was looked for in it."""
    if isinstance(given, pd.DataFrame | dict):
        parameters = inspect.signature(attrgetter(call.verb)(ips)).parameters
        inside = [v for v in given.values() if isinstance(v, str)] if isinstance(given, dict) else []
        return [name, *parameters, *map(str, given), *inside, "columns?", "rows?"]
    texts = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return [name, "formula", *(re.escape(t) for t in texts if isinstance(t, str) and t)]


def hold(call):
    """Hold every spoilt form of a call to the voice of the house."""
    if isinstance(made := call.run(ips), Result):
        assert_result(made)
    found, refused = [], 0
    for name, what, changes in spoilt(call):
        fault, is_refused = faults(call, name, changes)
        refused += is_refused
        if fault:
            found.append(f"{name}={str(what)[:40]!r}: {fault[:300]}")
    assert not found, "\n" + "\n".join(found)
    assert refused > 0


@pytest.mark.parametrize("call", CALLS, ids=[f"{c.verb}-{k}" for k, c in enumerate(CALLS)])
def test_spoilt_calls_are_refused_in_one_voice_and_without_values(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # text in the place of a path is a name in here
    hold(call)


def test_spoilt_calls_with_files_too(tmp_path, monkeypatch):
    folder, safe = tmp_path / "data", tmp_path / "safe"
    folder.mkdir()
    safe.mkdir()
    monkeypatch.chdir(folder)
    ips.make_key(safe / "a.key")
    called = calls_files.calls(folder, safe / "a.key")
    assert [c.verb for c in called] == list(calls_files.VERBS)
    for call in called:
        hold(call)
