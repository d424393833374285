"""Scenarios of `ucc simulate`: read from a file's tables, checked, and resolved for the simulator.

docs/simulate.md is the page for those who write one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn

import msgspec

from ucc.staffing import fields
from ucc.staffing.fields import Table, refuse

PERIODS_MAX = 1_000
PERIOD_S_MAX = 100_000_000  # for theory: a long day is a steady state
REPLICATIONS_MAX = 100_000
TYPES_MAX = 200
GROUPS_MAX = 200
RANKS_MAX = 10
AGENTS_MAX = 50_000
LINES_MAX = 1_000_000
WAITING_MAX = 1_000_000
CAPACITY_MAX = 100
SKILLS_MAX = 100
GROUPS_TOLD_MAX = 10  # in a refusal
ARRIVALS_PER_HOUR_MAX = 10_000_000
CONTACTS_MAX = 1_000_000_000
DURATION_S_MIN, DURATION_S_MAX = 0.001, 30 * 24 * 3600
OBSERVED_MAX = 1_000_000
SHAPE_MIN, SHAPE_MAX = 0.01, 1_000_000
SEED_MAX = 2**63 - 1
_DISTRIBUTIONS = {
    "constant": ("mean_s",),
    "exponential": ("mean_s",),
    "lognormal": ("mean_s", "sd_s"),
    "gamma": ("mean_s", "shape"),
    "file": ("path",),
}


class Distribution(msgspec.Struct, frozen=True, omit_defaults=True):
    """How long something takes; `observed` are the values of a file."""

    distribution: str
    mean_s: float | None = None
    sd_s: float | None = None
    shape: float | None = None
    values_s: list[float] | None = None


class Contact(msgspec.Struct, frozen=True):
    """A recorded contact; seconds count from the start of the day."""

    at_s: float
    ending: str  # served | left | diverted | blocked | waiting
    waited_s: float
    answer_s: float  # of the wait, from offer to answer
    service_s: float | None
    wrap_up_s: float | None
    priority: int
    group: int | None  # who had it


class QueueOf(msgspec.Struct, frozen=True):
    """How a type stands in a queue of production."""

    config: str  # SetQueue on the wire, in hexadecimal
    requirement: list[tuple[int, int]]  # what its contacts ask on top
    medium: str
    units: int


class ContactType(msgspec.Struct, frozen=True):
    """Contacts that are alike; numbers are places in the plan's lists."""

    name: str
    arrivals_per_hour: list[float]
    service: Distribution
    wrap_up: Distribution | None
    patience: Distribution | None
    target_s: float
    priority: int
    priority_step_s: float
    waiting_max: int
    trunk: int | None
    requirement: list[tuple[int, int]]  # (skill, level)
    ranks: list[list[int]]  # groups in order; empty: levels decide
    is_listed: bool  # its groups stand in a list; otherwise skills decide
    answer: Distribution | None = None  # from offer to answer; None: at once
    recorded: list[Contact] | None = None  # in order of arrival, instead of a rate
    queue: QueueOf | None = None  # a queue of production, which types may share


class Group(msgspec.Struct, frozen=True):
    """Agents who are alike."""

    name: str
    staff: list[int]
    capacity: int
    skills: list[tuple[int, int]]
    serves: list[list[int]]  # types in order, those of one rank by their place in the queue
    agent: str | None = None  # SetAgent of production on the wire, in hexadecimal; serves is then found out
    presence: list[tuple[float, float]] | None = None  # when its seats are there, instead of the staff


class Trunk(msgspec.Struct, frozen=True):
    """Lines that types share."""

    lines: int


class Plan(msgspec.Struct, frozen=True):
    """A scenario without names to resolve: what the simulator takes."""

    seed: int
    replications: int
    periods: int
    period_s: float
    warm_up_s: float
    day_factor_shape: float | None
    types: list[ContactType]
    groups: list[Group]
    trunks: list[Trunk]
    start_ms: int | None = None  # of the first period, where queues have real opening hours


