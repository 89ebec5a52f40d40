"""The door of every public verb: arguments of the wrong kind are refused in one sentence, before any work.

What an argument may be is read from the verb's own annotations, so there is one check and no copies.  A
message names the argument and the kinds of things, never a value.  What an argument must be beyond its kind
(a share, a column of this frame) the verb checks itself.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import math
import sys
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from itertools import islice
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import FunctionType, NoneType, SimpleNamespace, UnionType
from typing import Any

import numpy as np

from ipseval.core.checks import hint_for, require_level, require_whole
from ipseval.core.errors import (
    AuditError,
    DesignError,
    DisclosureError,
    EstimationError,
    IpsevalError,
    ReadError,
    ReportError,
    SchemaError,
    ScoringError,
)

# The voice of each room; the longest name that fits a verb's module is its own.
ROOMS: dict[str, type[IpsevalError]] = {
    "ipseval": EstimationError, "ipseval.instruments": ScoringError, "ipseval.outcomes": DesignError,
    "ipseval.loading": SchemaError, "ipseval.loading.reader": ReadError,
    "ipseval.loading.pseudonyms": DisclosureError,
    "ipseval.core.identity": SchemaError, "ipseval.dream": SchemaError, "ipseval.reporting": ReportError,
    "ipseval.reporting.release": DisclosureError, "ipseval.reporting.disclosure": DisclosureError,
    "ipseval.reporting.scanning": DisclosureError, "ipseval.auditing": AuditError,
}  # fmt: skip
PLAIN: dict[Any, tuple[type, str, str]] = {
    str: (str, "text", "texts"),
    int: (Integral, "a whole number", "whole numbers"),
    float: (Real, "a number", "numbers"),
    NoneType: (NoneType, "None", "None"),
    Path: (PathLike, "a path", "paths"),
    PathLike: (PathLike, "a path", "paths"),
}
LISTS = (Sequence, Collection, Iterable, list)
WHOLE = {"seed": (0, None), "resamples": (0, None), "decimals": (0, 15)}  # the same in every verb
LOOKED_AT = 1000  # elements of a list; the rest are taken to be like them


class _Names(dict[str, Any]):
    """Names for the annotations of a module, with those that it imports for the type checker alone."""

    def __init__(self, module: str) -> None:
        found = sys.modules[module]
        super().__init__({**vars(builtins), **vars(found)})
        self.later = _imports_for_types(inspect.getsource(found))

    def __missing__(self, name: str) -> Any:
        module, inner = self.later[name]
        return getattr(import_module(module), inner) if inner else import_module(module)


def _imports_for_types(source: str) -> dict[str, tuple[str, str]]:
    """Give name -> module and name there (none: the module itself) of the imports under TYPE_CHECKING."""
    guards = [
        n for n in ast.parse(source).body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
    ]
    found: dict[str, tuple[str, str]] = {}
    for node in (inner for guard in guards for inner in guard.body):
        if isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: (node.module or "", a.name) for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.asname or a.name: (a.name, "") for a in node.names}
    return found


def checked(verb: Any, home: str = "ipseval") -> Any:
    """Give `verb` behind its door, to be found by name in `home`; what is no function comes back as it is."""
    if not isinstance(verb, FunctionType):
        return verb
    signature = inspect.signature(verb)
    error = ROOMS[max((room for room in ROOMS if verb.__module__.startswith(room)), key=len)]

    @functools.wraps(verb)
    def door(*given: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*given, **named)
        except TypeError:
            bound = None
        if bound is None:
            raise error(_misfit(verb.__name__, signature, len(given), named))
        kinds = _kinds(verb)
        for name, value in bound.arguments.items():
            parameter = signature.parameters[name]
            if parameter.kind is parameter.VAR_KEYWORD:
                for key, each in value.items():
                    _require(each, kinds[name], key, error)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                for each in value:
                    _require(each, kinds[name], name, error)
            else:
                _require(value, kinds[name], name, error)
        return verb(*given, **named)

    door.__module__, door.__qualname__ = home, verb.__name__
    return door


@functools.cache
def _kinds(verb: FunctionType) -> dict[str, Any]:
    """Give what each argument of `verb` may be; what only the type checker imports is imported now."""
    said = SimpleNamespace(__annotations__={k: v for k, v in verb.__annotations__.items() if k != "return"})
    return typing.get_type_hints(said, globalns={}, localns=_Names(verb.__module__))


def _misfit(verb: str, signature: inspect.Signature, given: int, named: Mapping[str, Any]) -> str:
    """Say which argument a call has too many or too few."""
    offered = list(signature.parameters)
    for name in named:
        if name not in offered:
            return f"{verb}() has no argument {name}=: {hint_for(name, offered)}"
    places = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    if given > len(places):
        first = ", ".join(p.name for p in places) or "nothing"
        return f"{verb}() takes {first} without a name, but was given {given}; name the other arguments."
    needed = [p.name for p in signature.parameters.values() if p.default is p.empty]
    wanted = [n for n in needed[given:] if n not in named] or [n for n in needed if n in named]
    return f"{verb}() needs {', '.join(n + '=' for n in wanted)} given once."


def _require(value: Any, kind: Any, argument: str, error: type[IpsevalError]) -> None:
    """Refuse a value that is not of its kind, and what no argument of that name can be."""
    if not fits(value, kind):
        raise error(f"{argument}= must be {_said(kind)}, not {_seen(value)}{_way_out(value, kind)}.")
    if value is None:
        return
    if argument == "level":
        require_level(value, error=error)
    elif argument in WHOLE and isinstance(value, Integral):
        least, most = WHOLE[argument]
        require_whole(value, argument=argument, least=least, most=most, error=error)


def fits(value: Any, kind: Any) -> bool:
    """Tell whether a value is of the kind that an annotation states."""
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return any(fits(value, one) for one in of)
    if origin is typing.Literal:
        return isinstance(value, tuple(type(one) for one in of))
    outer = origin or kind
    if outer is tuple:
        return _fits_tuple(value, of)
    if outer in LISTS:
        return _is_list(value, of) and all(fits(each, of[0]) for each in _some(value, of))
    if outer in (Mapping, dict):
        return isinstance(value, Mapping) and (
            not of or all(fits(k, of[0]) and fits(v, of[1]) for k, v in value.items())
        )
    return callable(value) if outer is Callable else _fits_plain(value, outer)


def _fits_plain(value: Any, kind: Any) -> bool:
    """Tell whether a value is one thing of its kind; no truth value is a number, and none is endless."""
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind in PLAIN:
        odd = isinstance(value, bool) or _is_endless(value)
        return isinstance(value, PLAIN[kind][0]) and not odd
    if not isinstance(kind, type) or kind in (object, Any) or getattr(kind, "_is_protocol", False):
        return True
    return isinstance(value, kind)


def _is_endless(value: Any) -> bool:
    """Tell whether a value is NaN or infinite."""
    return isinstance(value, Real) and not isinstance(value, bool | Integral) and not math.isfinite(value)


def _fits_tuple(value: Any, of: tuple[Any, ...]) -> bool:
    """Tell whether a pair is a pair; plan files can only give lists."""
    if not isinstance(value, tuple | list):
        return False
    if not of or of[-1] is Ellipsis:
        return all(fits(each, one) for one in of[:1] for each in value)
    return len(value) == len(of) and all(map(fits, value, of))


def _is_list(value: Any, of: tuple[Any, ...]) -> bool:
    """Tell whether a value is a list of things; a column of a frame is a list of numbers at most."""
    if isinstance(value, str | bytes | Mapping) or hasattr(value, "columns"):
        return False
    of_values = not of or of[0] in (int, float, object, Any)
    return hasattr(value, "__iter__") and (of_values or not _is_column(value))


def _is_column(value: Any) -> bool:
    """Tell whether a value is the column itself, not its name."""
    return hasattr(value, "to_frame") and hasattr(value, "iloc")


def _some(value: Any, of: tuple[Any, ...]) -> Iterable[Any]:
    """Give the first elements, where they can be looked at without being used up."""
    return islice(value, LOOKED_AT) if of and hasattr(value, "__len__") else ()


def _said(kind: Any, many: bool = False) -> str:
    """Say a kind in words."""
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return " or ".join(dict.fromkeys(_said(one, many) for one in of))
    if origin is typing.Literal:
        return _said(type(of[0]), many)
    outer = origin or kind
    if outer is tuple and of and of[-1] is not Ellipsis:
        return f"{'a pair' if len(of) == 2 else len(of)} of {_said(of[0], many=True)}"
    if outer in (*LISTS, tuple):
        return ("lists" if many else "a list") + (f" of {_said(of[0], many=True)}" if of else "")
    if outer in (Mapping, dict):
        whom = f" from {_said(of[0], many=True)} to {_said(of[1], many=True)}" if of else ""
        return ("mappings" if many else "a mapping") + whom
    return _said_plain(outer, many)


def _said_plain(kind: Any, many: bool) -> str:
    """Say one thing in words."""
    if kind in PLAIN:
        _, one, several = PLAIN[kind]
        return several if many else one
    if kind is bool:
        return "True or False"
    if kind is Callable:
        return "a function"
    if kind in (object, Any):
        return "anything"
    name = getattr(kind, "__name__", "something else")
    return f"{name}s" if many else f"a {name}"


def _seen(value: Any) -> str:
    """Say what was given, by its type alone; a list or mapping by the types in it."""
    if _is_endless(value):
        return "NaN" if math.isnan(value) else "infinite"
    if isinstance(value, Mapping):
        return f"{type(value).__name__} from {_types(value)} to {_types(value.values())}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)} ({_types(value)})"
    return _types([value])


def _type(value: Any) -> str:
    """Name a type; a frame that pandas can be had from is named with its library."""
    name = type(value).__name__
    return (
        f"{type(value).__module__.split('.')[0]} {name}: give .to_pandas()"
        if hasattr(value, "to_pandas")
        else name
    )


def _types(values: Iterable[Any]) -> str:
    """List the types of some values."""
    names = {"text" if isinstance(v, str) else _type(v) for v in values}
    return ", ".join(sorted(names)) or "nothing"


def _way_out(value: Any, kind: Any) -> str:
    """Say what to do, where the slip is a known one."""
    if _is_endless(value):
        return "; give a finite number"
    if hasattr(getattr(value, "data", None), "columns"):
        return "; give its .data"
    if _is_column(value):
        return "; give the column's name in quotes"
    if isinstance(value, str) and any(fits([value], one) for one in (kind, *typing.get_args(kind))):
        return "; give a list, even of one"
    return ""
