"""Links persons to registers: one row per person with arm, background, history before and outcomes after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd

import ipseval
from ipseval.core.checks import require_columns
from ipseval.core.errors import SchemaError
from ipseval.core.language import LANGUAGES, say
from ipseval.core.provenance import fingerprint
from ipseval.core.result import Note
from ipseval.outcomes.codes import dream_codes
from ipseval.outcomes.jobs import JobColumns
from ipseval.study.registers.costs import person_costs_of
from ipseval.study.registers.files import RegisterFolder
from ipseval.study.registers.plan import Arm, RegisterPlan

Progress = Callable[[str, int, int], None]
STEPS = ("persons", "background", "dream", "jobs", "events", "history", "outcomes", "costs")
TREATED, CONTROL = "treated", "control"


@dataclass(frozen=True, eq=False)
class Linked:
    """Those linked to registers.

    `frame` has one row per person (index: person id): `treated` (1, 0), `arm`, `index_date`, background,
    history and outcomes.  `sources` are what week-by-week verbs need; `lists` the other files by name;
    `files` what was read.
    The repr shows counts only.
    """

    frame: pd.DataFrame
    definitions: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, Any]
    notes: tuple[Note, ...]
    fingerprints: Mapping[str, str]
    id: str
    index: str
    registers: tuple[str, ...]
    lists: Mapping[str, pd.DataFrame]
    files: tuple[str, ...]

    def __repr__(self) -> str:
        """Show how many, never who."""
        return f"<Linked: {len(self.frame)} persons, {self.frame.shape[1]} columns>"


def link(plan: RegisterPlan, folder: Path, beside: Path, progress: Progress) -> Linked:
    """Read what the plan asks for and lay it out per person; `beside` is the folder of the plan."""
    told = iter(range(len(STEPS)))
    held = RegisterFolder(folder)

    def step() -> None:
        done = next(told)
        progress("registers", done, len(STEPS))

    step()
    people, notes = _people(plan, held)
    step()
    people = _with_background(plan, held, people)
    step()
    spells = ipseval.dream.spells(held.file("dream"))
    step()
    jobs = _jobs(plan, held, people)
    step()
    events = {name: _dated(plan, held, where, people) for name, where in plan.events.items()}
    education = _education(plan, held, people)
    columns = JobColumns(id=plan.id)
    common: dict[str, Any] = {"dream": spells, "index": plan.index, "id": plan.id}
    step()
    history = ipseval.covariates(people, jobs=jobs, events=events, **common, **plan.history)
    step()
    parts = [people, history]
    definitions: dict[str, Mapping[str, str]] = {}
    if jobs is not None:
        contacts = next(iter(events.values()), None)
        more = {"education": education, "contacts": contacts, "columns": columns, **common, **plan.outcomes}
        found = ipseval.employment(people, jobs=jobs, **more)
        parts.append(found.data[[plan.id, *found.kinds]])
        notes += found.notes
        definitions |= _definitions(found)
    if plan.weeks:
        parts.append(_weeks(plan, held, people))
        definitions |= _weeks_said(plan)
    step()
    if plan.costs is not None:
        priced, told_of_costs = person_costs_of(plan, held, beside, people, spells, events)
        parts.append(priced)
        definitions |= told_of_costs
    progress("registers", len(STEPS), len(STEPS))
    lists = {name: held.frame(file) for name, file in plan.lists.items()}
    frame = reduce(lambda a, b: a.merge(b, on=plan.id, how="left", validate="one_to_one"), parts)
    sources = {"jobs": jobs, "dream": spells, "education": education, "columns": columns}
    return Linked(
        frame=frame.set_index(plan.id),
        definitions=definitions,
        sources=sources,
        notes=tuple(notes),
        fingerprints={
            "people": fingerprint(people),
            **({} if jobs is None else {"bfl": fingerprint(jobs)}),
        },
        id=plan.id,
        index=plan.index,
        registers=(
            "DREAM",
            *(() if jobs is None else ("BFL",)),
            *(("BEF",) if plan.background else ()),
            *_events_named(plan),
        ),
        lists=lists,
        files=tuple(held.read),
    )


def _jobs(plan: RegisterPlan, folder: RegisterFolder, people: pd.DataFrame) -> pd.DataFrame | None:
    if not plan.jobs:
        return None
    data: pd.DataFrame = ipseval.read_register(
        folder.files("bfl"), register="bfl", ids=list(people[plan.id])
    ).data
    return data


def _weeks(plan: RegisterPlan, folder: RegisterFolder, people: pd.DataFrame) -> pd.DataFrame:
    """Count weeks in groups of DREAM's codes in spans around the index date; who is not in DREAM has none."""
    made = people[[plan.id]]
    for group, spans in plan.weeks.items():
        found = ipseval.dream.weeks_after(
            folder.file("dream"),
            people,
            in_codes=group,
            spans=spans,
            index=plan.index,
            id=plan.id,
            incomplete="missing",
        )
        names = {f"weeks_{a}_{b}": f"weeks_{group}_{a}_{b}" for a, b in spans}
        found = found.rename(columns={"pnr": plan.id, **names})
        made = made.merge(found[[plan.id, *names.values()]], on=plan.id, how="left", validate="one_to_one")
    return made