def plan_of(tables: dict[str, object], read_file: Callable[[str], str]) -> Plan:
    """Return the plan of a scenario's tables; `read_file` gives the text of a file they name.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    names = (
        "seed", "replications", "periods", "period_s", "warm_up_s", "day_factor_shape", "types", "groups",
        "trunks",
    )  # fmt: skip
    return _Reader(Table("", tables, names), read_file).plan()


class _Reader:
    """Reads one scenario."""

    def __init__(self, root: Table, read_file: Callable[[str], str]) -> None:
        self._root = root
        self._read_file = read_file
        self._periods = root.whole("periods", 1, PERIODS_MAX)
        self._skills: dict[str, int] = {}
        self._trunk_names: list[str] = []
        self._type_names: list[str] = []
        self._group_names: list[str] = []

    def plan(self) -> Plan:
        """Read it from top to bottom, then resolve who serves whom."""
        root = self._root
        trunk_tables = self._named("trunks", ("name", "lines"), TYPES_MAX) if root.has("trunks") else []
        type_names = (
            "name", "arrivals_per_hour", "service", "wrap_up", "patience", "answer", "target_s", "priority",
            "priority_step_s", "waiting_max", "trunk", "requirement", "groups",
        )  # fmt: skip
        type_tables = self._named("types", type_names, TYPES_MAX)
        group_names = ("name", "staff", "capacity", "skills", "types")
        group_tables = self._named("groups", group_names, GROUPS_MAX)
        self._trunk_names = [table.text("name") for table in trunk_tables]
        self._type_names = [table.text("name") for table in type_tables]
        self._group_names = [table.text("name") for table in group_tables]
        types = [self._type(table) for table in type_tables]
        groups = [self._group(table) for table in group_tables]
        types, groups = self._resolved(type_tables, types, group_tables, groups)
        agents = sum(max(group.staff) for group in groups)
        if agents > AGENTS_MAX:
            refuse("groups", f"{agents} agents", f"at most {AGENTS_MAX} in all")
        shape = root.number("day_factor_shape", SHAPE_MIN, SHAPE_MAX, default=math.nan)
        plan = Plan(
            seed=root.whole("seed", 0, SEED_MAX, default=1),
            replications=root.whole("replications", 1, REPLICATIONS_MAX, default=20),
            periods=self._periods,
            period_s=root.number("period_s", 1, PERIOD_S_MAX),
            warm_up_s=root.number("warm_up_s", 0, PERIOD_S_MAX, default=0),
            day_factor_shape=None if math.isnan(shape) else shape,
            types=types,
            groups=groups,
            trunks=[Trunk(table.whole("lines", 1, LINES_MAX)) for table in trunk_tables],
        )
        expected = _expected(plan)
        if expected > CONTACTS_MAX:
            refuse(
                "replications",
                plan.replications,
                f"fewer: {expected:.0f} contacts are to be expected, at most {CONTACTS_MAX}",
            )
        return plan

    def _named(self, name: str, names: tuple[str, ...], most: int) -> list[Table]:
        items = self._root.items(name, f"a list of tables [[{name}]]", most)
        if not items and name != "trunks":
            refuse(name, [], f"at least one table [[{name}]]")
        tables = [Table(path, item, names) for path, item in items]
        seen: set[str] = set()
        for table in tables:
            found = table.text("name")
            if found in seen:
                refuse(table.at("name"), found, f"a name that no other of {name} has")
            seen.add(found)
        return tables

    def _type(self, table: Table) -> ContactType:
        return ContactType(
            name=table.text("name"),
            arrivals_per_hour=[
                fields.number(path, value, 0, ARRIVALS_PER_HOUR_MAX)
                for path, value in table.each_period("arrivals_per_hour", self._periods)
            ],
            service=self._distribution(table, "service"),
            wrap_up=self._distribution(table, "wrap_up") if table.has("wrap_up") else None,
            patience=self._distribution(table, "patience") if table.has("patience") else None,
            target_s=table.number("target_s", 0, DURATION_S_MAX, default=20),
            priority=table.whole("priority", 0, 9, default=0),
            priority_step_s=table.number("priority_step_s", 0, DURATION_S_MAX, default=60),
            waiting_max=table.whole("waiting_max", 0, WAITING_MAX, default=10_000),
            trunk=self._place(table, "trunk", self._trunk_names) if table.has("trunk") else None,
            requirement=self._levels(table, "requirement"),
            ranks=self._ranks(table, "groups", self._group_names, RANKS_MAX),
            is_listed=False,
            answer=self._distribution(table, "answer") if table.has("answer") else None,
        )

    def _group(self, table: Table) -> Group:
        return Group(
            name=table.text("name"),
            staff=[
                fields.whole(path, value, 0, AGENTS_MAX)
                for path, value in table.each_period("staff", self._periods)
            ],
            capacity=table.whole("capacity", 1, CAPACITY_MAX, default=1),
            skills=self._levels(table, "skills"),
            serves=self._ranks(table, "types", self._type_names, TYPES_MAX),
        )

    def _distribution(self, table: Table, name: str) -> Distribution:
        every = ("distribution", *dict.fromkeys(name for names in _DISTRIBUTIONS.values() for name in names))
        value = table.get(name, 'a table like { distribution = "exponential", mean_s = 180 }')
        told = Table(table.at(name), value, every)
        kind = told.word("distribution", tuple(_DISTRIBUTIONS))
        for extra in set(every) - {"distribution", *_DISTRIBUTIONS[kind]}:
            if told.has(extra):
                refuse(
                    told.at(extra), told.get(extra, ""), f"for {kind} only {', '.join(_DISTRIBUTIONS[kind])}"
                )
        if kind == "file":
            return Distribution("observed", values_s=self._observed(told))
        return Distribution(
            kind,
            mean_s=told.number("mean_s", DURATION_S_MIN, DURATION_S_MAX),
            sd_s=told.number("sd_s", 0, DURATION_S_MAX, is_open=True) if kind == "lognormal" else None,
            shape=told.number("shape", SHAPE_MIN, SHAPE_MAX) if kind == "gamma" else None,
        )

    def _observed(self, told: Table) -> list[float]:
        """Return the numbers of a file: one a line, the first column where there are more."""
        name = told.text("path")
        try:
            lines = self._read_file(name).splitlines()
        except UnicodeDecodeError:
            refuse(told.at("path"), name, "a text file in UTF-8")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "no file has such a name"
            refuse(told.at("path"), name, f"a text file that can be read ({why})")
        values = []
        for place, line in enumerate(lines, 1):
            word = line.split(",")[0].strip()
            if not word or word.startswith("#"):
                continue
            try:
                value: object = float(word)
            except ValueError:
                value = word
            values.append(fields.number(f"{told.at('path')} ({name} line {place})", value, 0, DURATION_S_MAX))
        if not 1 <= len(values) <= OBSERVED_MAX:
            refuse(told.at("path"), f"{len(values)} numbers in {name}", f"1 to {OBSERVED_MAX}")
        return values

    def _levels(self, table: Table, name: str) -> list[tuple[int, int]]:
        if not table.has(name):
            return []
        told = table.get(name, "a table of skills")
        if not isinstance(told, dict) or len(told) > SKILLS_MAX:
            refuse(table.at(name), told, f"a table of skills and levels 1 to 10, at most {SKILLS_MAX}")
        return [
            (
                self._skills.setdefault(skill, len(self._skills) + 1),
                fields.whole(f"{table.at(name)}.{skill}", level, 1, 10),
            )
            for skill, level in told.items()
        ]

    def _ranks(self, table: Table, name: str, names: list[str], most: int) -> list[list[int]]:
        """Return an ordered list of names; an inner list holds those of one rank."""
        if not table.has(name):
            return []
        items = table.items(name, "a list of names in order, inner lists for those of one rank", most)
        ranks: list[list[int]] = []
        seen: set[int] = set()
        for path, item in items:
            inner = [(path, item)] if isinstance(item, str) else []
            if isinstance(item, list):
                inner = [(f"{path}[{place}]", value) for place, value in enumerate(item)]
            if not inner:
                refuse(path, item, "a name, or a list of names")
            rank = [_place_of(at, value, names) for at, value in inner]
            if seen & set(rank) or len(set(rank)) < len(rank):
                refuse(path, item, "a name that does not stand in the list already")
            seen.update(rank)
            ranks.append(rank)
        if not ranks:
            refuse(table.at(name), [], f"at least one of {', '.join(names)}")
        return ranks

    def _place(self, table: Table, name: str, names: list[str]) -> int:
        return _place_of(table.at(name), table.get(name, "a name"), names)

    # --- who serves whom ------------------------------------------------------------------------------

    def _resolved(
        self,
        type_tables: list[Table],
        types: list[ContactType],
        group_tables: list[Table],
        groups: list[Group],
    ) -> tuple[list[ContactType], list[Group]]:
        """Check that the lists of both sides agree, and fill in what skills decide."""
        served: list[list[list[int]]] = []
        for at, (table, group) in enumerate(zip(group_tables, groups, strict=True)):
            for kind in _flat(group.serves):
                told = types[kind]
                if told.ranks and at not in _flat(told.ranks):
                    refuse(
                        table.at("types"), told.name, f"a type whose own list of groups has {group.name!r}"
                    )
                if not told.ranks and not _meets(group, told):
                    refuse(table.at("types"), told.name, "a type whose requirement the group's skills meet")
            served.append(
                group.serves or [[kind for kind, told in enumerate(types) if _serves(at, group, kind, told)]]
            )
        for kind, (table, told) in enumerate(zip(type_tables, types, strict=True)):
            for at in _flat(told.ranks):
                if groups[at].serves and kind not in _flat(groups[at].serves):
                    refuse(table.at("groups"), groups[at].name, f"a group whose own list has {told.name!r}")
            if not any(kind in _flat(ranks) for ranks in served):
                self._refuse_type(table, told, groups)
        for table, ranks in zip(group_tables, served, strict=True):
            if not _flat(ranks):
                name = "skills" if table.has("skills") else "name"
                refuse(table.at(name), table.get(name, ""), "those of a group that can serve a type")
        is_listed = [bool(told.ranks) or any(group.serves for group in groups) for told in types]
        return (
            [
                msgspec.structs.replace(told, is_listed=listed)
                for told, listed in zip(types, is_listed, strict=True)
            ],
            [
                msgspec.structs.replace(group, serves=ranks)
                for group, ranks in zip(groups, served, strict=True)
            ],
        )

    def _refuse_type(self, table: Table, told: ContactType, groups: list[Group]) -> NoReturn:
        """Refuse a type that nobody can serve: what it asks, and what there is."""
        if not told.requirement:
            refuse(table.at("name"), told.name, "a type that stands in a group's list, or asks what one has")
        names = {skill: name for name, skill in self._skills.items()}
        there = []
        for group in groups[:GROUPS_TOLD_MAX]:
            held = ", ".join(f"{names[skill]} {level}" for skill, level in group.skills)
            there.append(f"{group.name} ({held or 'none'})")
        asked = table.get("requirement", "")
        refuse(table.at("requirement"), asked, f"what the skills of one group meet: {', '.join(there)}")


def _flat(ranks: list[list[int]]) -> list[int]:
    return [place for rank in ranks for place in rank]


def _serves(at: int, group: Group, kind: int, told: ContactType) -> bool:
    """Say whether a group may take a type: by the lists that are given, else by its skills."""
    if group.serves and kind not in _flat(group.serves):
        return False
    return at in _flat(told.ranks) if told.ranks else _meets(group, told)


def _meets(group: Group, told: ContactType) -> bool:
    held = dict(group.skills)
    return all(held.get(skill, 0) >= level for skill, level in told.requirement)


def _place_of(path: str, value: object, names: list[str]) -> int:
    if not isinstance(value, str) or value not in names:
        refuse(path, value, f"one of {', '.join(names) or 'none: there is no such table'}")
    return names.index(value)


def _expected(plan: Plan) -> float:
    """Return how many contacts are to be expected, warm-up included."""
    hours, warm_up_hours = plan.period_s / 3600, plan.warm_up_s / 3600
    a_day = sum(
        sum(told.arrivals_per_hour) * hours + told.arrivals_per_hour[0] * warm_up_hours for told in plan.types
    )
    return a_day * plan.replications