def _weeks_said(plan: RegisterPlan) -> dict[str, Mapping[str, str]]:
    labels = dream_codes().labels
    return {
        f"weeks_{group}_{a}_{b}": {
            lang: say("linked_weeks", lang, group=labels.get(group, {}).get(lang, group), first=a, last=b)
            for lang in LANGUAGES
        }
        for group, spans in plan.weeks.items()
        for a, b in spans
    }


def _events_named(plan: RegisterPlan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.upper() for where in plan.events.values() for r in where))


def _definitions(found: Any) -> dict[str, Mapping[str, str]]:
    da, en = (found.definitions(lang).set_index("outcome")["definition"] for lang in ("da", "en"))
    return {str(name): {"da": str(da[name]), "en": str(en[name])} for name in da.index}


def _people(plan: RegisterPlan, folder: RegisterFolder) -> tuple[pd.DataFrame, list[Note]]:
    """Stack both arms; who takes part is never a control too, which is counted."""
    treated = _arm(plan, folder, plan.participants, "participants")
    if plan.comparison is None:
        people = treated.assign(treated=1, arm=TREATED).reset_index(drop=True)
        return people.assign(**{plan.index: pd.to_datetime(people[plan.index])}), []
    control = _arm(plan, folder, plan.comparison, "comparison")
    both = control[plan.id].isin(treated[plan.id])
    notes = [Note("linked_both", values={"n": int(both.sum())})] if both.any() else []
    people = pd.concat(
        [treated.assign(treated=1, arm=TREATED), control[~both].assign(treated=0, arm=CONTROL)],
        ignore_index=True,
    )
    people[plan.index] = pd.to_datetime(people[plan.index])
    return people, notes


def _arm(plan: RegisterPlan, folder: RegisterFolder, arm: Arm, name: str) -> pd.DataFrame:
    frame = folder.frame(arm.file)
    conditions = [str(c["column"]) for c in arm.where]
    require_columns(
        frame,
        [plan.id, plan.index, *arm.columns, *conditions],
        argument=f"registers.{name}",
        error=SchemaError,
    )
    for condition in arm.where:
        frame = frame[frame[str(condition["column"])].isin(list(condition["in"]))]
    doubled = int(frame[plan.id].duplicated().sum())
    if doubled or not len(frame):
        said = f"{doubled} row(s) repeat a person" if doubled else "nobody meets its conditions"
        raise SchemaError(f"registers.{name}: {said} in {arm.file!r}; one row per person is needed.")
    return frame[[plan.id, plan.index, *arm.columns]]


def _with_background(plan: RegisterPlan, folder: RegisterFolder, people: pd.DataFrame) -> pd.DataFrame:
    """Add age at the index date and the columns of BEF as they stood at the last date before it."""
    if not plan.background:
        return people
    wanted = list(dict.fromkeys(["foed_dag", *plan.background.values()]))
    bef = ipseval.read_register(
        folder.files("bef"), register="bef", columns=wanted, ids=list(people[plan.id])
    ).data
    # A file that names its year alone is taken as the state at the year's end, so that nothing later is used.
    month = bef["file_date"].astype(str).map(lambda told: told if len(told) == 6 else f"{told}12")
    stamp = pd.to_datetime(month, format="%Y%m")
    bef = bef.assign(known=(stamp + pd.offsets.MonthEnd(0)).astype("datetime64[s]"))
    bef = bef.drop_duplicates([plan.id, "known"])
    pairs = people[[plan.id, plan.index]].merge(bef, on=plan.id)
    last = (
        pairs[pairs["known"] < pairs[plan.index]].sort_values("known").drop_duplicates(plan.id, keep="last")
    )
    made = {plan.id: last[plan.id], "age": _age(last["foed_dag"], last[plan.index])}
    for name, column in plan.background.items():
        made[name] = last[column]
    # A list of persons may hold what BEF holds too; the list is what was known to those who made it.
    kept = {k: v for k, v in made.items() if k == plan.id or k not in people.columns}
    return people.merge(pd.DataFrame(kept), on=plan.id, how="left", validate="one_to_one")


def _age(birth: pd.Series[Any], day: pd.Series[Any]) -> pd.Series[Any]:
    """Give completed years; missing where the birth date is."""
    later = (birth.dt.month * 100 + birth.dt.day) > (day.dt.month * 100 + day.dt.day)
    years: pd.Series[Any] = day.dt.year - birth.dt.year - later
    return years.where(birth.notna()).astype(float)


def _dated(
    plan: RegisterPlan, folder: RegisterFolder, where: Mapping[str, str], people: pd.DataFrame
) -> pd.DataFrame:
    """Stack the dated rows of several registers (LPR2 and LPR3, say) as person and date."""
    frames = []
    for register, column in where.items():
        data = ipseval.read_register(
            folder.files(register), register=register, columns=[column], ids=list(people[plan.id])
        ).data
        frames.append(data[[plan.id, column.lower()]].set_axis([plan.id, "date"], axis=1))
    return pd.concat(frames, ignore_index=True)


def _education(plan: RegisterPlan, folder: RegisterFolder, people: pd.DataFrame) -> pd.DataFrame | None:
    if not plan.education:
        return None
    kotre = ipseval.read_register(folder.files("kotre"), register="kotre", ids=list(people[plan.id]))
    return ipseval.enrolments(kotre.data, id=plan.id, **plan.education)


def with_registers(linked: Linked, result: Any) -> Any:
    """Name the registers behind a result in its base."""
    return replace(result, base=replace(result.base, registers=linked.registers))
